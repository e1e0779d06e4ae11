"""Which examples excite a unit most: a look at what it has come to stand for.

A channel counts by its mean over all places. Source: Zeiler & Fergus, https://arxiv.org/abs/1311.2901.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.view import Part, Pictures, Shown, Subject, Tile, picture_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 30
LAYERS, UNITS, EXAMPLES = 2, 6, 5


def view(subject: Subject) -> Shown | None:
    """Of some layers the units that vary most, each with its strongest examples."""
    if len(subject.raw) < EXAMPLES:
        return None
    found = {name: excitement(array) for name, array in hidden(subject).items()}
    chosen = words.evenly(list(found), LAYERS)
    if not chosen:
        return None
    parts: list[Part] = []
    for name in chosen:
        by_unit = found[name]
        units = np.argsort(-by_unit.std(0), kind="stable")[:UNITS]
        parts += [_unit(subject, name, int(unit), by_unit[:, unit]) for unit in units]
    caption = f"The {UNITS} units of {' and '.join(words.text(c, 40) for c in chosen)} that vary most, over {len(subject.raw)} examples."
    return Shown("top_examples", "What excites a unit most", caption, parts, {"excitement": found})


def hidden(subject: Subject) -> dict[str, Array]:
    """Activations of the layers between input and output whose units have something to say: behind a bend or a norm."""
    bends = ("ReLU", "GELU", "SiLU", "Tanh", "Sigmoid", "ELU", "LSTM", "GRU", "RNN")
    return {n: a for n, a in subject.activations.items() if any(b in subject.kind(n) for b in bends)}


def excitement(array: Array) -> Array:
    """How strongly each example excites each unit, [N, units]: the mean over places (of a sequence: over steps)."""
    if array.ndim == 4:
        return np.asarray(array.mean((2, 3)))
    return np.asarray(array.mean(1) if array.ndim == 3 else array.reshape(len(array), -1))


def strongest(by_example: Array, many: int) -> list[int]:
    """The examples that excite most, strongest first; of equals the first."""
    return [int(n) for n in np.argsort(-by_example, kind="stable")[:many]]


def _unit(subject: Subject, name: str, unit: int, by_example: Array) -> Part:
    title = f"{words.text(name, 40)}, unit {unit}"
    best = strongest(by_example, EXAMPLES)
    if subject.input.kind == "image" and subject.differentiable:
        tiles = [Tile(picture_png(subject.x[n].numpy()), f"example {n}: {numbers.plain(float(by_example[n]))}") for n in best]
        return Pictures(tiles, title)
    rows = [[str(n), words.text(subject.raw[n], 160), numbers.plain(float(by_example[n]))] for n in best]
    return Table(["example", "what it is", "activation"], rows, title, right=frozenset({2}))
