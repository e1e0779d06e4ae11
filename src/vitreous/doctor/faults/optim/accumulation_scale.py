"""Gradients of several batches are added up for one step without being divided by their number.

What it sees:
    Several backward passes from the same loss line before each step, each of them from a loss that was not divided:
    the tensor that backward starts from has the value that the loss function gave.

Why learning fails:
    `backward` adds. After 16 batches the gradient is 16 times that of one large batch, and with plain SGD the step
    is 16 times as long as the learning rate says: the loss jumps or diverges.

Example:
    for i, (x, y) in enumerate(loader):
        criterion(model(x), y).backward()
        if (i + 1) % 16 == 0:
            optimizer.step()
            optimizer.zero_grad()

Fix:
    Divide each loss by the number of batches accumulated: `(loss / 16).backward()`.

Certainty:
    Named when training stays poor and the same run with the gradients divided loses at least 30% of the error.
    The sum alone is no fault: with a small rate, or an optimizer that does not care for scale, it learns.

Look-alikes:
    optim/lr-too-high: one backward pass a step. optim/no-zero-grad: the gradients are never cleared. Several
    losses of one step (a discriminator on real and on made examples) come from different lines.

References:
    https://pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation,
    https://github.com/karpathy/nanoGPT/issues/206
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, finite, round_to
from vitreous.record.events import Backward, Listener, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step

FAULT = Fault(
    "optim/accumulation-scale",
    "warning",
    "optimizer",
    "accumulated gradients are not divided by their number",
    settings=("accumulate_grad_batches", "gradient_accumulation_steps"),
)

_LEAST_STEPS = 3
_GAIN = 0.3
_SHARE = 0.75  # of the steps, the same number of backward passes or more


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer, or update by hand, that follows several undivided backward passes, where training stays poor."""
    gain = symptoms.gain_needed(evidence, _GAIN)
    if gain is None:
        return
    for number in (-1, *range(len(evidence.optimizers))):
        steps = [step for step in evidence.steps if step.optimizer == number]
        if len(steps) < _LEAST_STEPS:
            continue
        usual = int(statistics.median(step.backwards for step in steps))
        if usual < 2 or sum(step.backwards >= usual for step in steps) < _SHARE * len(steps):
            continue
        if _divided(evidence, steps, usual):
            continue
        norms = finite(step.gradient_norm for step in steps)
        rows = [Row("backward passes for one step", usual)]
        if norms:
            rows.append(Row("gradient norm at a step, median", round_to(statistics.median(norms))))
        place = evidence.optimizers[number].backward_place if number >= 0 else evidence.backward_place
        yield Suspicion(
            place,
            0.95,  # where the division restores as much as a smaller rate, the rate was right for one batch
            rows,
            f"divide each loss before backward by the number of batches accumulated, {usual}",
            summary=f"the gradients of {usual} backward passes are added up and not divided",
            explains=[symptoms.SPIKES, symptoms.DIVERGES, symptoms.NOT_A_NUMBER],
            trials=[
                Trial(f"gradients divided by {usual} before each step", {"optimizer": number, "by": usual})
            ],
            gain=gain,
        )  # fmt: skip


def _divided(evidence: Evidence, steps: list[Step], usual: int) -> bool:
    """Whether each backward pass starts from less than its loss, or from losses of several lines."""
    if not evidence.losses:
        return _divided_in_trace(evidence)
    by_step: dict[int, list[tuple[int, float]]] = {}
    for row in evidence.losses:
        if row.trained:
            by_step.setdefault(row.step, []).append((row.site, row.value))
    ratios = []
    for step in steps:
        rows = by_step.get(step.number, [])
        if not rows or len({site for site, _ in rows}) > 1 or len(rows) != step.backwards:
            continue
        if step.loss is not None and rows[-1][1]:
            ratios.append(step.loss / rows[-1][1])
    if not finite(ratios):
        return True  # several losses a step, or not to be told: no suspicion
    return statistics.median(finite(ratios)) < 1.5 / usual


def _divided_in_trace(evidence: Evidence) -> bool:
    """For a loss written by hand: whether its last operation is a division or product with a number."""
    roots = [trace.op(trace.root) for trace in evidence.training_traces]
    return any(
        op is not None and op.name in ("div", "__truediv__", "mul", "__mul__", "__rmul__") for op in roots
    )


class _DivideEach(Listener):
    """Divides the gradient of each backward pass where it starts: an update by hand is no event to do it before.

    The loss stays what it is, since both runs are compared by it.
    """

    def __init__(self, by: int) -> None:
        self.by = by

    def backward_begin(self, event: Backward) -> None:
        for root in event.roots:
            root.register_hook(lambda gradient: gradient / self.by)


class _Divide(Listener):
    """Divides an optimizer's gradients by the number of backward passes before each of its steps."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._optimizers: list[Any] = []
        self._passes = 0

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def backward_begin(self, event: Backward) -> None:
        self._passes += 1

    def gradients_ready(self, event: OptimizerEvent) -> None:
        if len(self._optimizers) <= self.number or self._optimizers[self.number] is not event.optimizer:
            return
        if self._passes > 1:
            for group in event.optimizer.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad.div_(self._passes)
        self._passes = 0


def intervene(settings: dict[str, Any]) -> Listener:
    """Makes the accumulated gradient a mean."""
    return _Divide(settings["optimizer"]) if settings["optimizer"] >= 0 else _DivideEach(settings["by"])
