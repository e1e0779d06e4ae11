"""The metric compares the wrong things, or counts over the wrong total.

What it sees:
    argmax or max along axis 0 of a prediction of shape [B, C] whose result is then compared with labels; a
    comparison of [B, 1] with [B] that gives B × B answers; logits rounded, or cut at a half, as if they were
    probabilities; or a comparison that says of the very answers the loss is computed from that far more, or fewer, are
    right than are.
    And figures printed after each evaluation that are the number of right answers divided by something that is not
    the number of samples: the batches, another part of the data, or everything counted since the program began;
    or that of the last batch alone.
    In NumPy and in tensors, predictions of shape [N, 1] minus or beside targets of shape [N]; and metrics of
    scikit-learn that are given the predictions as the truth. An array is known as predictions by its values.
    And a printed share of right answers whose total has positions in it that the loss leaves out (ignore_index), as
    among what is compared, or where a mask takes them out of the right answers and not out of the total; the
    result of one argsort of all scores added up over a class as if it were ranks; a printed AUC that is another one.
    And, where the model's outputs can be read by its loss, a figure called accuracy, recall, precision or F1 that is
    far from what the recorded answers give; an IoU of masks that is, to the last digit, their Dice or the share of
    places that agree, or a Dice that is one of these; or a figure called MAE, MSE, RMSE or R² that is,
    to the last digit, what a known mistake makes of them: signs that cancel, all with all, means of batches over
    samples, roots of sums, the last batch alone, the variance of the predictions.

Why it matters:
    The figure has nothing to do with how good the model is: it may look like chance for a perfect one.

Example:
    _, predicted = torch.max(outputs, 0)
    correct += (predicted == labels).sum().item()

Fix:
    Take the class axis: `outputs.argmax(dim=1)`; give both sides of a comparison the same shape.

Certainty:
    Certain: read from the operations, or counted; where the metric can be computed as it should be in another run
    of the same training, what it says then is the proof. Axis 0 is right for a single sample's logits of shape [C].
    A comparison must be off by a fifth of all answers over at least 32 of them, which no tie and no threshold of
    taste explains. A cut of logits at exactly 0.5 is named where 3% fewer of the last answers are right by it than
    by 0. A printed figure must be the count of right answers times one factor at every evaluation, to its last
    digit, over at least three values that run through twenty times that digit; and the factor must be none that
    means something (1, or 1 or 100 over the number of samples, to a twentieth, which a short last batch explains).
    An array is what the model gave where its elements (12 at least) are in the order of the latest outputs, or
    their largest classes, and the other array's are not. A share must be a tenth off at most evaluations (0.15
    where it is printed but once), under every reading of its name (each average, each class taken as the positive
    one, the mean over batches), and no other figure beside it the right one. Padding must
    be a twentieth of the labels, and the share with it be what is printed, to the last digit, and the share without
    it nowhere.

Look-alikes:
    The best sample of a batch for each class (ranking, retrieval) is not compared with labels. Balanced accuracy, F1
    and the like are no multiple of the right answers.

References:
    https://github.com/Zasder3/train-CLIP/issues/6
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import deviations, metrics, ranks, reading, shares, symptoms, totals
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import LOSS_NAMES, SHAPING, Op, Trace
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("eval/wrong-metric", "error", "evaluation", "the metric compares the wrong things")

_COMPARE = ("__eq__", "eq", "__ne__", "ne")
_WRONG_SHARE, _LEAST_ANSWERS = 0.2, 32
_CHOOSES = SHAPING | {"argmax", "max", "round", "round_", "sigmoid", "softmax", "log_softmax", "exp"}
_LAYERS = ("linear", "addmm", "matmul", "__matmul__", "conv1d", "conv2d")
_HALF, _WORSE, _LAST = 0.5, 0.03, 4
_CUTS = ("__gt__", "gt", "__ge__", "ge", "__lt__", "lt", "__le__", "le")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each comparison of predictions with labels, in any recorded step; else what is printed of them."""
    seen = set()
    for suspicion in (*metrics.wrong_pairs(evidence), *metrics.padded(evidence), *ranks.suspicions(evidence)):
        seen.add(suspicion.place)
        yield suspicion
    for trace in _whole(evidence.traces):
        for op, said, given in _comparisons(trace):
            found = (
                _over_batch(trace, said, given)
                or _crossed(op, said, given)
                or _rounded_logits(trace, said, evidence)
                or _cut_logits(trace, said, evidence)
                or _contradicts(evidence, trace, op, said, given)
            )
            if found is not None and found.place not in seen:
                seen.add(found.place)
                yield found
    if not seen:
        compared = [op for trace in evidence.traces for op, _, _ in _comparisons(trace)]
        counted = [*_crossed_later(evidence), *totals.suspicions(evidence, compared)]
        yield from counted or [*shares.suspicions(evidence), *deviations.suspicions(evidence)]


