"""Whether a change restored learning: two curves of the same program, held against each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from vitreous.doctor import differences
from vitreous.doctor.fault import Metric
from vitreous.doctor.reported import validation
from vitreous.doctor.verdict import Proof
from vitreous.record.evidence import Evidence

_MEASURED = (
    6  # of so many steps at least one has its error measured, where it can be measured: later every fifth has
)
_IN_EVALUATION = ("evaluation loss", "answers")
_FAR = 10.0  # a start so many times that of the other run is no measure of chance
_SAME = 1e-4  # a loss that sums up in another order differs by less
_ANOTHER = (
    0.5  # what counts as gained where the loss is another one: no more than a cause that takes half the error
)
_FLOOR = 0.01  # errors below a hundredth of chance are all the same


def curve_of(evidence: Evidence, metric: Metric, steps: int | None = None) -> tuple[str, list[float]]:
    """The figures that a metric names, by step (or evaluation), and what to call them."""
    if metric in _IN_EVALUATION:
        return _evaluations(evidence) if metric == "evaluation loss" else _compared(evidence)
    if metric == "left":
        return "error of the difference, as share of variance", differences.left_by_step(evidence)
    if metric == "balanced":
        rows = [row.balanced for row in evidence.losses if row.trained and row.balanced is not None]
        return "error of predictions, mean over classes", rows[:steps]
    taken = evidence.steps[:steps]
    untrained = all(step.loss is None for step in taken) and not evidence.backwards
    if untrained or not evidence.steps:  # parameters are never updated: its losses are all there is
        return _losses_of(evidence, metric)
    errors = [step.error for step in taken]
    if (
        metric == "fit"
        and not _weighted(evidence)
        and sum(e is not None for e in errors) * _MEASURED > len(errors)
    ):
        return "error of predictions", [e for e in errors if e is not None]
    return "training loss", [step.loss for step in taken if step.loss is not None]


def _weighted(evidence: Evidence) -> bool:
    """Whether classes count differently in the loss: the least errors are then made by saying the commonest always."""
    return any(site.trained and {"weight", "pos_weight"} & set(site.options) for site in evidence.loss_sites)


def _evaluations(evidence: Evidence) -> tuple[str, list[float]]:
    """The losses that are not trained; else the wrong answers by the script's own comparisons, else what it prints."""
    losses = [row.value for row in evidence.losses if not row.trained]
    if not losses and evidence.comparisons:
        return _compared(evidence)
    return "loss in evaluation", losses or [point.loss for point in validation(evidence)]


def _compared(evidence: Evidence) -> tuple[str, list[float]]:
    """The share of wrong answers by the script's own comparisons, evaluation by evaluation."""
    trained = {row.call for row in evidence.losses if row.trained}
    rows = [row for row in evidence.comparisons if row.call not in trained]
    if not rows:
        return "loss in evaluation", []
    place = Counter(row.place for row in rows).most_common(1)[0][0]
    counts: dict[int, list[int]] = {}
    for row in rows:
        if row.place == place:
            right, total = counts.get(row.step, (0, 0))
            counts[row.step] = [right + row.right, total + row.total]
    return "wrong answers in evaluation", [1 - right / max(1, total) for right, total in counts.values()]


def is_evaluated(evidence: Evidence) -> bool:
    """Whether there is a figure of evaluation to hold against that of another run."""
    return bool(_evaluations(evidence)[1])


def _losses_of(evidence: Evidence, metric: Metric) -> tuple[str, list[float]]:
    """The figures of a program that makes no steps: one for each loss that could have been trained."""
    rows = [row for row in evidence.losses if row.trained or row.training]
    if metric == "fit" and rows and all(row.error is not None for row in rows):
        return "error of predictions", [row.error for row in rows if row.error is not None]
    return "training loss", [row.value for row in rows]


