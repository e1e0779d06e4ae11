"""Hidden states over time: what a recurrent layer holds behind each step of the sample, step by step.

Source: Karpathy, Johnson & Fei-Fei, "Visualizing and understanding recurrent networks" (2015),
https://arxiv.org/abs/1506.02078.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Part, Pictures, Shown, Tile, signed_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 25
MOST_LAYERS, MOST_STEPS, MOST_UNITS, MOST_ROWS = 4, 200, 128, 60
CELL, NARROW, WIDE = 0.9, 9.0, 40.0  # of an image: in the size of letters
COLUMNS = ["step", "input", "size of the state", "changed by", "most active units"]


def view(subject: Subject) -> Shown | None:
    """An image for each direction of each recurrent layer, steps from left to right, and a row a step."""
    found: dict[str, Array] = {}
    parts: list[Part] = []
    for name, seen in subject.layers.items():
        module = subject.model.get_submodule(name)
        if isinstance(module, nn.RNNBase) and len(found) < MOST_LAYERS:
            found[name] = seen.sample
            said = f"{words.text(name, 60)} ({subject.kind(name)})"
            tiles = [_tile(states, way) for way, states in directions(module, seen.sample).items()]
            table = Table(COLUMNS, rows(subject, module, seen.sample), "", right=frozenset({0, 2, 3}))
            parts += [Pictures(tiles, said, table)]
    if not found:
        return None
    caption = (
        f"Example {subject.number(subject.sample)}, step by step from left to right; each row of an image is a unit, "
        "blue above zero, orange below. A unit that keeps its colour remembers; where many change, something came in."
    )
    return Shown("hidden_states", "Hidden state over time", caption, parts, {"states": found})


def directions(module: nn.RNNBase, states: Array) -> dict[str, Array]:
    """The states [T, units] of a layer by the way it reads."""
    if not module.bidirectional:
        return {"read forward": states}
    half = states.shape[1] // 2
    return {"read forward": states[:, :half], "read backward": states[:, half:]}


def _tile(states: Array, way: str) -> Tile:
    shown = states[:MOST_STEPS, :MOST_UNITS].T
    steps, units = len(states), states.shape[1]
    left = "" if shown.size == states.size else f" (the first {shown.shape[1]} × {shown.shape[0]} shown)"
    width = min(WIDE, max(NARROW, CELL * shown.shape[1]))
    return Tile(signed_png(shown), f"{way}: {steps} steps × {units} units{left}", width)


def rows(subject: Subject, module: nn.RNNBase, states: Array) -> list[list[str]]:
    """A step a row: what came in, how large the state is, how far it moved, which units speak loudest."""
    moved = np.zeros(len(states))
    for way, part in directions(module, states).items():
        start = np.zeros_like(part[:1])
        before = np.vstack([part[1:], start] if "back" in way else [start, part[:-1]])
        moved += np.square(part - before).sum(1)
    size, loud = np.square(states).sum(1), np.argsort(-np.abs(states), axis=1, kind="stable")[:, :3]
    figures = np.sqrt(np.stack([size, moved], 1)).tolist()
    return [
        [str(n), read(subject, n), *map(numbers.plain, figures[n]), ", ".join(map(str, loud[n]))]
        for n in range(min(len(states), MOST_ROWS))
    ]


def read(subject: Subject, step: int) -> str:
    """What the sample has at a step: a word, a token's number, or numbers; empty where the steps are others."""
    if not isinstance(subject.inputs, Tensor) or subject.inputs.ndim < 2 or subject.inputs.shape[1] <= step:
        return ""
    here = subject.inputs[subject.sample, step]
    if subject.input.kind == "tokens":
        number = int(here)
        said = subject.token(number) if subject.token is not None and number else ""
        return words.text(said, 30) or (f"token {number}" if number else "padding")
    if subject.input.kind != "sequence":
        return ""
    return words.text(", ".join(numbers.plain(v) for v in here.reshape(-1)[:4].tolist()), 60)
