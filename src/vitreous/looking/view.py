"""What a view of a network is: one way of seeing what it has learned, with its numbers.

Each file in `looking/views` is one: a function ``view(subject)`` that gives a `Shown`, or None where it does not
apply; ``ORDER`` says where it stands on the page. They are found by listing the package.
"""

from __future__ import annotations

import base64
import io
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import torch

from vitreous.errors import UsageError, VitreousError, did_you_mean
from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.report import images
from vitreous.report import values as words
from vitreous.report.blocks import Figure, Paragraph, Table

LIGHT_MIDDLE, BLUE, ORANGE = (
    (244, 244, 241),
    (0, 90, 160),
    (200, 85, 0),
)  # apart for every kind of colour blindness
LEVELS = 31  # shades of each sign: more are not told apart, and every image carries its palette


@dataclass(frozen=True)
class Tile:
    """One small image with its words; its width in the size of letters, where it is no square."""

    png: str
    words: str
    width: float = 0


@dataclass(frozen=True)
class Pictures:
    """Images side by side, and the numbers behind them; small ones share a row with others."""

    block: ClassVar[str] = "pictures"
    tiles: Sequence[Tile]
    title: str = ""
    table: Table | None = None
    large: bool = False
    small: bool = False


Part = Pictures | Figure | Table | Paragraph


@dataclass(frozen=True)
class Shown:
    """A view as it is shown.

    Attributes:
        name: For links; the view's file.
        title: What is seen.
        caption: How to read it.
        parts: In order.
        numbers: What was computed, for programs and tests.
    """

    name: str
    title: str
    caption: str
    parts: Sequence[Part]
    numbers: dict[str, Any] = field(default_factory=dict)


TILE_SIDE, LARGE_SIDE = 64, 144  # pixels of a picture among many, and of one to look at
View = Callable[[Subject], Shown | None]


def all_views() -> dict[str, View]:
    """Every view by its file's name, in the order they stand on the page."""
    from vitreous.looking import views

    modules = [
        import_module(f"{views.__name__}.{info.name}") for info in pkgutil.iter_modules(views.__path__)
    ]
    modules = sorted(modules, key=lambda m: (m.ORDER, m.__name__))
    return {module.__name__.rpartition(".")[2]: module.view for module in modules}


def named(names: Sequence[str]) -> list[str]:
    """The names, checked.

    Raises:
        UsageError: when there is no view of a name.
    """
    for name in names:
        if name not in all_views():
            raise UsageError(f"there is no view {name!r}.", hint=did_you_mean(name, all_views()))
    return list(names)


def show_all(subject: Subject, only: Sequence[str] | None = None) -> list[Shown]:
    """All views that apply; one that fails is said in its place and costs no other.

    Args:
        subject: The network with its examples; its mode, weights and the random generator stay as they are.
        only: Names of those wanted.
    """
    found = []
    training = subject.model.training
    with torch.random.fork_rng([]):
        subject.model.eval()
        try:
            for name, view in all_views().items():
                if only is None or name in only:
                    torch.manual_seed(subject.seed)
                    shown = _shown(name, view, subject)
                    if shown is not None:
                        found.append(shown)
        finally:
            subject.model.train(training)
    return found


def _shown(name: str, view: View, subject: Subject) -> Shown | None:
    try:
        return view(subject)
    except VitreousError as error:  # what was expected and what to do is said in it
        said = str(error)
    except Exception as error:  # a stranger's network may do anything; the page is about all the others
        said = f"This view could not be made: {type(error).__name__}: {error}"
    title = name.replace("_", " ").capitalize()
    return Shown(name, title, "", [Paragraph(words.text(said, 400))], {"failed": said})


def described(subject: Subject, place: int) -> str:
    """An example in words: a row without its target, a text, or the numbers."""
    raw = subject.raw[place]
    if isinstance(raw, dict):
        raw = ", ".join(f"{name} {value}" for name, value in raw.items() if name != subject.task.target)
    return words.text(raw, 200)


def signed_png(array: Array, most: float | None = None) -> str:
    """A map of numbers as an image: blue above zero, orange below, faint at zero.

    Args:
        array: [H, W].
        most: The magnitude of full colour; the array's largest by default.
    """
    from PIL import Image

    array = np.nan_to_num(np.asarray(array, np.float64))
    top = most or float(np.abs(array).max()) or 1.0
    levels = np.round(np.clip(array / top, -1, 1) * LEVELS).astype(int) + LEVELS
    picture = Image.fromarray(levels.astype(np.uint8)).convert(
        "P"
    )  # a byte a pixel: a third of three colours
    picture.putpalette(_signed_palette())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


@cache
def _signed_palette() -> bytes:
    """The colours from full orange over the faint middle to full blue."""
    share = np.linspace(-1, 1, 2 * LEVELS + 1)[:, None]
    middle = np.asarray(LIGHT_MIDDLE, float)
    end = np.where(share > 0, np.asarray(BLUE, float), np.asarray(ORANGE, float))
    colors: bytes = (middle + (end - middle) * np.abs(share)).round().astype(np.uint8).tobytes()
    return colors


def thinned(array: Array, side: int) -> Array:
    """A map [H, W] with the mean of neighbours in place of what is finer than so many pixels."""
    step = -(-max(array.shape) // side)
    if step == 1:
        return array
    height, width = (size // step * step or size for size in array.shape)
    if height < step or width < step:
        return array[::step, ::step]
    return np.asarray(array[:height, :width].reshape(height // step, step, width // step, step).mean((1, 3)))


def picture_png(array: Array, *, side: int = TILE_SIDE) -> str:
    """An image [C, H, W] or [H, W], stretched from its smallest to its largest number.

    Args:
        array: Three channels are colours; of others the first is shown.
        side: A longer image is scaled down to so many pixels.
    """
    array = np.nan_to_num(np.asarray(array, np.float64))
    if array.ndim == 3:
        array = array[:3] if len(array) >= 3 else array[:1]
        array = np.moveaxis(array, 0, -1)
    low, high = float(array.min()), float(array.max())
    pixels = ((array - low) / ((high - low) or 1) * 255).round().astype(np.uint8)
    return images.png_base64(pixels, most_pixels=side)
