"""Validation or test data are prepared in another way than the training data.

What it sees:
    Inputs of evaluation with another mean or spread than those of training, all together or column by column; or both
    with a mean of exactly 0 and a spread of exactly 1 in each column (or from exactly 0 to exactly 1), which only
    happens when each is scaled by itself. Of words and items, ids that occur in other shares than in training, while
    what was learnt is of no use on them: each part has a vocabulary of its own.

Why learning fails:
    Training works. What the network learnt holds for inputs as it has seen them; shifted or stretched ones are foreign
    to it, and its figures there say nothing.

Example:
    X_train = scaler.fit_transform(X_train)
    X_test = scaler.fit_transform(X_test)  # transform, with what was fitted on the training part

Fix:
    Fit the preparation on the training part, and apply that same one everywhere.

Certainty:
    Where the order of an axis (channels, columns, an axis read backwards) makes held-out samples those of training,
    which they are not as they are, evaluation in that order is the experiment. The line is the one that prepares
    held-out data, by its names; where one function prepares both parts, with a branch on a flag (`if self.train:`),
    the last line of that branch that computes something and draws nothing; where a batch is prepared beside the call
    of the model, and not as in training, that line. Without such names it is the last line that makes the evaluated
    data, found back through loops, loaders and conversions; or that of the training data behind it, where only they
    are prepared.
    Certain for a difference no sample of the same data shows: a mean shifted by 1.5 standard deviations, or a spread
    2.5 times as large or small; and for parts standardized apart (|mean| below 1e-4 and a spread within 1e-3 of 1 in
    all columns of both, or limits within 1e-6 of 0 and 1). From a third of that on, or where a column of a table
    is distributed otherwise (Kolmogorov-Smirnov distance above 0.2 and three standard errors), an experiment decides,
    which gives evaluation the mean and spread of training and watches the loss there. Ids are certain where a tenth of
    them would have to be others for the shares to agree, four times what two random halves of training, or of
    evaluation, differ by; and where training leaves less than half of the error that knowing nothing makes, and
    evaluation more than three quarters of it. Both together are seen only where the same id means something else; a
    topic that is rarer in one part does not cost all. Where evaluation leaves twice as much error as training, what the
    script fits to both parts (a vocabulary, means, in a function, method or class that is given each, or written
    twice; a transformer whose `fit_transform` is called for each) is fitted once instead: an experiment.

Look-alikes:
    Data from another time or place differ for real; the experiment then does not help. Augmentation differs on
    purpose, and keeps mean and spread.

References:
    https://scikit-learn.org/stable/common_pitfalls.html#inconsistent-preprocessing
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vitreous.doctor import (
    at_the_call,
    carried,
    evaluated,
    ids,
    named,
    reading,
    rearranged,
    source,
    symptoms,
    variables,
)
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, edited, round_to
from vitreous.doctor.fitted import fitted_apart
from vitreous.doctor.flagged import prepared_under_a_flag
from vitreous.doctor.reported import validation
from vitreous.record.events import Listener, ModuleCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "data/transform-mismatch",
    "error",
    "data",
    "evaluation data are prepared in another way than training data",
)

_SHIFT, _RATIO = 1.5, 2.5
_SOME_SHIFT, _SOME_RATIO = 0.4, 1.25
_FAR, _SURE = (
    0.2,
    3,
)  # Kolmogorov-Smirnov distance, and that in standard errors: chance exceeds it once in 10^7
_EXACT_MEAN, _EXACT_SPREAD, _EXACT_LIMIT = 1e-4, 1e-3, 1e-6
_BY_ROW = 0.5  # of the rows reach the limit: then each is brought to full scale by itself, but for empty ones
_MANY = 0.2  # of the rows have a value of their own
_LEAST_ROWS, _MOST_COLUMNS = 30, 512
_WORSE, _BAD = 2.0, 0.3  # times the error in training, and of that of knowing nothing
_MOST_FITTED = 2
_MOST_TRAINED, _SEEN = 200_000, 0.5
_PREPARES = re.compile(r"(?i)transform|prep|norm|scal|aug|standard")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Inputs of evaluation beside those of training."""
    other_ids = ids.differ(evidence)
    if other_ids:
        suspicion = _suspicion(evidence, other_ids, None)
        suspicion.certain = True
        suspicion.summary = "ids do not mean the same in training and in evaluation"
        suspicion.fix = (
            f"turn both parts into ids by the vocabulary of the training part{_line(suspicion.place)}"
        )
        yield suspicion
        return
    yield from _fitted_apart(evidence)
    both = _inputs(evidence)
    if both is None:
        return
    order = rearranged.rearranged(*both)
    if order is not None:
        yield _in_another_order(evidence, *order)
    trained, held_out = (part.reshape(len(part), -1) for part in both)
    for is_apart, how in ((_apart, "mean 0 and spread 1"), (_spanned, "least value 0 and largest 1")):
        if is_apart(trained) and is_apart(held_out):
            rows = [Row(f"columns with {how} in both parts", trained.shape[1])]
            yield _suspicion(evidence, rows, None, apart=True)
            return
    mean, spread = float(trained.mean()), float(trained.std())
    other_mean, other_spread = float(held_out.mean()), float(held_out.std())
    if spread <= 0 or other_spread <= 0:
        return
    shift, ratio = abs(other_mean - mean) / spread, other_spread / spread
    stretch = max(ratio, 1 / ratio)
    if shift < _SOME_SHIFT and stretch < _SOME_RATIO:
        yield from _by_column(evidence, trained, held_out)
        return
    rows = [
        Row("mean of the inputs in training", round_to(mean)),
        Row("in evaluation", round_to(other_mean)),
        Row("spread of the inputs in training", round_to(spread)),
        Row("in evaluation", round_to(other_spread)),
    ]
    settings = {"scale": spread / other_spread, "offset": mean - other_mean * spread / other_spread}
    suspicion = _suspicion(evidence, rows, settings)
    suspicion.certain = shift >= _SHIFT or stretch >= _RATIO
    suspicion.confidence = 0.95 if suspicion.certain else 0.5
    if suspicion.certain or suspicion.trials:
        yield suspicion


