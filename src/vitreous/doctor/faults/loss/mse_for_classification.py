"""Squared error on class numbers, or on one-hot targets, where cross-entropy is meant.

What it sees:
    `mse_loss` (or l1, smooth l1) whose targets are one-hot rows, or few whole numbers from 0 on that a model with one
    output (for each sample, or each pixel or time step of it) is to hit, and whose answers are poor. Of a squared error
    written out: the difference of what learns and one-hot rows, or of single outputs and numbers of classes or of two.

Why learning fails:
    Class 3 is not "more" than class 1, so a number cannot say "1 or 3, but not 2". On one-hot targets the gradient of
    squared error vanishes where the answer is confidently wrong; cross-entropy's is largest there.

Example:
    loss = nn.MSELoss()(model(x).squeeze(), y.float())        # y is 0..9

Fix:
    One output for each class, and `nn.CrossEntropyLoss` with whole-number targets.

Certainty:
    One-hot: named when a run with cross-entropy on the same outputs makes clearly fewer wrong answers; where the error
    is written out, when their squared error is clearly smaller with softmax behind them. Class numbers: suspected from
    3 to 20 different whole numbers from 0 or 1 on, of which more than 4% of the variance is left; named when a run with
    one output for each number and cross-entropy halves the squared error of the numbers answered. Where the numbers
    mean an amount it does not: the nearest number is no better an answer than the one between. The same for 0 and 1
    with binary cross-entropy.

Look-alikes:
    Counts, grades and ages are numbers: a regression with whole-number targets that fits well is not reported.

References:
    Golik, Doetsch & Ney, "Cross-entropy vs. squared error training", 2013,
    https://www.isca-archive.org/interspeech_2013/golik13_interspeech.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import differences, reading, symptoms, written_out
from vitreous.doctor.change import ChangeLoss, Listener
from vitreous.doctor.class_outputs import LOSSES, InGradient, Outputs, OutputsInGradient
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import LossCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import TensorFacts
from vitreous.record.places import Place

FAULT = Fault(
    "loss/mse-for-classification",
    "warning",
    "loss",
    "squared error is used where classes are predicted",
    settings=("loss", "criterion"),
)

_MOST = 20
_LEFT, _GAIN = 0.04, 0.5
_LEAST = 3  # steps that show the same
_SQUARES = frozenset({"square", "square_", "pow", "__pow__", "pow_", "abs", "norm", "linalg_vector_norm"})
_LAYERS = {"linear": -1, "conv1d": 1, "conv2d": 1, "conv3d": 1}  # and the axis of their outputs


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each squared error with classes for targets."""
    targets = evidence.arrays.get("train.targets")
    for site in evidence.trained_sites():
        if site.name not in LOSSES or not site.integers or targets is None or len(targets) < 16:
            continue
        place = site.module_place or site.place
        values = targets.astype(np.float64)
        if (
            values.ndim >= 2
            and values.shape[-1] > 1
            and set(np.unique(values)) == {0.0, 1.0}
            and (values.sum(axis=-1) == 1).all()
        ):
            settings = {"skip": _last(evidence)}
            rows = [Row("targets are one-hot rows of", values.shape[-1], "classes"), Row("loss", site.name)]
            yield Suspicion(
                place,
                0.8,
                rows,
                "use nn.CrossEntropyLoss on the logits, without softmax or sigmoid at the end",
                explains=[symptoms.SLOW, symptoms.FLAT],
                gain=0.25,
                trials=[Trial("cross-entropy on the same outputs", settings)],
            )
            continue
        classes = np.unique(values)
        if _are_numbered(classes):
            yield from _on_numbers(evidence, place, classes, _head(evidence))
        elif values.size == len(values) and np.array_equal(classes, [0, 1]):
            yield from _on_two(evidence, place, _last(evidence))
    yield from _written_out(evidence)


