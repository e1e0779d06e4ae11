"""The learning rate is too high: steps are so long that they overshoot.

What it sees:
    The loss becomes NaN, grows, jumps or stays high, and a single step changes weights by more than a few percent of
    their size (or the rate is far above what the optimizer is used with). Of updates written by hand, the number that
    they take is tried.

Why learning fails:
    The gradient is only right close by. A step much longer than the distance over which it holds lands higher up
    than it began, or kills units for good.

Example:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.3)

Fix:
    Lower the rate tenfold until the loss falls steadily. Adam is usually at home near 1e-3, SGD with momentum near
    1e-2.

Certainty:
    Never by rule: the script is run again with the rate divided by 10, 100 and 1000, and only a clear gain counts
    (half of the error at least, with other faults already removed). A rate that is usual for the optimizer comes
    behind what gains three quarters as much: shorter steps ease most troubles.

Look-alikes:
    Inputs or targets of huge scale (data/not-normalized), gradients never cleared (optim/no-zero-grad), a hot
    initialization (model/bad-init): a lower rate helps there too, but less than removing the cause.

References:
    Goodfellow, Bengio & Courville, Deep Learning, 2016, section 11.4.1; https://cs231n.github.io/neural-networks-3/
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, literals, rates, reading, symptoms
from vitreous.doctor.change import Listener, ScaleLearningRate
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, finite, round_to
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "optim/lr-too-high",
    "error",
    "optimizer",
    "the learning rate is too high",
    settings=("optimizer__lr", "learning_rate", "lr", "optimizer"),
)

_USUAL = {"SGD": 0.1, "Adagrad": 0.05, "Adadelta": 5.0, "LBFGS": 2.0}  # others are Adam's relatives
_USUAL_ADAPTIVE = 0.01
_EASES = 0.75


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer of a program that trains badly, with what speaks for long steps."""
    fit = symptoms.fit(evidence)
    if not fit.poor or len(evidence.steps) < 3:
        return
    for number, optimizer in enumerate(evidence.optimizers):
        used = [max(step.lr) for step in evidence.steps if step.optimizer == number and step.lr]
        if not used or not optimizer.steps:
            continue
        high = max(used)
        usual = _USUAL.get(optimizer.kind, _USUAL_ADAPTIVE)
        rough = _roughness(evidence)
        broken = fit.not_a_number is not None or fit.diverges
        if not broken and high < usual and rough < 0.3:
            continue
        rows = [Row("learning rate", high), Row("usual at most for " + optimizer.kind, usual)]
        if fit.not_a_number is not None:
            rows.append(Row("first loss that is not a number", "", step=fit.not_a_number))
            rows += _overflow(evidence)
        rows.append(
            Row("loss goes up from one step to the next by", round_to(rough), "of its size, typically")
        )
        confidence = 0.75 if high > 2 * usual else 0.5 if broken else 0.35
        factors = (0.1, 0.01, 0.001) if high > 2 * usual or broken else (0.1, 0.03)
        yield Suspicion(
            literals.option(optimizer.place, ("lr", "learning_rate"), high, 1, optimizer.kind),
            confidence,
            rows,
            f"lower the learning rate, {high:g} -> {high * factors[0]:g} or less",
            explains=[
                symptoms.SPIKES,
                symptoms.DIVERGES,
                symptoms.NOT_A_NUMBER,
                symptoms.DEAD_UNITS,
                symptoms.FLAT,
                symptoms.ONE_CLASS,
            ],
            trials=[
                Trial(
                    f"learning rate {high:g} -> {high * f:g}",
                    {"factor": f, "optimizer": number},
                    tuple(edits.some(edits.number(optimizer.place, "lr", high * f))),
                )
                for f in factors
            ],
            gain=0.5,
            weight=_EASES if high <= usual else 1.0,
        )
    rate = rates.by_hand(evidence)
    if rate is not None:
        yield Suspicion(
            rate.place, 0.5,
            [Row("learning rate, of updates without an optimizer of PyTorch's", rate.value), *_overflow(evidence)],
            f"lower the learning rate, {rate.value:g} -> {rate.value / 10:g} or less",
            explains=[symptoms.SPIKES, symptoms.DIVERGES, symptoms.NOT_A_NUMBER, symptoms.FLAT],
            trials=rate.trials("learning rate", (0.1, 0.01)), gain=0.5,
        )  # fmt: skip


def _overflow(evidence: Evidence) -> list[Row]:
    """Where the first number that is none was made: by which operation, and at which step."""
    found = reading.first_not_finite(evidence)
    if found is None:
        return []
    trace, op = found
    if op.kind == "parameter":
        facts = evidence.parameters.get(op.parameter or "")
        name = facts.name if facts is not None else "a parameter"
        return [Row("first values that are not finite", f"those of {name}", "", trace.step)]
    where = f", line {op.blame.line}" if op.blame is not None else ""
    inside = f" of {op.module}" if op.module else ""
    return [Row("first operation whose result is not finite", f"{op.name}{inside}{where}", "", trace.step)]


def _roughness(evidence: Evidence) -> float:
    """The median upward change of the loss over its size, in the second half of the run."""
    curve = finite(evidence.curve)
    late = curve[len(curve) // 2 :]
    ups = [(b - a) / max(abs(a), 1e-12) for a, b in itertools.pairwise(late) if b > a]
    return statistics.median(ups) if ups else 0.0


def intervene(settings: dict[str, Any]) -> Listener:
    """Shorter steps."""
    return ScaleLearningRate(settings["factor"], settings["optimizer"])
