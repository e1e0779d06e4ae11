"""Dead and saturated units: those that give the same for every example can no longer learn.

A unit of a ReLU is dead when it is zero for all examples; one of a sigmoid or tanh is saturated when it stands within
0.05 of an end for at least 95% of them. Source: Glorot & Bengio, "Understanding the difficulty of training deep
feedforward neural networks" (2010); Maas et al., "Rectifier nonlinearities" (2013).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.view import Shown, Subject
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 50
ENDS = {"Sigmoid": (0.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Hardtanh": (-1.0, 1.0)}
NEAR, OFTEN = 0.05, 0.95


def view(subject: Subject) -> Shown | None:
    """A row for every layer that bends."""
    rows, found = [], {}
    for name, array in subject.activations.items():
        kind = subject.kind(name)
        if kind not in ENDS and not (kind.startswith("ReLU") or kind == "Threshold"):
            continue
        dead, saturated, zeros = counts(array, kind)
        units = array.shape[1]
        found[name] = {"units": units, "dead": dead, "saturated": saturated, "zeros": zeros}
        rows.append([
            words.text(name, 60), kind, str(units), f"{dead} ({dead / units:.0%})", f"{saturated} ({saturated / units:.0%})", f"{zeros:.1%}",
        ])  # fmt: skip
    if not rows:
        return None
    table = Table(["layer", "kind", "units", "dead", "saturated", "zeros"], rows, right=frozenset({2, 3, 4, 5}))
    caption = (
        f"Over {len(subject.raw)} examples. Dead: zero for all of them. Saturated: within {NEAR} of an end for {OFTEN:.0%} of them. "
        "Zeros: share of all activations."
    )
    return Shown("dead_units", "Dead and saturated units", caption, [table], found)


def counts(array: Array, kind: str) -> tuple[int, int, float]:
    """Dead units, saturated units, share of zeros; [N, units, ...], a channel being one unit."""
    by_unit = np.moveaxis(array, 1, 0).reshape(array.shape[1], -1)
    zeros = float(np.mean(array == 0))
    if kind in ENDS:
        low, high = ENDS[kind]
        near = (by_unit < low + NEAR) | (by_unit > high - NEAR)
        return 0, int(np.sum(near.mean(1) >= OFTEN)), zeros
    return int(np.sum(np.all(by_unit == 0, axis=1))), 0, zeros
