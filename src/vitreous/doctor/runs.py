"""What the doctor says of a training run of ours: from its first steps, its record and its history.

Nothing is run again, so only two kinds of suspicion become findings: what is certain from what was seen, and,
where nothing is and the run learned nothing at all, the one that is then most likely. Of a run that learns, the
second kind is never said: a large learning rate that works is no fault.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.diagnose import suspects, word
from vitreous.doctor.fault import finite
from vitreous.doctor.verdict import Verdict
from vitreous.record.evidence import Evidence
from vitreous.record.facts import SchedulerFacts, Step

_MOST_STEPS = 300  # that stand for a whole run
_LIKELY = 0.7  # of how many programs that look like this it is true, by the fault's own account
_FEW = 8  # steps that tell no course
_NOTHING = 0.9  # a run that ends with more than this share of what chance gives has learned nothing
_COURSE = 60  # updates: a run of fewer, whose loss falls, may need more of them and nothing else
_SAME = 0.98  # of the loss of the first steps


def verdict(
    evidence: Evidence,
    record: Iterable[Mapping[str, Any]] = (),
    history: Iterable[Mapping[str, Any]] = (),
    result: Mapping[str, Any] | None = None,
    broke_at: int | None = None,
) -> Verdict:
    """The findings of a run, or of its first steps alone.

    Args:
        evidence: Of the first steps; see `vitreous.record.first_steps`.
        record: The lines of record.jsonl.
        history: The lines of history.jsonl.
        result: Figures of the tested network by dotted name, as far as there are any.
        broke_at: The step at which the loss was no finite number, which no line tells.

    Returns:
        A verdict without proofs; healthy where there is nothing that can be said for sure.
    """
    seen = _prolonged(evidence, list(record), list(history))
    if broke_at is not None:
        rates = seen.steps[-1].lr if seen.steps else []
        seen.steps.append(Step(broke_at, 0, loss=math.nan, backwards=1, lr=rates))
    found, not_checked = suspects(seen)
    believed = [s for s in found if s.suspicion.certain]
    updates = max((optimizer.steps for optimizer in seen.optimizers), default=0)
    # of a few first steps alone, nothing is said of their course
    whole = len(seen.steps) > len(evidence.steps) and (updates >= _COURSE or _stands(seen))
    if not believed and whole and _learned_nothing(seen, result or {}):
        likely = [s for s in found if s.suspicion.confidence >= _LIKELY]
        believed = sorted(likely, key=lambda s: -s.suspicion.confidence)[:1]
    for suspect in found:
        suspect.why_not = "not tried: a training run is not run again"
    believed.sort(key=lambda s: -s.suspicion.confidence)
    return word(seen.script, seen, found, believed, not_checked)


def _prolonged(evidence: Evidence, record: list[Any], history: list[Any]) -> Evidence:
    """The evidence with the steps that only the record knows, evenly spaced as those of a whole run are.

    The record is dense at first and then ever sparser; between two of its lines the earlier one stands. The error
    is that of a step's epoch: the share of wrong answers, or of numbers the loss over that of the untrained network.
    """
    lines = [line for line in record if isinstance(line.get("step"), int)]
    untrained = _number(lines[0].get("loss")) if lines else math.nan
    epochs = [
        (line["step"], error)
        for line in history
        if isinstance(line.get("step"), int) and math.isfinite(error := _error(line, untrained))
    ]
    # Without a measure of error over the whole run, that of a few first steps would stand for its end.
    known = [step if epochs else replace(step, error=None) for step in evidence.steps]
    last = max([*(line["step"] + 1 for line in lines), *(step for step, _ in epochs)], default=0)
    steps = [
        _step(number, _latest(lines, number), next((error for end, error in epochs if end > number), None))
        for number in range(len(known), last, max(1, last // _MOST_STEPS))
        if lines
    ]
    optimizers = [replace(o, steps=max(o.steps, last)) for o in evidence.optimizers]
    if steps and optimizers and optimizers[0].groups:
        _set_peak(steps, optimizers[0].groups[-1].get("initial_lr"))
    # Every schedule of a recipe but the constant one is a rise and then a fall: what PyTorch calls sequential.
    schedule = [SchedulerFacts("SequentialLR", None, 0)] if steps else []
    return replace(evidence, steps=known + steps, optimizers=optimizers, schedulers=schedule)


def _latest(lines: list[Any], number: int) -> Mapping[str, Any]:
    """The last line of the record at a step or before it."""
    place = bisect_right(lines, number, key=lambda line: line["step"])
    found: Mapping[str, Any] = lines[max(0, place - 1)]
    return found


def _error(line: Mapping[str, Any], untrained: float) -> float:
    if isinstance(line.get("train.accuracy"), float):
        return 1 - float(line["train.accuracy"])
    return _number(line.get("train.loss")) / untrained if untrained > 0 else math.nan


def _step(number: int, line: Mapping[str, Any], error: float | None) -> Step:
    rate = _number(line.get("learning_rate"))
    loss, norm = _number(line.get("loss")), _number(line.get("gradient_norm"))
    return Step(number, 0, loss=loss, error=error, backwards=1, lr=[rate], gradient_norm=norm)


def _set_peak(steps: list[Step], peak: Any) -> None:
    """The rate that a schedule was given and that it reached between two lines of the record."""
    highest = max(steps, key=lambda step: step.lr[0])
    if isinstance(peak, float) and peak > highest.lr[0]:
        highest.lr = [peak]


def _number(value: Any) -> float:
    """A figure of a record's line, where NaN and infinities are text."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _learned_nothing(evidence: Evidence, result: Mapping[str, Any]) -> bool:
    """Whether it ended where it began, or where knowing nothing of the input would end."""
    fit = symptoms.fit(evidence)
    explained = result.get("test.r2")
    if fit.not_a_number is not None or fit.diverges:
        return True
    if isinstance(explained, float) and explained < 1 - _NOTHING:
        return True
    nothing = fit.chance if fit.kind != "loss" else abs(fit.start)
    enough = len(evidence.errors or evidence.curve) > _FEW
    return enough and (fit.end > _NOTHING * nothing or (fit.learned == "nothing" and _stands(evidence)))


def _stands(evidence: Evidence) -> bool:
    """Whether the loss is what it was: an untrained network may by luck answer better than chance and stay there."""
    start, end, _ = symptoms.ends(finite(evidence.curve))
    return end > _SAME * start