def _whole(traces: list[Trace]) -> Iterator[Trace]:
    """The traces; one that compares what was computed before it began has the trace before it in front.

    A trace ends with the optimizer's step, and many loops count the right answers of a batch after it.
    """
    before: Trace | None = None
    for trace in traces:
        compared = {n for op in trace.ops if op.name in _COMPARE for n in op.inputs}
        outside = (op.arguments.get("made_as") for n in compared for op in trace.behind(n))
        missing = before is not None and any(number in before.by_number for number in outside)
        yield trace.following(before) if before is not None and missing else trace
        before = trace


def _comparisons(trace: Trace) -> Iterator[tuple[Op, Op, Op]]:
    """Where something that depends on parameters is compared with something that does not: answers with labels."""
    for op in trace.ops:
        if op.name not in _COMPARE or len(op.inputs) < 2 or op.place is None or op.module:
            continue
        sides = trace.inputs(op)
        learned = [trace.learns(side) for side in sides]
        if len(sides) >= 2 and sum(learned[:2]) == 1:
            yield (op, sides[0], sides[1]) if learned[0] else (op, sides[1], sides[0])


def _trials(changed: str, how: str, name: str, place: Place | None) -> list[Trial]:
    """The metric computed in another way at an operation's line: the same network, and what is then said of it."""
    if place is None:
        return []
    return [Trial(changed, {"how": how, "name": name, "file": place.file, "line": place.line})]


def _over_batch(trace: Trace, said: Op, labels: Op) -> Suspicion | None:
    """The class taken along the batch axis."""
    made = trace.origin(said)
    if made is None or made.name not in ("argmax", "max", "topk") or not made.inputs:
        return None
    scores = trace.inputs(made)[0].output
    position = "2" if made.name == "topk" else "1"  # of topk, the second argument says how many
    axis = made.arguments.get("dim", made.arguments.get("axis", made.arguments.get(position)))
    if (
        scores is None
        or len(scores.shape) < 2
        or axis not in (0, -len(scores.shape))
        or isinstance(axis, bool)
    ):
        return None
    if labels.output is None or scores.shape[0] < 2 or not trace.learns(trace.inputs(made)[0]):
        return None
    rows = [
        Row("shape of the scores", str(scores.shape), "[batch, classes]"),
        Row(f"axis that {made.name} goes along", 0, "the batch"),
        Row("shape of the labels", str(labels.output.shape)),
    ]
    return Suspicion(
        made.place,
        0.97,
        rows,
        f"{made.name} over the class axis (dim=1)",
        certain=True,
        summary="the predicted class is taken over the batch axis",
        explains=[symptoms.EVALUATION_WRONG],
        trials=_trials(f"{made.name} over the class axis", "classes", made.name, made.place),
        metric="answers",
    )


def _crossed(op: Op, said: Op, labels: Op) -> Suspicion | None:
    """Every prediction compared with every label."""
    if (
        said.output is None
        or labels.output is None
        or not reading.crossed(said.output.shape, labels.output.shape)
    ):
        return None
    return _all_with_all(op.place, op.name, said.output.shape, labels.output.shape)