def _fitted_apart(evidence: Evidence) -> Iterator[Suspicion]:
    """What the script fits to the training data and once more to the others, where it is of little use on these."""
    fit, error = symptoms.fit(evidence), _held_out_error(evidence)
    if error is None or error < max(_WORSE * fit.end, _BAD * fit.chance):
        return
    for apart in list(fitted_apart(evidence.script))[:_MOST_FITTED]:
        yield Suspicion(
            Place(evidence.script, apart.line),
            0.6,
            [
                Row(f"fitted to the training part in line {apart.first}, and again", apart.what),
                Row("error in training", round_to(fit.end)),
                Row("in evaluation", round_to(error)),
            ],
            "use for evaluation data what was fitted on the training data, as a vocabulary or a mean",
            summary="training and evaluation data are prepared by what was fitted to each of them apart",
            explains=[symptoms.EVALUATION_WRONG, symptoms.GAP],
            trials=[Trial("the second time gives what was fitted the first time", edited(apart.edits))],
            metric="evaluation loss",
        )


def _held_out_error(evidence: Evidence) -> float | None:
    """What `symptoms.fit` says of training, of held-out data; None where it is not known."""
    if symptoms.fit(evidence).kind != "loss":
        return ids.held_out_error(evidence)
    points = validation(evidence)
    return points[-1].loss if points else None


def _in_another_order(evidence: Evidence, order: rearranged.Order, times: float) -> Suspicion:
    """The same data with an axis in another order."""
    place = variables.made_before_training(_called(evidence)) or _place(evidence)
    rows = [
        Row("beside those of training, held-out samples have", order.what),
        Row("they differ by", round_to(times, 2), "times what two halves of training do"),
    ]
    return Suspicion(
        place, 0.6, rows, f"prepare evaluation data as the training data are, in the same order{_line(place)}",
        summary=f"beside training data, evaluation data have {order.what}",
        explains=[symptoms.EVALUATION_WRONG, symptoms.GAP],
        trials=[Trial("evaluation inputs in the order of training", {"axis": order.axis, "taken": order.taken})],
        metric="evaluation loss",
    )  # fmt: skip


