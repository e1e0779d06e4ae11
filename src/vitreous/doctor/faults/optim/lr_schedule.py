"""The scheduler takes the learning rate where it should not be: stepped at the wrong time, wrong sign, wrong period.

What it sees:
    A scheduler planned for a number of steps (OneCycleLR, cosine, polynomial, linear) that is stepped once an epoch
    where its plan counts batches, or at every batch where its plan counts epochs; or a schedule after which the rate
    is a thousandth, or ten times, of where it began while training has not got far.

Why learning fails:
    Stepped too rarely the rate stays in the warm-up; stepped too often it has vanished after one epoch, or goes up
    and down many times.

Example:
    scheduler = OneCycleLR(optimizer, max_lr=0.2, epochs=12, steps_per_epoch=len(loader))
    for epoch in range(12):
        for batch in loader: …
        scheduler.step()                    # belongs behind every batch

Fix:
    Step per-batch schedules behind every optimizer step, per-epoch ones once an epoch; plan them for as many steps as
    they will get.

Certainty:
    Certain for a plan of at least 4 times as many steps as it got in a run that ended, when the optimizer made about as
    many steps as planned. Else suspected when the rate leaves 1e-3..10 times its start and training is poor, and
    named when a run with the rate held (or the steps counted right) is clearly better.

Look-alikes:
    Per-batch schedules meant so get as many steps as they were planned for. A run that was stopped early is no fault.

References:
    https://github.com/pytorch/pytorch/issues/65417, https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, OptimizerEvent, SchedulerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import SchedulerFacts
from vitreous.record.taps import Taps

FAULT = Fault(
    "optim/lr-schedule", "error", "optimizer", "the scheduler takes the learning rate where it should not be"
)

_PLANS = ("total_steps", "T_max", "total_iters")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each scheduler, by its plan and by what it did to the rate."""
    for scheduler in evidence.schedulers:
        steps = [s for s in evidence.steps if scheduler.optimizer in (None, s.optimizer)]
        plan = next(
            (v for k in _PLANS if isinstance(v := scheduler.options.get(k), (int, float)) and v > 0), None
        )
        made = len(scheduler.at_steps)
        if len(steps) < 10 or not made:
            continue
        epochs = sum(
            b - a > 1 for a, b in zip(scheduler.at_steps, scheduler.at_steps[1:], strict=False)
        ) > 0.8 * (made - 1)
        if (
            plan
            and scheduler.kind != "ReduceLROnPlateau"
            and epochs
            and plan >= 4 * made
            and 0.5 < plan / len(steps) < 2
        ) and evidence.ended == "end":
            yield _too_rare(scheduler, int(plan), made, len(steps))
            continue
        yield from _rate(evidence, scheduler, made, len(steps), epochs)


def _too_rare(scheduler: SchedulerFacts, plan: int, made: int, steps: int) -> Suspicion:
    rows = [
        Row("steps the schedule is planned for", plan),
        Row("steps it got", made),
        Row("steps of the optimizer", steps),
    ]
    return Suspicion(
        scheduler.step_place or scheduler.place,
        0.96,
        rows,
        f"{scheduler.kind} is planned in batches: call scheduler.step() after every optimizer.step()",
        certain=True,
        summary="the schedule counts batches and is stepped once an epoch",
        explains=[symptoms.SLOW, symptoms.FLAT],
        trials=[Trial("the scheduler stepped after every batch", {"how": "batch"})],
    )


def _rate(
    evidence: Evidence, scheduler: SchedulerFacts, made: int, steps: int, epochs: bool
) -> Iterator[Suspicion]:
    """What became of the rate."""
    rates = [max(s.lr) for s in evidence.steps if s.lr and scheduler.optimizer in (None, s.optimizer)]
    if not rates or not symptoms.fit(evidence).poor:
        return
    first, highest = rates[0] or max(rates), max(rates)
    gone = next((i for i, rate in enumerate(rates) if rate < 1e-3 * highest), None)
    up = rates[-1] > 10 * first and scheduler.kind not in ("OneCycleLR", "CyclicLR")
    if (gone is None or gone > 0.6 * steps) and not up:
        return
    rows = [Row("learning rate at the start", round_to(first)), Row("at the end", round_to(rates[-1]))]
    if gone is not None:
        rows.append(Row("below a thousandth from step", gone, f"of {steps}"))
    rows.append(Row("steps of the scheduler", made, f"for {steps} of the optimizer"))
    often = not epochs and made > 0.5 * steps
    place = (scheduler.step_place if often else scheduler.place) or scheduler.place
    fix = (
        "call scheduler.step() once an epoch, outside the loop over batches"
        if often
        else "change the schedule's factor or period"
    )
    yield Suspicion(
        place,
        0.8,
        rows,
        fix,
        explains=[symptoms.SLOW, symptoms.FLAT, symptoms.DIVERGES, symptoms.NOT_A_NUMBER],
        trials=[Trial("the learning rate held where it began", {"how": "held"})],
        gain=0.3,
    )


class _EveryBatch(Listener):
    """Steps schedulers behind every optimizer step, and ignores the script's own steps."""

    def __init__(self) -> None:
        self._schedulers: list[Any] = []
        self._own = False

    def scheduler_made(self, event: SchedulerEvent) -> None:
        self._schedulers.append(event.scheduler)

    def scheduler_begin(self, event: SchedulerEvent) -> None:
        event.cancelled = not self._own

    def step_end(self, event: OptimizerEvent) -> None:
        taps = Taps.active
        if taps is None:
            return
        self._own = True
        try:
            with taps.aloud():
                for scheduler in self._schedulers:
                    if getattr(scheduler, "optimizer", None) is event.optimizer and not _done(scheduler):
                        scheduler.step()
        finally:
            self._own = False


def _done(scheduler: Any) -> bool:
    total = getattr(scheduler, "total_steps", None)
    return total is not None and scheduler.last_epoch + 1 >= total


class _Held(Listener):
    """Schedulers do nothing."""

    def scheduler_begin(self, event: SchedulerEvent) -> None:
        event.cancelled = True


def intervene(settings: dict[str, Any]) -> Listener:
    """The rate as it was meant."""
    return _EveryBatch() if settings["how"] == "batch" else _Held()
