"""NaN or infinity in inputs or targets.

What it sees:
    Elements of a training batch, or of its targets, that are NaN or infinite.

Why learning fails:
    One NaN makes the loss NaN, its gradients NaN, and every weight NaN with the first step.

Example:
    X = torch.tensor(pd.read_csv("data.csv").values)        # empty cells are NaN

Fix:
    Fill in missing values (with the training part's mean, and a column that says so), or leave such rows out.

Certainty:
    Certain: they were seen in the data, before any operation of the model. The line is that where the data become
    tensors; where the values say how they came about (minus infinity: a logarithm of zero; a whole column: a division
    by its spread of zero) and one line before the training loop does that, it is that line.

Look-alikes:
    NaN that arises in the model or the loss (loss/log-of-zero, optim/lr-too-high).

References:
    https://pytorch.org/docs/stable/generated/torch.nan_to_num.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import reading, source, symptoms
from vitreous.doctor.change import ChangeInput
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.events import Listener, LossCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("data/non-finite", "error", "data", "the data contain NaN or infinity")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Inputs and targets as they reach the program's model and loss."""
    for name, what in (("train.inputs", "inputs"), ("train.targets", "targets")):
        values = evidence.arrays.get(name)
        if values is None or values.dtype.kind != "f" or not values.size:
            continue
        bad = ~np.isfinite(values)
        if not bad.any():
            continue
        row = int(np.argwhere(bad.reshape(len(bad), -1).any(axis=1))[0][0])
        rows = [
            Row(f"elements of the {what} that are NaN or infinite", int(bad.sum()), f"of {values.size}"),
            Row(
                "first in sample (in the order seen)",
                row,
                "",
                int(evidence.arrays.get("train.steps", np.zeros(row + 1))[row]),
            ),
        ]
        if values.ndim == 2:
            rows.append(
                Row("columns with them", ", ".join(str(c) for c in np.flatnonzero(bad.any(axis=0))[:8]))
            )
        place = _origin(evidence, values, bad)
        yield Suspicion(
            place
            or (reading.made_at(evidence, 1) if what == "targets" else None)
            or reading.batch_place(evidence),
            0.97,
            rows,
            f"fill in or leave out the {what} that are not finite, as with torch.nan_to_num or the column's mean",
            certain=True,
            summary=f"the {what} contain NaN or infinity",
            explains=[symptoms.NOT_A_NUMBER],
            trials=[Trial(f"{what} that are not finite set to 0", {})],
        )
        return


def _origin(evidence: Evidence, values: np.ndarray, bad: np.ndarray) -> Place | None:
    """The line of the preparation that makes such values, where the values tell and only one line can be meant.

    Minus infinity everywhere is the logarithm of zero; a column that is NaN throughout, or infinite, was divided by
    its own spread of zero.
    """
    wrong = values[bad]
    columns = bad.reshape(len(bad), -1)
    whole = columns.any(axis=0).any() and (columns.mean(axis=0)[columns.any(axis=0)] > _THROUGHOUT).all()
    if bool(np.isneginf(wrong).all()):
        kind = _LOGARITHM
    elif whole and columns.shape[1] > columns.any(axis=0).sum():
        kind = _SPREAD
    else:
        return None
    loops = {loop.lineno for site in evidence.sites if site.place for loop in source.loops(site.place)}
    first = min(loops, default=None)
    lines = {
        node.lineno  # type: ignore[attr-defined]
        for node in source.nodes(evidence.script, ast.Assign, ast.AugAssign, ast.Return)
        if kind.search(ast.unparse(node)) and (first is None or node.lineno < first)  # type: ignore[attr-defined]
    }
    return Place(evidence.script, lines.pop()) if len(lines) == 1 else None


_THROUGHOUT = 0.99
_LOGARITHM = re.compile(r"\blog(2|10)?\(")
_SPREAD = re.compile(
    r"/.*\b(std|ptp|var|norm)\(|/ *\(?\w*(std|sigma|spread|scale|dev)\w*|/.*\bmax\(.*\bmin\("
)


class _Finite(ChangeInput):
    """Zero for what is not finite."""

    def __init__(self) -> None:
        import torch

        super().__init__(lambda x: torch.nan_to_num(x, 0.0, 0.0, 0.0))

    def loss_begin(self, event: LossCall) -> None:
        import torch

        if isinstance(event.target, torch.Tensor) and event.target.is_floating_point():
            event.target = torch.nan_to_num(event.target, 0.0, 0.0, 0.0)


def intervene(settings: dict[str, Any]) -> Listener:
    """Only finite numbers."""
    return _Finite()
