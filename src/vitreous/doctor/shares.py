"""Printed shares of right answers (accuracy, recall, precision, F1, overlaps) computed anew from the recorded ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from vitreous.doctor import counting, judged, overlaps, reported, symptoms
from vitreous.doctor.fault import Row, Suspicion, round_to
from vitreous.doctor.judged import Measure, Part
from vitreous.doctor.reported import Series
from vitreous.record.evidence import Evidence

_CLASSES = frozenset({"cross_entropy", "nll_loss"})
_BINARY = frozenset({"binary_cross_entropy", "binary_cross_entropy_with_logits"})
_LEAST_SAMPLES = 30
_FAR, _APART = 0.1, 0.02
_SEVERAL, _FAR_ONCE = 3, 0.15  # figures; what is printed but once or twice
_TOP = re.compile(r"(?<![a-z])(?:top|hits|acc|accuracy|recall)\W{0,2}(\d+)(?!\d)")
_OTHER = re.compile(
    r"(?<![a-z])(train|training|fit|best|mean|avg|average|ema|smooth|smoothed|running|token|pixel|bit|exact|balanced"
    r"|macro|micro|weighted|majority|baseline|chance|random|knn|loss|seq|sequence|word|char|adv|adversarial|robust|std"
    r"|delta|gap|fake|real|disc|discriminator|top|per|class|within|ensemble|calibration)(?![a-z])"
)


def _chosen(evaluations: list[dict[int, Part]], kind: str) -> list[dict[int, Part]]:
    """The classes answered and meant; none where a truth is no class."""
    found = []
    cut = _cut(evaluations, kind)
    for steps in evaluations:
        chosen = {}
        for step, part in steps.items():
            if kind in _CLASSES:
                said = [one.argmax(1) if one.ndim == 2 else one for one in part.said]
            else:
                said = [(one.reshape(len(one), -1) > cut).astype(int)[:, 0] for one in part.said]
            meant = [one.reshape(len(one), -1)[:, 0] for one in part.meant]
            single = all(one.size == len(one) for one in part.meant)
            single &= kind in _CLASSES or all(one.size == len(one) for one in part.said)
            if single and all((one == one.round()).all() for one in meant):
                chosen[step] = Part(said, [one.astype(int) for one in meant])
        if chosen:
            found.append(chosen)
    return found


def _cut(evaluations: list[dict[int, Part]], kind: str) -> float:
    """Where a yes-or-no answer is undecided: at a half for shares, which a sigmoid too many makes of logits as well."""
    said = [one for steps in evaluations for part in steps.values() for one in part.said]
    shares = all(one.min() >= 0.0 and one.max() <= 1.0 for one in said if one.size)
    return 0.5 if kind == "binary_cross_entropy" or shares else 0.0


def _of_average(score: str, average: str, positive: int = 1) -> Measure:
    def measure(said: np.ndarray, meant: np.ndarray) -> float:
        from sklearn import (
            metrics,
        )  # loading it takes longer than the rest of a verdict: only where it is asked for

        binary = average == "binary"
        if binary and not set(np.unique(np.r_[said, meant])) <= {0, 1}:
            return float("nan")
        function = getattr(metrics, score)
        return float(function(meant, said, average=average, zero_division=0, pos_label=positive))

    return measure


def _right(said: np.ndarray, meant: np.ndarray) -> float:
    return float((said == meant).mean())


def _readings(score: str) -> list[Measure]:
    """All that a name may stand for, of one of scikit-learn's scores."""
    return [
        _of_average(score, "binary"),
        _of_average(score, "binary", 0),
        *(_of_average(score, average) for average in ("macro", "micro", "weighted")),
    ]


def _balanced(said: np.ndarray, meant: np.ndarray) -> float:
    return float(np.mean([(said[meant == one] == one).mean() for one in np.unique(meant)]))


_Value = tuple[float, float, int]

# What a figure may be called, and what it may be then; the first is meant by the name alone.
_NAMES: dict[str, tuple[re.Pattern[str], list[Measure]]] = {
    "the share of right answers": (re.compile(r"(?<![a-z])(acc|accuracy)(?![a-z])"), [_right, _balanced]),
    "the recall": (
        re.compile(r"(?<![a-z])(recall|sensitivity|tpr)(?![a-z])"),
        _readings("recall_score"),
    ),
    "the precision": (re.compile(r"(?<![a-z])precision(?![a-z])"), _readings("precision_score")),
    "the F1 score": (re.compile(r"(?<![a-z])f1(?![a-z])"), _readings("f1_score")),
}


def suspicions(evidence: Evidence) -> Iterator[Suspicion]:
    """Shares of answers that are far from what any reading of their names gives."""
    kind = judged.kind(evidence)
    if kind not in _CLASSES and kind not in _BINARY:
        return
    shown = reported.series(evidence, least=1)
    recorded = judged.evaluations(evidence)
    answers, masks = _chosen(recorded, kind), overlaps.chosen(recorded, kind)
    known_as = [
        *((answers, *one) for one in _NAMES.items()),
        *((masks, *one) for one in overlaps.NAMES.items()),
    ]
    for evaluations, what, (pattern, measures) in known_as:
        called = [one for one in shown if _is_called(one, pattern)]
        known = _otherwise(shown, evaluations, measures) if called else []
        for one in called:
            compared = [values for values in known if _together(one, values) is not None]
            far = what in _NAMES and bool(compared) and all(_far(one, values) for values in compared)
            if far or _is_another(one, evaluations, what, compared):
                yield _suspicion(one, what, compared[0])
                return