def _crossed_later(evidence: Evidence) -> Iterator[Suspicion]:
    """The same in evaluations behind those whose operations were recorded: as long as everything that is evaluated."""
    calls = evidence.arrays.get("evaluation.print_calls", np.zeros(0, int))
    lengths = set(np.unique(calls[calls >= 0], return_counts=True)[1].tolist())  # -1: no model was called
    for row in evidence.comparisons:
        if len(row.shapes) == 2 and reading.crossed(*row.shapes) and row.shapes[0][0] in lengths:
            said, labels = sorted(row.shapes, key=len, reverse=True)
            yield _all_with_all(row.place, "__eq__", said, labels)
            return


def _all_with_all(place: Place | None, name: str, said: list[int], labels: list[int]) -> Suspicion:
    rows = [
        Row("shape of the predictions", str(said)),
        Row("shape of the labels", str(labels)),
        Row("comparisons made", said[0] * labels[0]),
    ]
    return Suspicion(
        place,
        0.97,
        rows,
        "give predictions and labels the same shape, as with squeeze(1)",
        certain=True,
        summary="every prediction is compared with every label",
        explains=[symptoms.EVALUATION_WRONG],
        trials=_trials("the predictions given the labels' shape", "shape", name, place),
        metric="answers",
    )


def _rounded_logits(trace: Trace, said: Op, evidence: Evidence) -> Suspicion | None:
    """Logits rounded to 0 and 1, which is right for probabilities: logits are cut at 0."""
    made = trace.origin(said)
    if made is None or made.name not in ("round", "round_") or made.place is None:
        return None
    scores = _logits(trace, made, evidence)
    if scores is None or scores.output is None or scores.output.minimum is None:
        return None
    rows = [
        Row("what is rounded", f"the result of {scores.name}, no sigmoid behind it"),
        Row("its values", f"{round_to(scores.output.minimum)} to {round_to(scores.output.maximum or 0.0)}"),
    ]
    return Suspicion(
        made.place,
        0.97,
        rows,
        "round the probability, torch.sigmoid(logits), or compare the logits with 0",
        certain=True,
        summary="logits are rounded as if they were probabilities",
        explains=[symptoms.EVALUATION_WRONG],
        trials=_trials("the sigmoid rounded", "sigmoid", made.name, made.place),
        metric="answers",
    )