def _written_out(evidence: Evidence) -> Iterator[Suspicion]:
    """The squared difference of outputs and one-hot rows or class numbers, without a loss of torch's."""
    heard = [site.place for site in evidence.trained_sites()]  # a library's loss is both
    found = [(trace, differences.difference(trace)) for trace in evidence.training_traces]
    known = [
        (trace, *three)
        for trace, three in found
        if three is not None and three[0].place not in heard and _is_squared(trace, three[0])
    ]
    if len(known) >= max(_LEAST, len(found)):
        yield from _written_on_numbers(evidence, known)
        yield from _written_on_two(evidence, known)
    classes = {differences.one_hot(meant.output) for _, _, _, meant in known}
    places = {difference.place for _, difference, _, _ in known}
    if len(known) < max(_LEAST, len(found)) or len(classes) != 1 or len(places) != 1:
        return
    trace, difference, said, _ = known[-1]
    place, count = difference.place, classes.pop()
    if count is None or place is None:
        return
    settings = {
        "difference": [difference.name, place.file, place.line],
        "skip": _activation(trace, said),
    }
    yield Suspicion(
        place,
        0.8,
        [Row("targets are one-hot rows of", count, "classes"), Row("loss", "the squared difference")],
        "use cross-entropy on the logits, without softmax or sigmoid at the end",
        explains=[symptoms.SLOW, symptoms.FLAT],
        gain=0.25,
        metric="training loss",
        trials=[Trial("cross-entropy on the same outputs", settings)],
    )


def _written_on_numbers(evidence: Evidence, known: list[tuple[Trace, Op, Op, Op]]) -> Iterator[Suspicion]:
    """Single outputs minus whole numbers that are kept as such, as class numbers are."""
    meant = [trace.origin(target) or target for trace, _, _, target in known]
    seen = [
        op.output for op in meant if op.output is not None and op.output.dtype.startswith(("int", "uint"))
    ]
    trace, difference, said, _ = known[-1]
    limits = [
        (one.minimum, one.maximum) for one in seen if one.minimum is not None and one.maximum is not None
    ]
    if len(limits) < len(known) or difference.place is None:
        return
    classes = np.arange(min(low for low, _ in limits), max(high for _, high in limits) + 1)
    if _are_numbered(classes):
        at = [difference.name, difference.place.file, difference.place.line]
        yield from _on_numbers(evidence, difference.place, classes, _single(trace, said), difference=at)


def _written_on_two(evidence: Evidence, known: list[tuple[Trace, Op, Op, Op]]) -> Iterator[Suspicion]:
    """Single outputs minus zeros and ones."""
    trace, difference, said, _ = known[-1]
    seen = [target.output for _, _, _, target in known]
    alone = all(facts is not None and _count(facts) == facts.shape[0] for facts in seen)
    if difference.place is None or not alone or not all(map(differences.zeros_and_ones, seen)):
        return
    place = difference.place
    at = [difference.name, place.file, place.line]
    yield from _on_two(evidence, place, _activation(trace, said), difference=at)


def _is_squared(trace: Trace, difference: Op) -> bool:
    """Whether the loss is made of a difference's square or size, with no weights behind it."""
    later = reading.path_between(trace, difference.number, trace.root or -1)
    return written_out.is_last(trace, difference) and any(
        op.name in _SQUARES or (op.name == "mul" and op.inputs[1:] == op.inputs[:1]) for op in later
    )


def _are_numbered(classes: np.ndarray) -> bool:
    """Whether these are the whole numbers from 0 or 1 on, as classes are numbered."""
    count = len(classes)
    return (
        3 <= count <= _MOST
        and classes[0] in (0, 1)
        and np.array_equal(classes, np.arange(count) + classes[0])
    )


def _on_numbers(
    evidence: Evidence, place: Place | None, classes: np.ndarray, head: Op | None, **more: Any
) -> Iterator[Suspicion]:
    fit = symptoms.fit(evidence)
    if fit.end <= _LEFT or len(evidence.steps) < 20 or head is None or head.module_place is None:
        return
    where = head.module_place
    settings = {
        "file": where.file,
        "line": where.line,
        "classes": len(classes),
        "first": int(classes[0]),
    } | more
    yield Suspicion(
        place,
        0.7,
        [
            Row("targets are the whole numbers", f"{classes[0]:g} to {classes[-1]:g}"),
            Row("variance left", round(100 * fit.end), "%"),
        ],
        f"give the model {len(classes)} outputs and use nn.CrossEntropyLoss",
        summary="squared error is used on class numbers",
        explains=[symptoms.SLOW, symptoms.FLAT],
        trials=[Trial(f"{len(classes)} outputs with cross-entropy", settings)],
        gain=_GAIN,
    )


