"""The learning rate is too low: the loss moves in the right direction, far too slowly.

What it sees:
    Training ends with a high error although the loss falls steadily, and the weights have hardly moved; the rate is
    well below what the optimizer is used with. Of updates written by hand, the number that they take is tried.

Why learning fails:
    It does not fail, it takes ten or a hundred times as long as it needs to.

Example:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5)

Fix:
    Raise the rate tenfold until the loss no longer falls steadily, then take a third of it.

Certainty:
    Never by rule: the script is run again with 10 and 100 times the rate, and only a clear gain counts (a third of the
    error at least, half where the rate is above what is usual, with other faults already removed). Where nothing can
    be run again, as within a training that is going on, it is said of a run that learned nothing at all with a rate a
    hundred times below the usual one: for Adam 2e-6, five hundred times below its default of 1e-3; for SGD 5e-5, two
    hundred times below the 1e-2 that Bengio begins with.

Look-alikes:
    Gradients made small by something else: softmax before the loss, saturated units, a loss divided by much.
    train/too-short: fewer than 150 steps in fewer than five epochs with a rate that is nearly usual.

References:
    Bengio, "Practical recommendations for gradient-based training of deep architectures", 2012,
    https://arxiv.org/abs/1206.5533
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, literals, rates, reading, symptoms
from vitreous.doctor.change import Listener, ScaleLearningRate
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, finite, round_to
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "optim/lr-too-low",
    "warning",
    "optimizer",
    "the learning rate is too low",
    settings=("optimizer__lr", "learning_rate", "lr", "optimizer"),
)

_USUAL = {"SGD": 5e-3, "Adagrad": 5e-3, "Adadelta": 0.5, "LBFGS": 0.1}
_USUAL_ADAPTIVE = 2e-4
_ALSO = 20  # times what is usual least: where a batch says little of each weight, as of embeddings, much more is right
_MANY, _MANY_EPOCHS = 500, 100  # steps; of all samples at once a hundred are many
_NEARLY, _FEW, _FEW_EPOCHS = 3, 150, 5
_TINY = 100  # times below what is usual
_MOVED = 0.3  # weights that changed by less than this share of their size


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer of a program that trains badly, with small steps."""
    fit = symptoms.fit(evidence)
    if not fit.poor or fit.not_a_number is not None or fit.diverges or len(evidence.steps) < 20:
        return
    for number, optimizer in enumerate(evidence.optimizers):
        used = [max(step.lr) for step in evidence.steps if step.optimizer == number and step.lr]
        if not used:
            continue
        high = max(used)
        usual = _USUAL.get(optimizer.kind, _USUAL_ADAPTIVE)
        held = [evidence.parameters[key] for key in optimizer.parameters if key in evidence.parameters]
        drawn = [p for p in held if len(p.shape) > 1 and p.first is not None and p.first.std]
        changes = finite(p.change for p in drawn)  # of those that begin at zero it says nothing
        moved = statistics.median(changes) if changes else None
        if high > _ALSO * usual or moved is None or moved > _MOVED:
            continue
        made, epochs = len(evidence.steps), reading.epochs(evidence)
        if high > usual and made < _MANY and epochs < _MANY_EPOCHS:
            continue  # with a usual rate so few steps are what is wrong
        if high > usual / _NEARLY and made < _FEW and epochs < _FEW_EPOCHS:
            continue
        rows = [
            Row("learning rate", high),
            Row("usual at least for " + optimizer.kind, usual),
            Row("weights changed in the whole run by", round_to(moved), "of their size"),
        ]
        yield Suspicion(
            literals.option(optimizer.place, ("lr", "learning_rate"), high, 1, optimizer.kind),
            0.9 if high < usual / _TINY else 0.6 if high < usual / 3 else 0.4 if high <= usual else 0.3,
            rows,
            f"raise the learning rate, {high:g} -> {high * 10:g} or more",
            explains=[symptoms.SLOW, symptoms.FLAT],
            trials=[
                Trial(
                    f"learning rate {high:g} -> {high * f:g}",
                    {"factor": f, "optimizer": number},
                    tuple(edits.some(edits.number(optimizer.place, "lr", high * f))),
                )
                for f in (10, 100, *_further(high, usual))
            ],
            gain=0.35 if high <= usual else 0.5,
        )
    rate = rates.by_hand(evidence)
    if rate is not None:
        factors = (10, 100, *_further(rate.value, _USUAL_ADAPTIVE))
        yield Suspicion(
            rate.place, 0.4, [Row("learning rate, of updates without an optimizer of PyTorch's", rate.value)],
            f"raise the learning rate, {rate.value:g} -> {rate.value * 10:g} or more (or divide by less)",
            explains=[symptoms.SLOW, symptoms.FLAT], trials=rate.trials("learning rate", factors), gain=0.35,
        )  # fmt: skip


def _further(rate: float, usual: float) -> list[float]:
    """A longer way where even a hundred times the rate is far below what is usual: to twice that."""
    return [float(f"{2 * usual / rate:.1g}")] if 100 * rate < usual / 2 else []


def intervene(settings: dict[str, Any]) -> Listener:
    """Longer steps."""
    return ScaleLearningRate(settings["factor"], settings["optimizer"])