def compare(
    written: Evidence, fixed: Evidence, metric: Metric, changed: str, *, ends: bool = False
) -> Proof | None:
    """The proof that a change makes; None where there is nothing to compare.

    Of a program that raises, it is proof that it goes on: what it did up to the exception stands beside the run
    that has none.

    Args:
        written: The evidence of the script as it is.
        fixed: That of the changed run.
        metric: What to compare.
        changed: What was changed, in words.
        ends: Compare the ends of both runs, however many steps each made, instead of the same step.
    """
    if written.crash is not None and fixed.crash is None and len(fixed.steps) > len(written.steps) + 1:
        before = [step.loss for step in written.steps if step.loss is not None]  # up to the exception
        after = [step.loss for step in fixed.steps if step.loss is not None]
        return Proof(changed, "training loss", len(fixed.steps), _thin(before), _thin(after), 1.0)
    if metric == "first loss":
        return _compare_starts(written, fixed, changed)
    if ends:
        return _compare_ends(written, fixed, metric, changed)
    steps = min(len(written.steps), len(fixed.steps)) or max(len(written.steps), len(fixed.steps))
    if metric == "none" or (steps == 0 and metric not in _IN_EVALUATION):
        return None
    name, before = curve_of(written, metric, steps)
    other, after = curve_of(fixed, metric, steps)
    if (
        name != other and metric == "answers"
    ):  # one of them crashed in evaluation: what was trained is not asked
        return None
    if name != other:  # the error could be measured in one of them only
        name, before = curve_of(written, "training loss", steps)
        _, after = curve_of(fixed, "training loss", steps)
    count = min(len(before), len(after))
    if count < (1 if metric in _IN_EVALUATION else 2):  # many programs evaluate once, at their end
        return None
    before, after = before[:count], after[:count]
    gain = gained(before, after, _chance(name))
    return Proof(changed, name, steps or count, _thin(before), _thin(after), gain)


def _compare_ends(written: Evidence, fixed: Evidence, metric: Metric, changed: str) -> Proof | None:
    name, before = curve_of(written, metric)
    other, after = curve_of(fixed, metric)
    if name != other or min(len(before), len(after)) < (1 if metric in _IN_EVALUATION else 2):
        return None
    return Proof(
        changed, name, len(fixed.steps), _thin(before), _thin(after), gained(before, after, _chance(name))
    )


def _compare_starts(written: Evidence, fixed: Evidence, changed: str) -> Proof | None:
    """Whether the loss is another one before anything was learned; if so, which one is smaller says nothing."""
    if not written.curve or not fixed.curve:
        return None
    before, after = written.curve[0], fixed.curve[0]
    if not (math.isfinite(before) and math.isfinite(after)):
        return None
    other = abs(before - after) > _SAME * max(abs(before), abs(after))
    return Proof(changed, "training loss before any update", 1, [before], [after], _ANOTHER if other else 0.0)


def _chance(name: str) -> float:
    """What a figure is where nothing was learned: shares of wrong answers and of variance left are 1 at most."""
    return 1.0 if name.startswith("error") else math.inf


def gained(before: Sequence[float], after: Sequence[float], chance: float = math.inf) -> float:
    """The share of a figure that went away: 1 all of it, 0 none, negative where it grew; over the last sixth.

    Args:
        before: By step, as written.
        after: By step, changed.
        chance: What the figure is where nothing was learned, as far as that is known: 1 for errors. A run that begins
            at a thousand times of that (weights drawn far too large) says nothing about what counts as small.
    """
    low, high = tail(after), tail(before)
    if math.isnan(low) or math.isinf(low):
        return -1.0
    if math.isnan(high) or math.isinf(high):
        return 1.0
    starts = [abs(values[0]) for values in (before, after) if math.isfinite(values[0])]
    least, most = min(starts, default=0.0), max(starts, default=0.0)
    start = min(most, chance) if math.isfinite(chance) or not least else min(most, _FAR * least)
    floor = _FLOOR * max(start, 1e-12)
    if low < 0 or high < 0:  # a loss without a lower end
        return (high - low) / max(abs(high), abs(low), start, 1e-12)
    return 1.0 - (low + floor) / (high + floor)


def tail(values: Sequence[float]) -> float:
    """The mean of the last sixth, at least five values (of few, the last third); NaN where one is not a number.

    A figure measured once an epoch makes a short curve, of which five values are not the end but the whole.
    """
    last = values[-max(min(5, -(-len(values) // 3)), len(values) // 6) :]
    return sum(last) / len(last)


def _thin(values: Sequence[float], most: int = 400) -> list[float | None]:
    every = max(1, -(-len(values) // most))
    return [v if math.isfinite(v) else None for v in values[::every]]