def _by_column(evidence: Evidence, trained: np.ndarray, held_out: np.ndarray) -> Iterator[Suspicion]:
    """Columns of a table that differ although the table as a whole does not."""
    if evidence.arrays["train.inputs"].ndim != 2 or not 2 <= trained.shape[1] <= _MOST_COLUMNS:
        return
    spread, other_spread = trained.std(0), held_out.std(0)
    error = np.sqrt(1 / len(trained) + 1 / len(held_out))
    distance = np.array([_distance(*pair) for pair in zip(trained.T, held_out.T, strict=True)])
    differs = (spread > 1e-6) & (other_spread > 1e-6) & (distance > max(_FAR, _SURE * error))
    if not differs.any():
        return
    worst = int(np.argmax(np.where(differs, distance, -1)))
    scale = np.where(differs, spread / np.maximum(other_spread, 1e-9), 1.0)
    offset = np.where(differs, trained.mean(0) - held_out.mean(0) * scale, 0.0)
    rows = [
        Row("columns that differ", int(differs.sum()), f"of {trained.shape[1]}"),
        Row(
            f"mean and spread of column {worst} in training",
            [round_to(trained[:, worst].mean()), round_to(spread[worst])],
        ),
        Row("in evaluation", [round_to(held_out[:, worst].mean()), round_to(other_spread[worst])]),
    ]
    suspicion = _suspicion(evidence, rows, {"scale": scale.tolist(), "offset": offset.tolist()})
    suspicion.confidence = 0.5
    if suspicion.trials:
        yield suspicion


def _distance(some: np.ndarray, others: np.ndarray) -> float:
    """The largest difference of two samples' distribution functions (Kolmogorov-Smirnov), which no tail distorts."""
    at = np.concatenate([some, others])
    shares = [np.searchsorted(np.sort(part), at, side="right") / len(part) for part in (some, others)]
    return float(np.abs(shares[0] - shares[1]).max())


def _inputs(evidence: Evidence) -> tuple[np.ndarray, np.ndarray] | None:
    """Different rows of both parts; None where they are no numbers or cannot be compared."""
    if len({site.model for site in evidence.sites if site.trained}) != 1:
        return None  # several networks have several kinds of inputs
    if evaluated.goes_on(evidence):
        return None  # its own answers are no data
    trained, held_out = evidence.arrays.get("train.inputs"), evidence.arrays.get("evaluation.inputs")
    if trained is None or held_out is None or trained.shape[1:] != held_out.shape[1:]:
        return None
    if trained.dtype.kind != "f" or held_out.dtype.kind != "f":
        return None
    calls = evidence.arrays.get("evaluation.calls")
    if calls is not None:
        known = {batch.call: batch.seen for batch in evaluated.batches(evidence)}
        held_out = held_out[[known.get(int(call), 1.0) < 0.5 for call in calls]]
    trained, held_out = (_different(part) for part in (trained, held_out))
    if min(len(trained), len(held_out)) < _LEAST_ROWS:
        return None
    if not np.isfinite(trained).all() or not np.isfinite(held_out).all():
        return None
    return trained, held_out


def _different(rows: np.ndarray) -> np.ndarray:
    flat = rows.reshape(len(rows), -1).astype(np.float64) if len(rows) else np.zeros((0, 1))
    if flat.shape[1] > _MOST_COLUMNS or not len(rows):
        return rows[:3000].astype(np.float64)
    return np.unique(flat[:20_000], axis=0).reshape(-1, *rows.shape[1:])


def _apart(rows: np.ndarray) -> bool:
    """Whether each column has mean 0 and spread 1 by itself, and not each row as well."""
    if not 2 <= rows.shape[1] <= _MOST_COLUMNS:
        return False
    mean, spread = rows.mean(0), rows.std(0)
    varies = spread > 1e-6
    corrected = spread * np.sqrt(len(rows) / max(1, len(rows) - 1))
    exact = np.minimum(np.abs(spread - 1), np.abs(corrected - 1)) < _EXACT_SPREAD
    by_row = bool((np.abs(rows.mean(1)) < _EXACT_MEAN).all())
    return bool(varies.any() and (np.abs(mean) < _EXACT_MEAN).all() and exact[varies].all() and not by_row)


def _spanned(rows: np.ndarray) -> bool:
    """Whether each column runs from exactly 0 to exactly 1, and its values are no few steps in between."""
    if not 2 <= rows.shape[1] <= _MOST_COLUMNS:
        return False
    least, most = rows.min(0), rows.max(0)
    varies = most - least > 1e-6
    exact = (np.abs(least) < _EXACT_LIMIT) & (np.abs(most - 1) < _EXACT_LIMIT)
    by_row = float((np.abs(rows.max(1) - 1) < _EXACT_LIMIT).mean()) > _BY_ROW
    many = [len(np.unique(column)) > _MANY * len(rows) for column in rows.T[varies]]
    return bool(varies.any() and exact[varies].all() and all(many) and not by_row)


