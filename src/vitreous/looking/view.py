"""What a view of a network is: one way of seeing what it has learned, with its numbers.

Each file in `looking/views` is one: a function ``view(subject)`` that gives a `Shown`, or None where it does not
apply; ``ORDER`` says where it stands on the page. They are found by listing the package.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from vitreous.data.types import Inputs, InputSpec, Task
from vitreous.looking.operation import Array
from vitreous.report import images
from vitreous.report.blocks import Figure, Paragraph, Table

LIGHT_MIDDLE, BLUE, ORANGE = (244, 244, 241), (0, 90, 160), (200, 85, 0)  # apart for every kind of colour blindness
BATCH = 256


@dataclass(frozen=True)
class Tile:
    """One small image with its words."""

    png: str
    words: str


@dataclass(frozen=True)
class Pictures:
    """Images side by side, and the numbers behind them."""

    block: ClassVar[str] = "pictures"
    tiles: Sequence[Tile]
    title: str = ""
    table: Table | None = None
    large: bool = False


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


@dataclass
class Subject:
    """A network and examples to see it by.

    Attributes:
        model: In evaluation mode.
        task: What it predicts.
        input: What an example looks like.
        inputs: Examples as the network takes them, [N, ...] (or a tuple of such).
        targets: Theirs.
        raw: The same as a person knows them: images, texts, rows.
        sample: Which of them is shown alone.
        seed: Of everything that is drawn at random.
        features: Names of the inputs, where they have any.
    """

    model: nn.Module
    task: Task
    input: InputSpec
    inputs: Inputs
    targets: Tensor
    raw: list[Any]
    sample: int = 0
    seed: int = 0
    features: tuple[str, ...] = ()

    @property
    def x(self) -> Tensor:
        """The inputs, where they are one tensor of decimal numbers (check `differentiable` first)."""
        assert isinstance(self.inputs, Tensor)
        return self.inputs

    @property
    def differentiable(self) -> bool:
        """Whether the input is one tensor that can have a gradient."""
        return isinstance(self.inputs, Tensor) and self.inputs.is_floating_point()

    @property
    def classes(self) -> list[str]:
        """Names of the classes."""
        return list(self.task.classes) or [str(n) for n in range(max(2, self.task.outputs))]

    @cached_property
    def outputs(self) -> Tensor:
        """What the network gives for all examples."""
        return self.run()[0]

    @cached_property
    def probabilities(self) -> Array:
        """[N, classes] for a task with one class an example."""
        logits = self.outputs.detach().double()
        if self.task.kind == "binary":
            p = torch.sigmoid(logits.reshape(-1))
            return np.asarray(torch.stack([1 - p, p], 1).numpy())
        return np.asarray(torch.softmax(logits, 1).numpy())

    @cached_property
    def labels(self) -> Array:
        """The true class of each example, int [N]."""
        return np.asarray(self.targets.reshape(len(self.raw), -1)[:, 0].long().numpy())

    @cached_property
    def activations(self) -> dict[str, Array]:
        """What each layer without inner layers gave to all examples, by its name: [N, ...]; of a layer that runs
        several times the last.
        """
        return self.run(watch=True)[1]

    def kind(self, name: str) -> str:
        """The class of a layer."""
        return type(self.model.get_submodule(name)).__name__

    def run(self, inputs: Inputs | None = None, *, watch: bool = False) -> tuple[Tensor, dict[str, Array]]:
        """Outputs, and where watched what the layers gave, without gradients and a batch at a time."""
        given = self.inputs if inputs is None else inputs
        parts: list[Tensor] = []
        seen: dict[str, list[Array]] = {}
        handles = []
        if watch:
            for name, module in self.model.named_modules():
                if name and not list(module.children()):
                    handles.append(module.register_forward_hook(_keeper(name, seen)))
        try:
            with torch.no_grad():
                for chunk in _chunks(given):
                    seen_now = {name: len(found) for name, found in seen.items()}
                    out = self.model(*chunk)
                    parts.append(out[0] if isinstance(out, tuple) else out)
                    for name, found in seen.items():  # of several calls in one pass the last
                        del found[seen_now.get(name, 0) : -1]
        finally:
            for handle in handles:
                handle.remove()
        many = sum(len(p) for p in parts)
        arrays = {name: np.concatenate(found) for name, found in seen.items()}
        return torch.cat(parts), {name: a for name, a in arrays.items() if len(a) == many}


def _keeper(name: str, seen: dict[str, list[Array]]) -> Callable[..., None]:
    def keep(_module: nn.Module, _args: Any, output: Any) -> None:
        value = output[0] if isinstance(output, tuple) else output
        if isinstance(value, Tensor) and value.ndim > 1:
            seen.setdefault(name, []).append(value.detach().cpu().float().numpy().copy())

    return keep


def _chunks(inputs: Inputs) -> Any:
    if isinstance(inputs, tuple):
        return zip(*(t.split(BATCH) for t in inputs), strict=True)
    return ((chunk,) for chunk in inputs.split(BATCH))


def all_views() -> dict[str, Callable[[Subject], Shown | None]]:
    """Every view by its file's name, in the order they stand on the page."""
    from vitreous.looking import views

    modules = [import_module(f"{views.__name__}.{info.name}") for info in pkgutil.iter_modules(views.__path__)]
    modules = sorted(modules, key=lambda m: (m.ORDER, m.__name__))
    return {module.__name__.rpartition(".")[2]: module.view for module in modules}


def show_all(subject: Subject, only: Sequence[str] | None = None) -> list[Shown]:
    """All views that apply.

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
                    shown = view(subject)
                    if shown is not None:
                        found.append(shown)
        finally:
            subject.model.train(training)
    return found


def signed_png(array: Array, most: float | None = None) -> str:
    """A map of numbers as an image: blue above zero, orange below, faint at zero.

    Args:
        array: [H, W].
        most: The magnitude of full colour; the array's largest by default.
    """
    array = np.nan_to_num(np.asarray(array, np.float64))
    top = most or float(np.abs(array).max()) or 1.0
    share = np.clip(array / top, -1, 1)[..., None]
    middle = np.asarray(LIGHT_MIDDLE, float)
    end = np.where(share > 0, np.asarray(BLUE, float), np.asarray(ORANGE, float))
    return images.png_base64((middle + (end - middle) * np.abs(share)).round().astype(np.uint8))


def picture_png(array: Array) -> str:
    """An image [C, H, W] or [H, W], stretched from its smallest to its largest number."""
    array = np.nan_to_num(np.asarray(array, np.float64))
    if array.ndim == 3:
        array = array[:3] if len(array) >= 3 else array[:1]
        array = np.moveaxis(array, 0, -1)
    low, high = float(array.min()), float(array.max())
    return images.png_base64(((array - low) / ((high - low) or 1) * 255).round().astype(np.uint8))
