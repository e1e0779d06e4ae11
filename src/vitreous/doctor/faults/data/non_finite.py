"""NaN or infinity in inputs or targets.

What it sees:
    Elements of a training batch, or of its targets, that are NaN or infinite; or of any other tensor that was made
    before the step and that the loss is computed with (an adjacency matrix, weights of samples), where bad numbers
    lead from it to the loss without a gap.

Why learning fails:
    One NaN makes the loss NaN, its gradients NaN, and every weight NaN with the first step.

Example:
    X = torch.tensor(pd.read_csv("data.csv").values)        # empty cells are NaN

Fix:
    Fill in missing values (with the training part's mean, and a column that says so), or leave such rows out.

Certainty:
    Certain: they were seen in the data, before any operation of the model, and a loss was no number (where all are,
    the program masks them). The line is that where the data become tensors; where NumPy warned while they were
    prepared, the line that it warned of; where the values say how they came about (minus infinity: a logarithm of
    zero; a whole column: a division by its spread of zero) and one line before the training loop does that, that
    line. Of other tensors than the batch an experiment decides, with zeros for what is not finite; their line is that
    of NumPy's warning, too, or where they were made.

Look-alikes:
    NaN that arises in the model or the loss (loss/log-of-zero, optim/lr-too-high). Minus infinity in a mask is meant:
    what is added, or given to an attention, is not asked.

References:
    https://pytorch.org/docs/stable/generated/torch.nan_to_num.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import carried, reading, source, symptoms
from vitreous.doctor.change import ChangeInput
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, LossCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("data/non-finite", "error", "data", "the data contain NaN or infinity")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Inputs and targets as they reach the program's model and loss."""
    learned = any(site.target_graph for site in evidence.trained_sites())  # loss/swapped-arguments
    for name, what in (("train.inputs", "inputs"), ("train.targets", "targets")):
        values = evidence.arrays.get(name) if what == "inputs" or not learned else None
        if values is None or values.dtype.kind != "f" or not values.size:
            continue
        bad = ~np.isfinite(values)
        if not bad.any() or (evidence.curve and np.isfinite(evidence.curve).all()):
            continue  # there are none, or the program knows of them and masks them: they would spoil the loss
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
            or (reading.made_at(evidence, 1) if what == "targets" else _prepared(evidence))
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
    yield from _beside_the_batch(evidence)


def _beside_the_batch(evidence: Evidence) -> Iterator[Suspicion]:
    """Another tensor from outside, in the first recorded step whose loss is bad and whose parameters are not."""
    for trace in evidence.training_traces:
        root = trace.op(trace.root)
        if root is None or root.output is None or not root.output.bad:
            continue
        behind = trace.behind(trace.root)
        if any(op.kind == "parameter" and op.output is not None and op.output.bad for op in behind):
            return  # an earlier step made it bad
        for op in reversed(behind):
            users = [user for user in trace.users(op.number) if user.place is not None]
            if op.kind != "data" or op.output is None or not users or not _leads_to(trace, op, root):
                continue
            if any(user.name in _MASKED for user in users):
                continue
            what = f"the tensor of shape {op.output.shape}"
            at = sorted({(user.name, user.place.file, user.place.line) for user in users if user.place})
            yield Suspicion(
                _warned(evidence) or op.place or users[0].place, 0.95,
                [
                    Row(f"elements of {what} that are NaN or infinite", op.output.bad, "", trace.step),
                    Row("made by", op.arguments.get("made_by", "unknown")),
                ],
                "keep them out where this is made: clamp what is divided by, or fill in what is missing",
                summary=f"{what} that the loss is computed with contains NaN or infinity",
                explains=[symptoms.NOT_A_NUMBER, symptoms.ONE_CLASS], metric="training loss",
                trials=[Trial(f"elements of {what} that are not finite set to 0", {"at": [list(a) for a in at]})],
            )  # fmt: skip
            return
        return


_MASKED = (
    "add",
    "__add__",
    "__radd__",
    "add_",
    "scaled_dot_product_attention",
    "multi_head_attention_forward",
)


def _is_bad(op: Op) -> bool:
    return op.output is not None and bool(op.output.bad)


def _leads_to(trace: Trace, start: Op, end: Op) -> bool:
    """Whether bad results lead from one to the other, each made from the one before."""
    reached = {start.number} if _is_bad(start) else set()
    for op in trace.ops:
        if _is_bad(op) and any(n in reached for n in op.inputs):
            reached.add(op.number)
    return end.number in reached


def _origin(evidence: Evidence, values: np.ndarray, bad: np.ndarray) -> Place | None:
    """The line of the preparation that makes such values: where torch or NumPy did, or the only one that could.

    Minus infinity everywhere is the logarithm of zero; a column that is NaN throughout, or infinite, was divided by
    its own spread of zero.
    """
    made = _divided(evidence) or _warned(evidence)
    if made is not None:
        return made
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
        node.lineno
        for node in source.nodes(evidence.script, ast.Assign, ast.AugAssign, ast.Return)
        if kind.search(ast.unparse(node)) and (first is None or node.lineno < first)
    }
    return Place(evidence.script, lines.pop()) if len(lines) == 1 else None


def _prepared(evidence: Evidence) -> Place | None:
    """The line that last computes what the loader hands out: nothing behind it fills gaps."""
    site = next((site for site in evidence.sites if site.trained and site.place), None)
    if site is None or site.place is None:
        return None
    loader = reading.training_loader(evidence)
    return carried.prepared([site.place, *site.stack], loader.place if loader else None)


def _divided(evidence: Evidence) -> Place | None:
    """The line of the preparation where an operation of torch's was first seen to give what is not finite."""
    made = (op.place for trace in evidence.traces if trace.setup for op in trace.ops if _is_bad(op))
    return next(made, None)


def _warned(evidence: Evidence) -> Place | None:
    """The line of the preparation where NumPy saw a number become infinite, or none."""
    warned = (line.place for line in evidence.warned if _WARNING.match(line.text) and line.step == 0)
    return next(warned, None)


_WARNING = re.compile(r"RuntimeWarning: (divide by zero|invalid value|overflow) encountered in ")
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


class _FiniteAt(Listener):
    """Zero for what is not finite in the tensors from outside that some operations are given."""

    def __init__(self, at: list[list[Any]]) -> None:
        self.at = {tuple(one) for one in at}
        self.names = {name for name, _, _ in self.at}

    def op_begin(self, event: OpCall) -> None:
        if event.name not in self.names or not event.places:
            return
        import torch

        place = event.places[0]
        if (event.name, place.file, place.line) in self.at:
            event.args = tuple(
                torch.nan_to_num(given, 0.0, 0.0, 0.0)
                if isinstance(given, torch.Tensor) and given.is_floating_point() and not given.requires_grad
                else given
                for given in event.args
            )


def intervene(settings: dict[str, Any]) -> Listener:
    """Only finite numbers."""
    return _FiniteAt(settings["at"]) if "at" in settings else _Finite()