def _suspicion(
    evidence: Evidence, rows: list[Row], settings: dict[str, Any] | None, *, apart: bool = False
) -> Suspicion:
    evaluated_losses = is_evaluated(evidence)
    place = _place(evidence)
    return Suspicion(
        place,
        0.9,
        rows,
        f"prepare evaluation data with what was fitted on the training data{_line(place)}",
        certain=apart,
        summary="training and evaluation data are scaled each by itself" if apart else "",
        explains=[symptoms.EVALUATION_WRONG, symptoms.GAP],
        trials=[Trial("evaluation inputs with the mean and spread of training", settings)]
        if settings and evaluated_losses
        else [],
        metric="evaluation loss",
    )


def _line(place: Place | None) -> str:
    return f" (line {place.line})" if place else ""


def _place(evidence: Evidence) -> Place | None:
    """Where held-out data are prepared: by names, in a branch on a flag, else where they are evaluated."""
    file = evidence.script
    calls = sorted(source.nodes(file, ast.Call), key=lambda call: call.lineno)
    for call in calls:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        place = Place(file, call.lineno)
        if name == "fit_transform" and named.held_out_data(source.targets(place)):
            return place
    for function in source.nodes(file, ast.FunctionDef):
        if named.held_out_data([function.name]) and _PREPARES.search(function.name):
            return Place(file, function.body[-1].lineno, function.name)
    flagged = prepared_under_a_flag(
        file, [one.maker for one in evidence.loaders if one.batches and one.maker]
    )
    if flagged is not None:
        return flagged
    called = _called(evidence)
    trains = next((site.place for site in evidence.sites if site.trained and site.place), None)
    beside = at_the_call.prepared_otherwise(trains, called)
    if beside is not None:
        return beside
    found = None
    for node in sorted(source.nodes(file, ast.Assign), key=lambda node: node.lineno):
        place = Place(file, node.lineno)
        text = ast.unparse(node.value)
        if named.held_out_data(source.targets(place)) and "Loader(" not in text and not source.loops(place):
            arithmetic = any(isinstance(n, (ast.BinOp, ast.Call)) for n in ast.walk(node.value))
            found = place if arithmetic or found is None else found
    if found is not None:
        return found
    return variables.made_before_training(called) or _carried(evidence) or called


def _carried(evidence: Evidence) -> Place | None:
    """The line that last makes the held-out data, or behind it that of the trained ones: what they lack is there."""
    held_out = next((group for group in evaluated.groups(evidence) if group.seen < 0.5), None)
    site = next((site for site in evidence.sites if site.trained and site.place), None)
    if held_out is None or site is None or site.place is None:
        return None
    loader = evidence.loaders[held_out.loader].place if held_out.loader >= 0 else None
    made, trains = carried.prepared(held_out.stack, loader), reading.training_loader(evidence)
    other = carried.prepared([site.place, *site.stack], trains.place if trains else None)
    return max(made, other, key=lambda place: place.line) if made is not None and other is not None else made


def _called(evidence: Evidence) -> Place | None:
    return next((site.place for site in evidence.sites if site.evaluated and not site.trained), None)


class _LikeTraining(Listener):
    """What a model gets with gradients off, or in eval mode, is made like what it gets in training.

    Samples that it was trained with are left as they are: many programs measure them, too.
    """

    def __init__(self, change: Callable[[Any], Any]) -> None:
        self.change = change
        self._trained: set[int] = set()

    def module_begin(self, event: ModuleCall) -> None:
        import torch

        first = event.args[0] if event.args and not event.depth else None
        if not isinstance(first, torch.Tensor) or not first.is_floating_point() or not len(first):
            return
        if next(event.module.parameters(), None) is None:
            return
        from vitreous.record.measure import fingerprints

        prints = set(fingerprints(first.detach()).tolist())
        if torch.is_grad_enabled() and event.module.training:
            if len(self._trained) < _MOST_TRAINED:
                self._trained |= prints
        elif len(prints & self._trained) < _SEEN * len(prints):
            event.args = (self.change(first), *event.args[1:])


def intervene(settings: dict[str, Any]) -> Listener:
    """Evaluation as in training: its order of an axis, or its mean and spread, one for all or one a column."""
    if "taken" in settings:
        return _LikeTraining(lambda batch: rearranged.in_order(batch, settings["axis"], settings["taken"]))
    scale, offset = settings["scale"], settings["offset"]
    return _LikeTraining(lambda batch: batch * batch.new_tensor(scale) + batch.new_tensor(offset))
