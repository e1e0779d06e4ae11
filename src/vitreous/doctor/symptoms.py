"""What is wrong to the eye: read once from the evidence, shared by all faults, judged by none of them."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from vitreous.doctor.fault import finite
from vitreous.record.evidence import Evidence

# The names that `Suspicion.explains` and `Fault.symptom` use.
NOT_A_NUMBER = "the loss is not a number"
DIVERGES = "the loss grows"
FLAT = "the loss does not fall"
SLOW = "the loss falls slowly"
SPIKES = "the loss jumps"
GRADIENTS_GROW = "the gradient norm grows"
GRADIENTS_VANISH = "early layers get almost no gradient"
NO_GRADIENT = "parameters get no gradient"
DEAD_UNITS = "units that are always zero"
SATURATED = "units stuck at their limits"
ONE_CLASS = "the same class is predicted for everything"
EVALUATION_WRONG = "figures of evaluation are wrong"
GAP = "evaluation is far worse than training"


@dataclass(frozen=True)
class Fit:
    """How well training went.

    Attributes:
        kind: "classes" (error is a share of wrong answers), "numbers" (error is variance left) or "loss" (no error
            could be measured, and the figures are the loss).
        start, end, best: The error, as medians over a tenth of the steps.
        chance: What knowing nothing of the input would reach.
        poor: Whether the end leaves more than a quarter of what chance leaves, or is worse than the start.
        not_a_number: Whether the loss became NaN or infinite, and since which step.
        diverges: Whether the loss ended above twice its start.
    """

    kind: str
    start: float
    end: float
    best: float
    chance: float
    poor: bool
    not_a_number: int | None
    diverges: bool


def fit(evidence: Evidence) -> Fit:
    """How well training went; see `Fit`."""
    errors, curve = finite(evidence.errors), evidence.curve
    first_bad = next((i for i, value in enumerate(curve) if not math.isfinite(value)), None)
    losses = finite(curve)
    start_loss, end_loss, _ = ends(losses)
    diverges = bool(losses) and end_loss > 2 * abs(start_loss) + 1e-6
    if errors:
        kind = "classes" if _classes(evidence) else "numbers"
        chance = _chance(evidence) if kind == "classes" else 1.0
        values = errors
    else:
        kind, chance, values = "loss", abs(start_loss), losses
    start, end, best = ends(values)
    poor = (
        first_bad is not None
        or diverges
        or end > 0.25 * chance
        or (kind == "loss" and end > 0.5 * abs(start))
    )
    return Fit(kind, start, end, best, chance, poor, first_bad, diverges)


def ends(values: list[float]) -> tuple[float, float, float]:
    """Start, end and best of a curve: medians over a tenth of it (at least three values)."""
    if not values:
        return math.nan, math.nan, math.nan
    width = max(3, len(values) // 10)
    parts = [
        statistics.median(values[i : i + width]) for i in range(0, max(1, len(values) - width + 1), width)
    ]
    return statistics.median(values[:3]), statistics.median(values[-width:]), min(parts)


def _classes(evidence: Evidence) -> bool:
    names = {site.name for site in evidence.trained_sites()}
    return bool(
        names & {"cross_entropy", "nll_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"}
    )


def _chance(evidence: Evidence) -> float:
    """The error of always answering the most frequent class."""
    for site in evidence.trained_sites():
        total = sum(site.counts.values())
        if total:
            return max(0.02, 1 - max(site.counts.values()) / total)
    return 0.5