def _on_two(
    evidence: Evidence, place: Place | None, skip: list[Any] | None, **more: Any
) -> Iterator[Suspicion]:
    fit = symptoms.fit(evidence)
    if fit.end <= _LEFT or len(evidence.steps) < 20:
        return
    yield Suspicion(
        place,
        0.6,
        [Row("targets are", "0 and 1"), Row("variance left", round(100 * fit.end), "%")],
        "use nn.BCEWithLogitsLoss on the logit, without a sigmoid at the end",
        summary="squared error is used on yes and no",
        explains=[symptoms.SLOW, symptoms.FLAT],
        trials=[Trial("binary cross-entropy on the same output", {"skip": skip, "two": True} | more)],
        gain=_GAIN,
    )


def _head(evidence: Evidence) -> Op | None:
    """The last layer, if it gives a single output: one a sample, or one a place as for each pixel."""
    for trace, loss in reading.losses(evidence, *LOSSES):
        return _single(trace, reading.prediction(trace, loss))
    for trace in reversed(
        evidence.training_traces
    ):  # a library's own loss is seen as a difference and its square
        found = differences.difference(trace)
        if found is not None:
            return _single(trace, found[1])
    return None


def _single(trace: Trace, said: Op | None) -> Op | None:
    """The layer with one output that an answer comes from."""
    for op in trace.chain(said):
        name = "linear" if op.name == "matmul" and op.module_kind == "Dense" else op.name
        if name not in _LAYERS or not op.builtin or op.output is None:
            continue
        alone = op.output.shape[_LAYERS[name]] == 1
        whole = said is not None and _count(said.output) == _count(op.output)
        return op if alone and whole else None
    return None


def _count(seen: TensorFacts | None) -> int:
    """How many numbers a tensor holds."""
    return math.prod(seen.shape) if seen is not None else 0


def _last(evidence: Evidence) -> list[Any] | None:
    """The softmax or sigmoid in front of the loss, to be left out."""
    for trace, loss in reading.losses(evidence, *LOSSES):
        if (skip := _activation(trace, reading.prediction(trace, loss))) is not None:
            return skip
    return None


def _activation(trace: Trace, said: Op | None) -> list[Any] | None:
    """The softmax or sigmoid that made a prediction, to be left out."""
    made = reading.shaped_from(trace, said)
    if made is None or made.name not in ("softmax", "sigmoid") or made.blame is None:
        return None
    return [made.name, made.blame.file, made.blame.line]


class _CrossEntropy(ChangeLoss):
    """Cross-entropy in place of squared error."""

    def __init__(self, skip: list[Any] | None, two: bool = False) -> None:
        super().__init__(_replace_two if two else _replace)
        self.skip = skip

    def op_begin(self, event: OpCall) -> None:
        if self.skip and event.name == self.skip[0] and event.args:
            event.replace(event.args[0])


def _replace(event: LossCall) -> None:
    import torch

    if event.name in LOSSES and event.target.ndim >= 2 and event.target.shape == event.input.shape:
        logits, wanted = event.input.flatten(0, -2), event.target.argmax(-1).flatten()
        event.input = event.input.softmax(-1)  # what answers one-hot rows, and is measured against them
        event.replace(torch.nn.functional.cross_entropy(logits, wanted))


def _replace_two(event: LossCall) -> None:
    import torch

    if event.name in LOSSES and event.target.shape == event.input.shape:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(event.input, event.target)
        event.input = torch.sigmoid(event.input)
        event.replace(loss)


def intervene(settings: dict[str, Any]) -> Listener:
    """The loss for classes."""
    if "difference" in settings:
        return OutputsInGradient(**settings) if "classes" in settings else InGradient(**settings)
    if "classes" in settings:
        return Outputs(**settings)
    return _CrossEntropy(settings["skip"], settings.get("two", False))