def _cut_logits(trace: Trace, said: Op, evidence: Evidence) -> Suspicion | None:
    """Logits cut at a half, which is right for probabilities, where fewer answers are right than cut at 0."""
    made = trace.origin(said)
    if made is None or made.name not in _CUTS or made.place is None:
        return None
    scores = _logits(trace, made, evidence)
    if scores is None or made.arguments.get("1", made.arguments.get("other")) != _HALF:
        return None
    answers, truth = (
        evidence.arrays.get(f"judged.{name}", np.zeros(0)).reshape(-1) for name in ("said", "meant")
    )
    if not len(answers) or len(answers) != len(truth):
        return None
    last = max(1, len(answers) // _LAST)  # before anything is learned, all answers are about 0
    answers, truth = answers[-last:], truth[-last:]
    right, told = (float(((answers > cut) == (truth > _HALF)).mean()) for cut in (0.0, _HALF))
    if right - told < _WORSE:
        return None
    return Suspicion(
        made.place,
        0.95,
        [
            Row("what is compared with 0.5", f"the result of {scores.name}, no sigmoid behind it"),
            Row("right of the last answers, cut at 0.5", round_to(100 * told), "%"),
            Row("cut at 0, where the model is undecided", round_to(100 * right), "%"),
        ],
        "compare the logits with 0, or the probability, torch.sigmoid(logits), with 0.5",
        certain=True,
        summary="logits are cut as if they were probabilities",
        explains=[symptoms.EVALUATION_WRONG],
        trials=_trials("the sigmoid cut at 0.5", "sigmoid", made.name, made.place),
        metric="answers",
    )


def _logits(trace: Trace, made: Op, evidence: Evidence) -> Op | None:
    """The layer whose result, as it is, an operation is given, if it is trained to give logits of yes and no."""
    scores = trace.origin(trace.inputs(made)[0]) if trace.inputs(made) else None
    if scores is None or scores.name not in _LAYERS:
        return None
    logits = any(site.name == "binary_cross_entropy_with_logits" for site in evidence.trained_sites())
    return scores if logits else None


def _contradicts(evidence: Evidence, trace: Trace, op: Op, said: Op, labels: Op) -> Suspicion | None:
    """A comparison that says another share is right than the answers to the same loss have."""
    if op.name not in ("__eq__", "eq") or op.output is None or op.output.mean is None:
        return None
    answers, meant = trace.origin(said, _CHOOSES), trace.origin(labels)
    if answers is not None and answers.name in _CUTS and answers.inputs:
        answers = trace.origin(trace.inputs(answers)[0], _CHOOSES)
    if answers is None or meant is None or int(np.prod(op.output.shape)) < _LEAST_ANSWERS:
        return None
    if any(row.ignored for row in evidence.comparisons if row.place == op.place):
        return None  # with padding, which a mask may take out behind it: see `metrics.padded`
    for loss in _losses(trace):
        given = trace.inputs(loss)[:2]
        if (
            len(given) < 2
            or trace.origin(given[0], _CHOOSES) is not answers
            or trace.origin(given[1]) is not meant
        ):
            continue
        error = _error(evidence, trace, loss)
        if error is None or abs(1 - error - op.output.mean) < _WRONG_SHARE:
            continue
        return Suspicion(
            said.place if said.place and said.kind == "op" and not said.module else op.place,
            0.95,
            [
                Row("answers that are right", round_to(100 * (1 - error)), "%", trace.step),
                Row("what the comparison says", round_to(100 * op.output.mean), "%", trace.step),
            ],
            "compare the class that is answered with the label: argmax over the classes, or the probability cut at 0.5",
            certain=True,
            summary="what is compared with the labels is not the answer",
            explains=[symptoms.EVALUATION_WRONG],
            metric="none",
        )
    return None


def _losses(trace: Trace) -> list[Op]:
    """All losses of a trace, trained or not."""
    return [op for op in trace.ops if op.name in LOSS_NAMES and op.kind == "op"]


def _error(evidence: Evidence, trace: Trace, loss: Op) -> float | None:
    """The share of wrong answers that the record counted for this call of a loss."""
    if loss.name not in (
        "cross_entropy",
        "nll_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
    ):
        return None
    same = [op for op in _losses(trace) if (op.name, op.place) == (loss.name, loss.place)]
    sites = {s.number for s in evidence.loss_sites if (s.name, s.place) == (loss.name, loss.place)}
    rows = [row for row in evidence.losses if row.site in sites and row.step == trace.step]
    return rows[same.index(loss)].error if len(rows) == len(same) else None


class _Computed(Listener):
    """An operation of the metric at one line gets other arguments."""

    def __init__(self, how: str, name: str, file: str, line: int) -> None:
        self.how, self.name, self.at = how, name, (file, line)

    def op_begin(self, event: OpCall) -> None:
        place = event.place if event.name == self.name and event.args else None
        if place is None or (place.file, place.line) != self.at:
            return
        first, *others = event.args
        if self.how == "sigmoid":
            event.args = (first.sigmoid(), *others)
        elif self.how == "shape" and others and reading.crossed(list(first.shape), list(others[0].shape)):
            event.args = (first.reshape(-1), others[0].reshape(-1), *others[1:])
        elif self.how == "classes" and first.ndim > 1:
            given = {k: v for k, v in event.kwargs.items() if k not in ("dim", "axis")}
            names = ["k", "dim", "largest", "sorted"] if self.name == "topk" else ["dim", "keepdim"]
            event.args, event.kwargs = (
                (first,),
                given | dict(zip(names, others, strict=False)) | {"dim": 1},
            )


def intervene(settings: dict[str, Any]) -> Listener:
    """Computes the metric as it should be."""
    return _Computed(**settings)
