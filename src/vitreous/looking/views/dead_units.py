"""Dead and saturated units: those that give the same for every example can no longer learn.

A unit of a ReLU is dead when it is zero for all examples; one of a sigmoid or tanh is saturated when it stands within
0.05 of an end for at least 95% of them. Source: Glorot & Bengio, "Understanding the difficulty of training deep
feedforward neural networks" (2010); Maas et al., "Rectifier nonlinearities" (2013).
"""

from __future__ import annotations

from vitreous.looking.seen import ENDS, NEAR
from vitreous.looking.subject import Subject
from vitreous.looking.view import Shown
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 50
OFTEN = 0.95
COLUMNS = ["layer", "kind", "units", "dead", "saturated", "zeros"]


def view(subject: Subject) -> Shown | None:
    """A row for every layer that bends."""
    rows, found = [], {}
    for name, seen in subject.layers.items():
        kind = subject.kind(name)
        bends = kind.startswith("ReLU") or kind == "Threshold"
        if kind not in ENDS and not bends:
            continue
        units = len(seen.silent)
        dead = int(seen.silent.sum()) if bends else 0
        saturated = int((seen.near_end >= OFTEN).sum()) if kind in ENDS else 0
        found[name] = {"units": units, "dead": dead, "saturated": saturated, "zeros": seen.zeros}
        shares = [f"{many} ({numbers.percent(many / units)})" for many in (dead, saturated)]
        rows.append([words.text(name, 60), kind, str(units), *shares, numbers.percent(seen.zeros)])
    if not rows:
        return None
    caption = (
        f"Over {len(subject.raw)} examples. Dead: zero for all of them. Saturated: within {NEAR} of an end for "
        f"{OFTEN:.0%} of them. Zeros: share of all activations."
    )
    table = Table(COLUMNS, rows, right=frozenset({2, 3, 4, 5}))
    return Shown("dead_units", "Dead and saturated units", caption, [table], found)
