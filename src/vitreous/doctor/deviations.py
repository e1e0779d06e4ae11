"""Printed errors of a regression (MAE, MSE, RMSE, R²) computed anew from the recorded answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from vitreous.doctor import counting, judged, reported, symptoms
from vitreous.doctor.fault import Row, Suspicion, round_to
from vitreous.doctor.judged import Measure, Part
from vitreous.doctor.reported import Series
from vitreous.record.evidence import Evidence

_ERRORS = frozenset({"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"})
_EXACT = 2e-3  # of a factor
_SEVERAL, _DIGITS = 3, 100  # fewer figures have no factor in common; they must be the same in so many parts
_BELOW = 10  # parts enough of an error below zero, which no right one is


def _squares(said: np.ndarray, meant: np.ndarray) -> float:
    return float(((said - meant) ** 2).mean())


def _root(said: np.ndarray, meant: np.ndarray) -> float:
    return float(np.sqrt(_squares(said, meant)))


def _absolute(said: np.ndarray, meant: np.ndarray) -> float:
    return float(np.abs(said - meant).mean())


def _explained(said: np.ndarray, meant: np.ndarray) -> float:
    return 1.0 - _squares(said, meant) / (float(meant.var()) or 1.0)


_ERROR_NAMES: dict[re.Pattern[str], Measure] = {
    re.compile(r"(?<![a-z])mse(?![a-z])|mean squared|(?<!root )mean square"): _squares,
    re.compile(r"(?<![a-z])rmse(?![a-z])|root mean"): _root,
    re.compile(r"(?<![a-z])mae(?![a-z])|mean abs|(?<![a-z])l1(?![a-z])"): _absolute,
    re.compile(r"(?<![a-z])r(2|\^2|²| squared| score)(?![a-z])"): _explained,
}


@dataclass(frozen=True)
class _Mistake:
    """A figure that is computed otherwise than its name says.

    Attributes:
        value: What it is then of an evaluation, by the measure that is meant.
        any_unit: Whether it may be printed in another unit.
    """

    what: str
    fix: str
    value: Callable[[Part, Measure], float]
    any_unit: bool = True


def _every(part: Part, measure: Measure) -> float:
    return float(
        np.mean([measure(s[:, None], m[None, :]) for s, m in zip(part.said, part.meant, strict=True)])
    )


_MISTAKES = (
    _Mistake(
        "differences of both signs cancel each other",
        "take the absolute value of each difference before the mean",
        lambda part, _: float((part.all[0] - part.all[1]).mean()),
    ),
    _Mistake(
        "differences of both signs cancel each other",
        "take the absolute value of each difference before the mean",
        lambda part, _: float(
            sum(abs((s - m).sum()) for s, m in zip(part.said, part.meant, strict=True)) / len(part.all[0])
        ),
    ),
    _Mistake("every prediction is compared with every target", "give both the same shape", _every),
    _Mistake(
        "the means of batches are added up and divided by the number of samples",
        "divide by the number of batches, or add up each batch's mean times its samples",
        lambda part, measure: (
            sum(measure(s, m) for s, m in zip(part.said, part.meant, strict=True)) / len(part.all[0])
        ),
        any_unit=False,
    ),
    _Mistake(
        "the root is taken of each batch's sum",
        "add up the squares of all batches, divide by the number of samples, and take the root of that",
        lambda part, _: (
            sum(((s - m) ** 2).sum() ** 0.5 for s, m in zip(part.said, part.meant, strict=True))
            / len(part.all[0])
        ),
    ),
    _Mistake(
        "only the last batch is measured",
        "add up what is measured of all batches",
        lambda part, measure: measure(part.said[-1], part.meant[-1]),
        any_unit=False,
    ),
    _Mistake(
        "the variance of the predictions is taken for that of the targets",
        "divide by the squared differences of the targets from their mean",
        lambda part, _: 1.0 - _squares(*part.all) / (float(part.all[0].var()) or 1.0),
        any_unit=False,
    ),
)


def suspicions(evidence: Evidence) -> Iterator[Suspicion]:
    """Errors that are, to the last digit printed, what a known mistake makes of the recorded answers."""
    if judged.kind(evidence) not in _ERRORS:
        return
    evaluations = [_single(steps) for steps in judged.evaluations(evidence)]
    for one in reported.series(evidence, least=1):
        name = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", one.name).lower()
        measure = next((m for pattern, m in _ERROR_NAMES.items() if pattern.search(name)), None)
        if measure is None or re.search(r"(?<![a-z])(train|training|best|ema)(?![a-z])", name):
            continue
        for steps in evaluations:
            wrong = _mistaken(one, steps, measure)
            if wrong is not None:
                yield _mistake(one, wrong, steps, measure)
                return


def _single(steps: dict[int, Part]) -> dict[int, Part]:
    """Those whose answers and truth are one number a sample, flat."""
    return {
        step: Part([one.reshape(-1) for one in part.said], [one.reshape(-1) for one in part.meant])
        for step, part in steps.items()
        if all(one.size == len(one) for one in [*part.said, *part.meant])
    }


def _mistaken(shown: Series, steps: dict[int, Part], measure: Measure) -> _Mistake | None:
    few = len(shown.values) < _SEVERAL

    def fits(value: Callable[[Part], float]) -> float | None:
        amounts = np.array([value(part) for part in steps.values()])
        if few:
            known = dict(zip(steps, amounts.tolist(), strict=True))
            return 1.0 if _is(shown, known, signed=measure is _explained) else None
        return reported.factor(shown, list(steps), amounts) if steps else None

    def by_batch(part: Part) -> float:
        return float(np.mean([measure(s, m) for s, m in zip(part.said, part.meant, strict=True)]))

    right = [fits(lambda part: measure(*part.all)), fits(by_batch)]
    for mistake in _MISTAKES:
        factor = fits(lambda part, mistake=mistake: mistake.value(part, measure))  # type: ignore[misc]
        exact = factor is not None and abs(factor - 1) < _EXACT
        several = any(
            len(part.said) > 1 and len(part.all[0]) > 1.5 * len(part.said) for part in steps.values()
        )
        if factor is not None and (exact and several if not mistake.any_unit else right == [None, None]):
            return mistake if not any(f is not None and abs(f - 1) < _EXACT for f in right) else None
    return None


def _is(shown: Series, values: dict[int, float], *, signed: bool) -> bool:
    """Whether all that is printed is these values, in enough digits to be no chance; only some are ever signed."""
    pairs = [(v, values[s]) for s, v in zip(shown.steps, shown.values, strict=True) if s in values]
    return len(pairs) == len(shown.values) and all(
        abs(v - known) <= 0.6 * shown.grain + 1e-5 * abs(v)
        and abs(v) >= (_BELOW if v < 0 and not signed else _DIGITS) * shown.grain
        for v, known in pairs
    )


def _mistake(shown: Series, mistake: _Mistake, steps: dict[int, Part], measure: Measure) -> Suspicion:
    step = max(step for step in steps if step in shown.steps)
    return Suspicion(
        counting.counted_at(shown.place, shown.number),
        0.95,
        [
            Row("this measure of the recorded answers", round_to(measure(*steps[step].all), 4), "", step),
            Row("what is printed", shown.values[shown.steps.index(step)], "", step),
        ],
        mistake.fix,
        certain=True,
        summary=mistake.what,
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )
