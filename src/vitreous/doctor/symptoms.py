"""What is wrong to the eye: read once from the evidence, shared by all faults, judged by none of them."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from itertools import pairwise

from vitreous.doctor import differences, likelihood, reading
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
        start, end, best: The error, as medians over a tenth of the steps (of the start: over three).
        chance: What knowing nothing of the input would reach.
        poor: Whether the end leaves more than a quarter of what chance leaves, or is worse than the start.
        not_a_number: Whether the loss became NaN or infinite, and since which step.
        diverges: Whether the loss ended above twice its start.
        left: The share of the target's variance, or of the nats of chance, that is left, where a loss written by hand
            tells it.
    """

    kind: str
    start: float
    end: float
    best: float
    chance: float
    poor: bool
    not_a_number: int | None
    diverges: bool
    left: float | None = None

    @property
    def learned(self) -> str:
        """How much: "nothing" (the end leaves nine tenths of where it began, or of chance), "little", "much".

        Empty where too few steps were seen to say.
        """
        if self.not_a_number is not None or self.diverges:
            return "nothing"
        if not math.isfinite(self.end):
            return ""
        least = min(abs(self.start), self.chance)
        return "much" if not self.poor else "nothing" if self.end > _UNCHANGED * least else "little"


_UNCHANGED = 0.9
_MIDDLING, _HALF = 0.05, 0.5
_EXPLOSION = 10.0  # times the first loss, and in logarithms at least _USUAL times the usual step to the next
_USUAL = 4.0


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
    left = None
    if kind == "loss" and first_bad is None:
        left = differences.variance_left(evidence)
        nats = likelihood.nats_of_chance(evidence) if left is None else None
        chance, left = (nats, end / nats) if nats is not None else (chance, left)
    much_left = end > 0.25 * chance if left is None else left > 0.25
    return Fit(
        kind,
        start,
        end,
        best,
        chance,
        first_bad is not None or diverges or much_left,
        first_bad,
        diverges,
        left,
    )


def gain_needed(evidence: Evidence, usual: float) -> float | None:
    """What share of the error an experiment must take away: a suspicion's own, and half where training is middling.

    None where training is good: less than a twentieth of what chance leaves, of which little can be gained.
    """
    state = fit(evidence)
    if state.poor:
        return usual
    measured = state.kind != "loss"
    middling = state.end > _MIDDLING * state.chance if measured else (state.left or 0.0) > _MIDDLING
    return max(usual, _HALF) if middling else None


def ends(values: list[float]) -> tuple[float, float, float]:
    """Start, end and best of a curve: medians over a tenth of it (at least three values); see `_start`."""
    if not values:
        return math.nan, math.nan, math.nan
    width = max(3, len(values) // 10)
    parts = [
        statistics.median(values[i : i + width]) for i in range(0, max(1, len(values) - width + 1), width)
    ]
    return _start(values), statistics.median(values[-width:]), min(parts)


def _start(values: list[float]) -> float:
    """Where a curve begins: the median of three values, as one batch says little.

    Where the first update makes the loss explode, that would be the top of the explosion, and what falls back from
    there would look like learning. The first value, which no update has touched, then stands alone. Losses of single
    samples jump by such factors all the time, so it must be far more than they usually do.
    """
    usual, first = statistics.median(values[:3]), values[0]
    jumps = [abs(math.log(b / a)) for a, b in pairwise(values[1:32]) if a > 0 and b > 0]
    if len(jumps) < 3 or first <= 0 or min(values[1:4]) <= 0:
        return usual
    rise = math.log(statistics.median(values[1:4]) / first)
    return first if rise > max(math.log(_EXPLOSION), _USUAL * statistics.median(jumps)) else usual


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


def observed(evidence: Evidence) -> set[str]:
    """The names of the symptoms that were seen; those of evaluation are told by the faults that look for them."""
    state, found = fit(evidence), {EVALUATION_WRONG, GAP}
    losses = finite(evidence.curve)
    start, end, _ = ends(losses)
    norms = finite(step.gradient_norm for step in evidence.steps)
    held = [p for p in evidence.parameters.values() if reading.is_trained(evidence, p) and p.looked >= 3]
    outputs = [
        op.output for trace in evidence.training_traces[-2:] for op in trace.ops if op.name in _RECTIFIERS
    ]
    jumps = [b / a for a, b in pairwise(losses) if a > 0]
    seen = {
        NOT_A_NUMBER: state.not_a_number is not None,
        DIVERGES: state.diverges,
        FLAT: bool(losses) and end > _UNCHANGED * start,
        SLOW: bool(losses) and state.poor and end <= _UNCHANGED * start,
        SPIKES: bool(jumps) and max(jumps) > 3,
        GRADIENTS_GROW: len(norms) > 1 and norms[0] > 0 and max(norms) > 10 * norms[0],
        GRADIENTS_VANISH: _vanishing(evidence),
        NO_GRADIENT: any(p.received == 0 for p in held),
        DEAD_UNITS: any(o is not None and (o.zeros or 0) >= 0.9 for o in outputs),
        SATURATED: _saturated(evidence),
        ONE_CLASS: _one_class(evidence),
    }
    return found | {name for name, there in seen.items() if there}


_RECTIFIERS = ("relu", "relu_", "relu6")


def _vanishing(evidence: Evidence) -> bool:
    """Whether the first weights get less than a thousandth of the last ones' gradient."""
    weights = [
        p
        for p in evidence.parameters.values()
        if len(p.shape) > 1 and p.norms and reading.is_trained(evidence, p)
    ]
    if len(weights) < 3:
        return False
    first, last = weights[0].norms[-1][1], weights[-1].norms[-1][1]
    return math.isfinite(last) and last > 0 and first < 1e-3 * last


def _saturated(evidence: Evidence) -> bool:
    """Whether inputs of tanh or sigmoid are spread far beyond their middle."""
    for trace in evidence.training_traces[:3]:
        for op in trace.ops:
            if op.name in ("tanh", "sigmoid") and op.inputs:
                given = trace.inputs(op)[0].output if trace.inputs(op) else None
                if given is not None and given.std is not None and given.std > 3:
                    return True
    return False


def _one_class(evidence: Evidence) -> bool:
    """Whether the last predictions all name the same class although the targets do not."""
    said, meant = evidence.arrays.get("train.predictions"), evidence.arrays.get("train.targets")
    if said is None or meant is None or said.ndim != 2 or said.shape[1] < 2 or meant.ndim != 1:
        return False
    last = said[-64:].argmax(axis=1)
    return len(set(last.tolist())) == 1 and len(set(meant[-64:].tolist())) > 1
