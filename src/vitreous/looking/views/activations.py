"""What each layer makes of one example: maps of the channels, or the units as a strip; of a sequence, step by step."""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import LARGE_SIDE, Part, Pictures, Shown, Tile, picture_png, signed_png, thinned
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 20
MOST_LAYERS, MOST_MAPS = 12, 12
MOST_SIDE = 48  # pixels of a map
STRIP, CELL = 32, 0.9
COLUMNS = ["layer", "kind", "shape", "mean", "standard deviation", "zeros"]


def view(subject: Subject) -> Shown | None:
    """The sample's activations, layer by layer."""
    seen = {name: found.sample for name, found in subject.layers.items()}
    if not seen:
        return None
    drawn = words.evenly(
        [n for n in seen if subject.kind(n) not in ("Dropout", "Identity", "Flatten")], MOST_LAYERS
    )
    parts: list[Part] = []
    if subject.drawable:
        image = picture_png(subject.x[subject.sample].numpy(), side=LARGE_SIDE)
        parts.append(
            Pictures([Tile(image, f"example {subject.number(subject.sample)}")], "The input", large=True)
        )
    for name in drawn:
        title = f"{words.text(name, 60)} ({subject.kind(name)})"
        parts.append(Pictures(tiles(seen[name]), title, large=seen[name].ndim != 3))
    table = Table(
        COLUMNS, [_row(subject, n, a) for n, a in seen.items()], "By layer", right=frozenset({3, 4, 5})
    )
    left = f" {len(drawn)} of {len(seen)} layers are drawn." if len(drawn) < len(seen) else ""
    number = subject.number(subject.sample)
    caption = f"Example {number} on its way. Blue is above zero, orange below; full colour is a layer's largest.{left}"
    return Shown("activations", "Activations of each layer", caption, [*parts, table], {"activations": seen})


def _row(subject: Subject, name: str, array: Array) -> list[str]:
    mean, spread = (numbers.plain(float(v)) for v in (array.mean(), array.std()))
    shape, zeros = "×".join(map(str, array.shape)), f"{float(np.mean(array == 0)):.1%}"
    return [words.text(name, 60), subject.kind(name), shape, mean, spread, zeros]


def tiles(array: Array) -> list[Tile]:
    """Images of one example's activations: the strongest maps of [C, H, W]; steps by units; a strip of units."""
    if array.ndim == 3:
        most = float(np.abs(array).max()) or 1.0
        strong = np.argsort(-np.abs(array).mean((1, 2)), kind="stable")[:MOST_MAPS]
        return [
            Tile(signed_png(thinned(array[n], MOST_SIDE), most), f"channel {n}")
            for n in sorted(strong.tolist())
        ]
    if array.ndim == 2:
        return [Tile(signed_png(array[:256, :256]), f"{array.shape[0]} rows × {array.shape[1]} columns")]
    flat = array.reshape(-1)
    width = min(STRIP, flat.size)
    padded = np.concatenate([flat, np.zeros(-flat.size % width, flat.dtype)]).reshape(-1, width)[:64]
    return [Tile(signed_png(padded), f"{flat.size} units, {width} a row", CELL * width)]
