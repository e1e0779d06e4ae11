"""Which examples excite a unit most: a look at what it has come to stand for.

A channel counts by its mean over all places. Source: Zeiler & Fergus, https://arxiv.org/abs/1311.2901.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Part, Pictures, Shown, Tile, described, picture_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 30
LAYERS, UNITS, EXAMPLES = 2, 6, 5
BENDS = ("ReLU", "GELU", "SiLU", "Tanh", "Sigmoid", "ELU", "LSTM", "GRU", "RNN")


def view(subject: Subject) -> Shown | None:
    """Of some layers the units that vary most, each with its strongest examples."""
    chosen = outstanding(subject)
    if len(subject.raw) < EXAMPLES or not chosen:
        return None
    parts: list[Part] = []
    for name, units in chosen:
        by_unit = subject.layers[name].pooled
        parts += [_unit(subject, name, unit, by_unit[:, unit]) for unit in units]
    layers = " and ".join(words.text(name, 40) for name, _ in chosen)
    caption = (
        f"The units of {layers} that vary most over {len(subject.raw)} examples, each with its strongest."
    )
    found = {name: subject.layers[name].pooled for name, _ in chosen}
    return Shown(
        "top_examples", "What excites a unit most", caption, parts, {"excitement": found, "units": chosen}
    )


def outstanding(subject: Subject) -> list[tuple[str, list[int]]]:
    """Of a first and a last hidden layer (behind a bend or a recurrence) the units that vary most over the examples."""
    already: list[tuple[str, list[int]]] = subject.after.get("top_examples", {}).get("units", [])
    if already:
        return already
    hidden = [n for n in subject.layers if any(b in subject.kind(n) for b in BENDS)]
    found = []
    for name in words.evenly(hidden, LAYERS):
        spread = subject.layers[name].pooled.std(0)
        units = [int(n) for n in np.argsort(-spread, kind="stable")[:UNITS] if spread[n] > 0]
        if units:
            found.append((name, units))
    return found


def strongest(by_example: Array, many: int) -> list[int]:
    """The examples that excite most, strongest first; of equals the first."""
    return [int(n) for n in np.argsort(-by_example, kind="stable")[:many]]


def _unit(subject: Subject, name: str, unit: int, by_example: Array) -> Part:
    title = f"{words.text(name, 40)}, unit {unit}"
    told = [
        (n, subject.number(n), numbers.plain(float(by_example[n]))) for n in strongest(by_example, EXAMPLES)
    ]
    if subject.drawable:
        tiles = [
            Tile(picture_png(subject.x[n].numpy()), f"example {number}: {value}") for n, number, value in told
        ]
        return Pictures(tiles, title, small=True)
    rows = [[str(number), described(subject, n), value] for n, number, value in told]
    return Table(["example", "what it is", "activation"], rows, title, right=frozenset({2}))
