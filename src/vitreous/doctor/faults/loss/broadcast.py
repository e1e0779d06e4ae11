"""Prediction and target have different shapes and are broadcast against each other.

What it sees:
    An element-by-element loss, or a subtraction written by hand, gets a prediction of shape [B, 1] and a target of
    shape [B] (or the other way round), and its result has B × B elements. The target may come out of a network, too,
    as long as no gradient flows into it.

Why learning fails:
    Every prediction is compared with every target. The best answer to all targets at once is their mean, so the
    model learns to predict the mean.

Example:
    loss = F.mse_loss(model(x), y)          # [B, 1] and [B]

Fix:
    Give both the same shape: `model(x).squeeze(1)`, or `y.unsqueeze(1)`.

Certainty:
    Certain for [B, 1] against [B] with B > 1. Other shapes that broadcast (a weight per class, one value for the
    whole batch) are not reported.

    The line is that of the call where a function of the user's own only compares the two that it is given.

Look-alikes:
    A target that is meant for all predictions, as a constant or one value a column. All pairs of one result, of
    which one side is detached, as in a loss of ranks.

References:
    https://github.com/pytorch/pytorch/issues/19991
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, source, symptoms, trainers
from vitreous.doctor.change import Listener
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import LossCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("loss/broadcast", "error", "loss", "prediction and target differ in shape and are broadcast")

_ELEMENTWISE = ("sub", "__sub__", "__rsub__", "rsub", "subtract", "mul", "__mul__", "add", "__add__")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each place where B predictions meet B targets B × B times."""
    seen = set()
    for site in evidence.loss_sites:
        if not site.trained or not site.broadcast or site.input is None or site.target is None:
            continue
        if reading.crossed(site.input.shape, site.target.shape) and site.place is not None:
            seen.add((site.place.file, site.place.line))
            place = _handed_to(site.place, site.stack[1:])
            if trainers.runs(place):  # a library compares them: their shapes are made one at the model's end
                place = _end_of_model(evidence) or place
            yield _suspicion(place, site.name, site.input.shape, site.target.shape)
    for trace in evidence.training_traces[-2:]:
        for op in trace.behind(trace.root):
            if op.name not in _ELEMENTWISE or op.place is None or (op.module and op.builtin):
                continue
            shapes = [i.output.shape for i in trace.inputs(op) if i.output is not None]
            if len(shapes) == 2 and reading.crossed(*shapes) and (op.place.file, op.place.line) not in seen:
                said = _said(trace, op)
                if said is not None:
                    seen.add((op.place.file, op.place.line))
                    first, second = shapes if said == 0 else shapes[::-1]
                    yield _suspicion(_handed_to(op.place, op.stack), op.name.strip("_"), first, second)


def _said(trace: Trace, op: Op) -> int | None:
    """Which of the two sides is fitted to the other; None if neither is, or if both are.

    Both may come out of a network where one of them hears no gradient, as of a target network. But what is held
    against its own copy without a gradient is compared in pairs, and on purpose.
    """
    sides = trace.inputs(op)
    learned = [trace.learns(side) for side in sides]
    if all(learned):
        if trace.origin(sides[0]) is trace.origin(sides[1]):
            return None
        learned = [side.output is not None and side.output.requires_grad for side in sides]
    return learned.index(True) if sum(learned) == 1 else None


def _end_of_model(evidence: Evidence) -> Place | None:
    """The line that gives the prediction its shape."""
    for trace, loss in reading.losses(evidence):
        said = reading.prediction(trace, loss)
        if said is not None and said.place is not None:
            return said.place
    return None


def _handed_to(place: Place, around: list[Place]) -> Place:
    """The line that gives both to the function where they meet, if that one only compares what it is given."""
    for outer in around:
        functions = source.functions(place)
        given = {a.arg for a in functions[-1].args.args} - {"self"} if functions else set()
        statement = source.statement(place)
        used = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)} if statement else set()
        if len(given & used) < 2 or outer.file != place.file:
            break
        place = outer
    return place


def _suspicion(place: Any, name: str, given: list[int], target: list[int]) -> Suspicion:
    longer = len(given) > len(target)
    fix = "target.unsqueeze(1)" if longer else "target.squeeze(1)"
    rows = [
        Row("shape of the prediction", str(given)),
        Row("shape of the target", str(target)),
        Row(f"elements that {name} compares", given[0] * target[0], f"instead of {given[0]}"),
    ]
    return Suspicion(
        place,
        0.99,
        rows,
        f"give both the same shape, as with {fix}",
        certain=True,
        edits=edits.some(edits.second_argument(place, "{1}.view_as({0})")),
        explains=[symptoms.FLAT],
        trials=[Trial("the target given the prediction's shape", {})],
    )


class _Reshape(Listener):
    """Gives the target the prediction's shape."""

    def loss_begin(self, event: LossCall) -> None:
        if getattr(event.target, "ndim", None) is not None and reading.crossed(
            list(event.input.shape), list(event.target.shape)
        ):
            event.target = event.target.reshape(event.input.shape)

    def op_begin(self, event: OpCall) -> None:
        import torch

        if event.name not in _ELEMENTWISE or len(event.args) < 2:
            return
        a, b = event.args[:2]
        if (
            isinstance(a, torch.Tensor)
            and isinstance(b, torch.Tensor)
            and reading.crossed(list(a.shape), list(b.shape))
        ):
            if a.requires_grad and not b.requires_grad:
                event.args = (a, b.reshape(a.shape), *event.args[2:])
            elif b.requires_grad and not a.requires_grad:
                event.args = (a.reshape(b.shape), b, *event.args[2:])


def intervene(settings: dict[str, Any]) -> Listener:
    """Compares each prediction with its own target."""
    return _Reshape()
