"""What each layer makes of one example: maps of the channels, or the units as a strip; of a sequence, step by step."""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.view import Pictures, Shown, Subject, Tile, signed_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 20
MOST_LAYERS = 16
MOST_MAPS = 12
STRIP = 32


def view(subject: Subject) -> Shown | None:
    """The sample's activations, layer by layer."""
    seen = {name: found[subject.sample] for name, found in subject.activations.items()}
    if not seen:
        return None
    parts, rows = [], []
    for name in words.evenly(list(seen), MOST_LAYERS):
        array = seen[name]
        title = f"{words.text(name, 60)} ({subject.kind(name)})"
        parts.append(Pictures(_tiles(array), title, large=array.ndim != 3))
    for name, array in seen.items():
        rows.append([
            words.text(name, 60), subject.kind(name), "×".join(map(str, array.shape)),
            *(numbers.plain(float(v)) for v in (array.mean(), array.std())), f"{float(np.mean(array == 0)):.1%}",
        ])  # fmt: skip
    table = Table(["layer", "kind", "shape", "mean", "standard deviation", "zeros"], rows, right=frozenset({3, 4, 5}))
    left = f" {len(parts)} of {len(seen)} layers are drawn." if len(parts) < len(seen) else ""
    caption = f"Example {subject.sample} on its way. Blue is above zero, orange below.{left}"
    return Shown("activations", "Activations of each layer", caption, [*parts, table], {"activations": seen})


def _tiles(array: Array) -> list[Tile]:
    if array.ndim == 3:
        most = float(np.abs(array).max()) or 1.0
        strong = np.argsort(-np.abs(array).mean((1, 2)), kind="stable")[:MOST_MAPS]
        return [Tile(signed_png(array[n], most), f"channel {n}") for n in sorted(strong.tolist())]
    if array.ndim == 2:
        return [Tile(signed_png(array[:256, :256]), f"{array.shape[0]} steps (down) × {array.shape[1]} units")]
    flat = array.reshape(-1)
    width = min(STRIP, flat.size)
    padded = np.concatenate([flat, np.zeros(-flat.size % width, flat.dtype)]).reshape(-1, width)[:64]
    return [Tile(signed_png(padded), f"{flat.size} units, {width} a row")]
