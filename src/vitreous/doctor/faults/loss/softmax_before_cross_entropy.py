"""The model ends in softmax, and the loss applies softmax again.

What it sees:
    The first argument of `cross_entropy` comes from softmax, or from log-softmax, with nothing but changes of shape
    between; or the first argument of `nll_loss` from softmax without a logarithm. Of a loss written out: scores that a
    log-softmax or log-sum-exp is taken of on the way to the loss come from softmax. Either may be written by hand
    (`e / e.sum(1, keepdim=True)`, `log(exp(z).sum(1)) - z[rows, y]`; see `doctor/written_out.py`).

    Or `cross_entropy` is given a mixture of such outputs, as a mean over several networks or a sum weighted by a gate:
    no softmax is its last operation, but every row lies in 0..1 and sums to 1, and what was mixed comes from softmax
    over as many classes.

Why learning fails:
    Cross-entropy applies log-softmax itself. Given probabilities, it can tell classes apart by a factor e at most:
    the loss cannot fall below ln(1 + (C-1)/e), and its gradient is a small part of what it should be.

Example:
    model = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
    loss = nn.CrossEntropyLoss()(model(x), y)

Fix:
    Let the model return logits; apply softmax only where probabilities are shown.

Certainty:
    Certain: read from the operations themselves, those written out too; of mixtures by their sums, to 1e-4.
    log-softmax in front of cross-entropy changes nothing in the value (it is idempotent), so it is not reported.

Look-alikes:
    A softmax inside the model (attention, mixture weights) whose result is used further on. Probabilities as
    *targets* are right. The logarithm of a softmax is a log-softmax, and right, that of a mixture of softmaxes too.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html, https://github.com/pytorch/pytorch/issues/55902
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import edits, reading, symptoms, written_out
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import TensorFacts
from vitreous.record.places import Place

FAULT = Fault(
    "loss/softmax-before-cross-entropy",
    "warning",
    "loss",
    "softmax stands before cross-entropy, which applies it",
)

_TOLERANCE = 1e-4  # of a sum of probabilities
_LEAST = 1e-30  # of a power, so that its logarithm is a number


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each cross-entropy, torch's or written out, whose input is made by softmax."""
    seen: set[Place | None] = set()
    for trace, taken, given in _normalized(evidence):
        made = reading.shaped_from(trace, given)
        if made is None or made.place in seen or not written_out.is_softmax(trace, made):
            continue
        if trace.learns(made):
            seen.add(made.place)
            yield _suspicion(evidence, made, taken, "the output of")
    for trace, taken in reading.losses(evidence, "cross_entropy"):
        mixed = _mixed(evidence, trace, reading.prediction(trace, taken))
        if mixed is not None and mixed[0].place not in seen:
            seen.add(mixed[0].place)
            yield _suspicion(evidence, mixed[0], taken, "a mixture of outputs of", classes=mixed[1])


def _suspicion(evidence: Evidence, made: Op, taken: Op, how: str, **only: int) -> Suspicion:
    named = made.name in ("softmax", "softmin")
    place = made.blame
    # a function that computes the loss, too, is as wrong where evaluation calls it
    beside = reading.function_start(made.place) == reading.function_start(taken.place)
    said = place if made.builtin or beside else reading.used_in_training(evidence, made)
    loss = taken.name if taken.name == "cross_entropy" else "the cross-entropy written out"
    rows = [Row(f"input of {loss} is {how}", made.name if named else "a softmax written out", "")]
    if made.output and made.output.minimum is not None and made.output.maximum is not None:
        rows.append(Row("its range", f"{round_to(made.output.minimum)} to {round_to(made.output.maximum)}"))
    if only:
        rows.append(Row("every row of the mixture sums to", 1.0))
    what = reading.written(made) if made.builtin else "the softmax"
    settings = {"name": made.name, "file": place.file, "line": place.line, **only} if place else {}
    return Suspicion(
        said,
        0.98,
        rows,
        f"mix logits, without {what}: {loss} applies it" if only else f"drop {what}: {loss} takes logits",
        certain=True,
        edits=edits.some(edits.unwrapped(place, "softmax", "log_softmax", "Softmax")),
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[Trial("the softmax left out", settings)] if settings else [],
    )


def _mixed(evidence: Evidence, trace: Trace, given: Op | None) -> tuple[Op, int] | None:
    """The softmax that probabilities of classes are mixed from, and how many classes; None for what is no mixture."""
    known = given.output if given is not None else None
    if given is None or known is None or len(known.shape) < 2 or not _probabilities(evidence, known):
        return None
    classes, found = known.shape[1], dict[Place | None, list[Op]]()
    for op in trace.behind(given.number):
        over = _classes(op) if written_out.is_softmax(trace, op) else None
        if over == classes and trace.learns(op) and written_out.is_last(trace, op):
            found.setdefault(op.place, []).append(op)
    # of a gate with as many weights as there are classes there is less than of what it weighs
    most = max(found.values(), key=lambda ops: sum(_elements(op) for op in ops), default=None)
    return (most[0], classes) if most else None


def _probabilities(evidence: Evidence, known: TensorFacts) -> bool:
    """Whether what the loss is given lies in 0..1, and sums to 1 over its classes."""
    said = evidence.arrays.get("train.predictions")
    if known.minimum is None or known.maximum is None or said is None or not len(said):
        return False
    if list(said.shape[1:]) != known.shape[1:] or known.shape[1] < 2:
        return False
    within = known.minimum >= -_TOLERANCE and known.maximum <= 1 + _TOLERANCE
    return within and bool(np.abs(said.sum(axis=1, dtype=np.float64) - 1).max() < _TOLERANCE)


def _classes(op: Op) -> int | None:
    """Over how many entries a softmax goes; of one written out, over how many it could: its last axis."""
    axis = op.arguments.get("dim", op.arguments.get("1", -1))
    shape = op.output.shape if op.output is not None else []
    fits = isinstance(axis, int) and -len(shape) <= axis < len(shape)
    return shape[axis] if fits else None


def _elements(op: Op) -> int:
    return math.prod(op.output.shape) if op.output is not None else 0


def _normalized(evidence: Evidence) -> Iterator[tuple[Trace, Op, Op | None]]:
    """What makes log-probabilities of scores in a loss, and these scores."""
    for trace, loss in reading.losses(evidence, "cross_entropy"):  # before nll_loss a logarithm is missing
        yield trace, loss, reading.prediction(trace, loss)
    for trace in evidence.training_traces:
        for op in trace.behind(trace.root):
            scores = written_out.normalized(trace, op)
            if scores is not None:
                yield trace, op, scores


class _Powers(SkipOp):
    """A division of powers by their sum gives their logarithm: the scores, less the same number for all classes."""

    def op_begin(self, event: OpCall) -> None:
        tensors = [given for given in event.args[:2] if hasattr(given, "clamp_min")]
        if len(tensors) == 2 and bool((tensors[0] >= 0).all()):
            super().op_begin(event)


class _OfClasses(SkipOp):
    """Only where a softmax goes over so many classes: a gate may stand on the same line."""

    def __init__(self, classes: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.classes = classes

    def op_begin(self, event: OpCall) -> None:
        if event.args and self.classes in list(getattr(event.args[0], "shape", ())):
            super().op_begin(event)


def intervene(settings: dict[str, Any]) -> Listener:
    """Passes the logits on."""
    at = {key: value for key, value in settings.items() if key != "classes"}
    if settings["name"] in written_out.DIVISIONS:
        return _Powers(**at, result=lambda powers: powers.clamp_min(_LEAST).log())
    return _OfClasses(**settings) if "classes" in settings else SkipOp(**at)