def _otherwise(
    shown: list[Series], evaluations: list[dict[int, Part]], measures: list[Measure]
) -> list[dict[int, _Value]]:
    """What each reading of a name gives; nothing where one of them is what is printed."""
    known = []
    for steps in evaluations:
        for measure in measures:
            values = _values(steps, measure)
            if any(_near(one, values, _APART) for one in shown):
                return []
            known.append(values)
    return known


def _is_another(
    one: Series, evaluations: list[dict[int, Part]], what: str, known: list[dict[int, _Value]]
) -> bool:
    """Whether an overlap is another figure to the last digit, several times: there are soft ones, and other cuts."""
    if what not in overlaps.NAMES or not known or any(_is(one, values) for values in known):
        return False
    others = overlaps.mistaken_for(what)
    return any(_is(one, _values(steps, measure)) for steps in evaluations for measure in others)


def _is(shown: Series, values: dict[int, _Value]) -> bool:
    """Whether a series is a measure of the whole to the last digit printed, in several figures that are not 0."""
    pairs = _together(shown, values)
    if pairs is None:
        return False
    told = pairs[:, 0] > _FAR
    exact = np.abs(pairs[:, 0] - pairs[:, 1]) <= shown.grain
    return bool(told.sum() >= _SEVERAL and exact[told].all())


def _is_called(one: Series, pattern: re.Pattern[str]) -> bool:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", one.name).lower()
    return pattern.search(name) is not None and _OTHER.search(name) is None


def _values(steps: dict[int, Part], measure: Measure) -> dict[int, _Value]:
    """A measure of the whole, its mean over the batches, and the number of samples, by step."""
    found = {}
    for step, part in steps.items():
        said, meant = part.all
        if len(said) >= _LEAST_SAMPLES:
            by_batch = [measure(s, m) for s, m in zip(part.said, part.meant, strict=True)]
            found[step] = (measure(said, meant), float(np.mean(by_batch)), len(said))
    return found


def _together(shown: Series, values: dict[int, _Value]) -> np.ndarray | None:
    """What is printed, as a share, beside what is known, [evaluations, 3]; None where they are not of the same ones.

    What is more than 1 may be a percentage, or how many of the samples.
    """
    pairs = [(v, *values[s]) for s, v in zip(shown.steps, shown.values, strict=True) if s in values]
    if len(pairs) < max(1, 0.8 * len(shown.values)) or not np.isfinite(pairs).all():
        return None
    rows = np.array(pairs)
    scales = (1.0,) if rows[:, 0].max() <= 1.0 else (100.0, float(np.median(rows[:, 3])))
    told: list[np.ndarray] = [np.c_[rows[:, 0] / scale, rows[:, 1:3]] for scale in scales]
    return min(told, key=lambda one: float(np.abs(one[:, 0] - one[:, 1]).sum()))


def _near(shown: Series, values: dict[int, _Value], by: float) -> bool:
    """Whether a series is this measure at most evaluations, of the whole or as the mean over the batches."""
    pairs = _together(shown, values)
    if pairs is None or np.ptp(pairs[:, 0]) == 0 < np.ptp(pairs[:, 1]):
        return False
    apart = np.abs(pairs[:, 1:] - pairs[:, :1])
    return bool((np.median(apart, axis=0) <= by).any())


def _far(shown: Series, values: dict[int, _Value]) -> bool:
    """Whether a series is another figure than this measure at every evaluation, mostly by a tenth and more."""
    pairs = _together(shown, values)
    pairs = pairs[pairs.max(axis=1) > _APART] if pairs is not None else None  # all shares of nothing are 0
    if pairs is None or not len(pairs):
        return False
    apart = np.abs(pairs[:, 1:] - pairs[:, :1]).min(axis=1)
    constant = np.ptp(pairs[:, 0]) == 0 and np.ptp(pairs[:, 1]) > _FAR
    far = _FAR if len(pairs) >= _SEVERAL else _FAR_ONCE
    return bool(constant or (np.median(apart) > far and apart.min() > _APART))


def _suspicion(shown: Series, what: str, values: dict[int, _Value]) -> Suspicion:
    step = max(step for step in values if step in shown.steps)
    place = counting.counted_at(shown.place, shown.number)
    return Suspicion(
        place,
        0.95,
        [
            Row(f"{what} of the recorded answers", round_to(values[step][0], 4), "", step),
            Row(
                f'what is printed as "{shown.name.strip(" :=,|")}"',
                shown.values[shown.steps.index(step)],
                "",
                step,
            ),
        ],
        f"compute it from the answers: {_FIXES[what]}",
        certain=True,
        summary=f"what is printed is not {what}",
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )


_FIXES = {
    "the share of right answers": "the class that is answered (argmax over the classes, or the output cut where it is"
    " undecided) compared with the label, counted over all samples",
    "the recall": "right positive answers over all samples that are positive",
    "the precision": "right positive answers over all positive answers",
    "the F1 score": "the harmonic mean of precision and recall",
    **overlaps.FIXES,
}
