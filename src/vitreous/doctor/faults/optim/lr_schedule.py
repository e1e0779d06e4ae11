"""The schedule takes the learning rate where it should not be: stepped too often or too seldom, or made wrongly.

What it sees:
    The learning rate at every step, beside the scheduler's options and the steps at which it was stepped. It is
    suspected where the rate has fallen below a fiftieth of its highest value while much of the run was still to
    come, where it never comes near the rate that the schedule promises, where it grows without end, or where a
    one-cycle schedule has hardly begun when the program ends. And what a scheduler that waits for a plateau is told
    each time: an accuracy in mode "min", or a loss in mode "max", for whose improvement it cut the rate.

Why learning fails:
    Schedulers count calls of `step()`, not epochs. A decay meant for epochs that is stepped for every batch has
    taken the rate to nothing within the first epochs; a warm-up or one-cycle schedule meant for batches that is
    stepped for every epoch never leaves its first, tiny rates. A `LambdaLR` multiplies the optimizer's rate with
    what its function returns: a function that returns the rate itself squares it.

Example:
    scheduler = ExponentialLR(optimizer, gamma=0.9)
    for x, y in loader:
        ...
        optimizer.step()
        scheduler.step()          # 0.9 to the power of all batches

Fix:
    Call `scheduler.step()` as often as the schedule was made for; make its period, factor and sign fit the run.

Certainty:
    Named when training stays poor and the same run at a constant rate, or with the scheduler stepped for each
    batch, loses at least 30% of the error (50% where training is middling). Certain without it where PyTorch itself
    refuses another step of a one-cycle schedule, or where a run that ended made about as many steps as a schedule
    was planned for and the schedule got a quarter of them. Certain, too, where the mode of `ReduceLROnPlateau` is
    against its figure: that is an accuracy by the numbers (it is the share of right answers that was counted) or by
    its name, or a loss likewise, and the rate was cut although the best of it lay within the patience. A validation
    loss that rises in mode "min" is what such a scheduler is for. A fiftieth, and a third of the promised rate, are
    choices: an experiment follows them. A schedule of Keras's, whose optimizers are none of torch's, is tried wherever
    training is poor.

Look-alikes:
    optim/lr-too-low: there the rate is small from the first step and no schedule made it so. A schedule stepped
    for each batch and made for it (one-cycle, cosine over all steps) ends near zero only when the run does.

References:
    https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate,
    https://github.com/pytorch/pytorch/issues/65417
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import calls, compare, edits, keras_schedules, literals, plateau, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, OptimizerEvent, SchedulerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import SchedulerFacts
from vitreous.record.places import Place

FAULT = Fault("optim/lr-schedule", "error", "optimizer", "the schedule takes the learning rate astray")

_GONE = 0.02  # of the highest rate
_EARLY = 0.6  # of the run
_NEVER = 1 / 3  # of the rate that was promised
_GROWN = 20.0
_RISING = 1.01  # times the first rate: one that never rises is not on its way to what it was made for
_GOOD = 0.05  # of the error that chance makes: what is left is no reason to doubt a schedule
_LEAST_STEPS = 8
_MADE_TO_GROW = frozenset(["OneCycleLR", "LinearLR", "CyclicLR", "SequentialLR", "ChainedScheduler"])
_WARM_UP = ("num_warmup_steps", "warmup_steps", "warmup_ratio", "warmup")
_BY_EPOCH = frozenset(
    ["ExponentialLR", "StepLR", "MultiStepLR", "CosineAnnealingLR", "ReduceLROnPlateau", "PolynomialLR"]
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer whose rate went astray while training stayed poor."""
    yield from _refused(evidence)
    turned = list(plateau.turned_round(evidence))
    yield from (_turned_round(evidence, one) for one in turned)
    fit = symptoms.fit(evidence)
    if not fit.poor and fit.end <= _GOOD * fit.chance:
        return
    gain = 0.3 if fit.poor else 0.5
    yield from keras_schedules.suspicions(evidence, gain)
    for number in range(len(evidence.optimizers)):
        rates = [step.lr[0] for step in evidence.steps if step.optimizer == number and step.lr]
        made = next((s for s in evidence.schedulers if s.optimizer == number), None)
        if (
            len(rates) < _LEAST_STEPS
            or any(one.made is made for one in turned)
            or max(rates) <= 0
            or min(rates) == max(rates) == _promised(evidence, made, number)
        ):
            continue
        what = _astray(rates, _promised(evidence, made, number), made)
        if what is None:
            continue
        place, fix, trial = _cure(evidence, number, made, what, rising=rates[-1] > _RISING * rates[0])
        yield Suspicion(
            place,
            0.8,
            _rows(rates, made, evidence, number),
            fix,
            certain=_hardly_begun(evidence, made, len(rates)),
            summary=what,
            explains=[symptoms.FLAT, symptoms.SLOW] + [symptoms.DIVERGES] * ("grows" in what),
            trials=[trial],
            gain=gain,
        )  # fmt: skip


def _hardly_begun(evidence: Evidence, made: SchedulerFacts | None, steps: int) -> bool:
    """Whether a schedule planned for about as many steps as the optimizer made got a quarter of them at most."""
    if made is None or evidence.ended != "end" or made.kind == "ReduceLROnPlateau":
        return False
    plans = [made.options.get(name) for name in ("total_steps", "T_max", "total_iters")]
    plan = next((p for p in plans if isinstance(p, (int, float)) and p > 0), 0)
    return plan >= 4 * len(made.at_steps) and 0.5 < plan / steps < 2


def _refused(evidence: Evidence) -> Iterator[Suspicion]:
    """PyTorch ends a one-cycle schedule that is stepped too often with an exception."""
    crash = evidence.crash
    if crash is None or "The specified number of total steps is" not in crash.message:
        return
    place = crash.places[0] if crash.places else None
    yield Suspicion(
        place, 0.98, [Row("PyTorch says", crash.message[:160])],
        "make total_steps as many as the calls of scheduler.step(), or call it less often",
        certain=True, summary="the scheduler is stepped more often than it was made for",
    )  # fmt: skip


def _turned_round(evidence: Evidence, turned: plateau.Turned) -> Suspicion:
    """A plateau that is waited for on the wrong side."""
    made, at = turned.made, turned.at
    given, should = ("an accuracy", "rise") if turned.rises else ("a loss", "fall")
    mode, right = ("min", "max") if turned.rises else ("max", "min")
    return Suspicion(
        made.place,
        0.95,
        [
            Row(f"first figure given to {made.kind}", round_to(made.given[0]), "", made.at_steps[0]),
            Row("figure when it cut the learning rate", round_to(made.given[at]), "", made.at_steps[at]),
            Row("learning rate before", round_to(made.rates[at - 1])),
            Row("and after", round_to(made.rates[at])),
        ],
        f'pass mode="{right}" to {made.kind}: it is given {given}, which should {should}',
        certain=True,
        summary=f'{made.kind} in mode "{mode}" cuts the learning rate although {given} improves',
        explains=[symptoms.SLOW],
        trials=[
            Trial(f'mode="{right}"', {"do": "other mode", "scheduler": turned.number}),
        ],
        metric="evaluation loss" if compare.is_evaluated(evidence) else "fit",
        edits=plateau.other_mode(made),
    )


def _promised(evidence: Evidence, made: SchedulerFacts | None, number: int) -> float:
    """The rate that the optimizer and its schedule were given to work at."""
    group = evidence.optimizers[number].groups[0] if evidence.optimizers[number].groups else {}
    for name in ("max_lr", "initial_lr"):
        if made is not None and isinstance(group.get(name), float):
            return float(group[name])
    rates = [step.lr[0] for step in evidence.steps if step.optimizer == number and step.lr]
    return rates[0]


def _astray(rates: list[float], promised: float, made: SchedulerFacts | None) -> str | None:
    """What is wrong with a course of learning rates, in words; None where nothing is."""
    highest = max(rates)
    alive = max(i for i, rate in enumerate(rates) if rate >= _GONE * highest)
    if alive < _EARLY * (len(rates) - 1):
        return f"the learning rate has fallen to a fiftieth after {alive + 1} of {len(rates)} steps"
    if made is not None and highest < _NEVER * promised:
        return f"the learning rate never rises above {highest / promised:.2g} of the rate it was made for"
    growing, first = made is None or made.kind not in _MADE_TO_GROW, max(rates[0], promised)
    if growing and rates[-1] > _GROWN * first > 0:
        return f"the learning rate grows to {rates[-1] / first:.3g} times its first value"
    return None


def _cure(
    evidence: Evidence, number: int, made: SchedulerFacts | None, what: str, *, rising: bool
) -> tuple[Place | None, str, Trial]:
    constant = Trial("the learning rate kept at the optimizer's own", {"do": "constant", "optimizer": number})
    if made is None:
        line = calls.learning_rate_set(evidence.script)
        place = Place(evidence.script, line) if line else evidence.optimizers[number].step_place
        return place, "change the learning rate far less, or leave it to a scheduler of PyTorch", constant
    often = _steps_between(made)
    if "never" in what and often > 1.5 and rising:
        trial = Trial("the scheduler stepped after every batch", {"do": "each step", "optimizer": number})
        fix = f"call {made.kind}'s step() after every optimizer step, not once for {often:.0f}"
        return _stepped_at(made), fix, trial
    if "never" in what and made.kind == "LambdaLR" and rising:
        steps = max(step.number for step in evidence.steps) + 1
        place = literals.option(made.place, _WARM_UP, None)
        return place, f"warm up for a small share of the run, which has {steps} steps", constant
    if "never" in what:
        fix = (
            "let the function return the factor, not the learning rate"
            if made.kind == "LambdaLR"
            else "raise the factor"
        )
        return made.place, f"{fix}: {made.kind} multiplies the optimizer's learning rate with it", constant
    if often <= 1.5 and made.kind in _BY_EPOCH:
        fix = f"call {made.kind}'s step() once an epoch, after the loop over batches"
        return _stepped_at(made), fix, constant
    if made.kind == "ReduceLROnPlateau" and made.options.get("mode") == "max":
        return made.place, 'use mode="min" for a loss, or give it a figure that should rise', constant
    return made.place, f"make {made.kind} change the learning rate more slowly{_options(made)}", constant


def _stepped_at(made: SchedulerFacts) -> Place | None:
    """Where the script itself steps it; where a framework does, the scheduler's constructor."""
    own = edits.receiver(made.step_place, "step") is not None
    return made.step_place if own else made.place or made.step_place


def _steps_between(made: SchedulerFacts) -> float:
    """Optimizer steps for one step of the scheduler."""
    at = made.at_steps
    return (at[-1] - at[0]) / (len(at) - 1) if len(at) > 1 else float("inf")


def _options(made: SchedulerFacts) -> str:
    shown = [
        f"{k}={v}"
        for k, v in made.options.items()
        if k in ("gamma", "step_size", "T_max", "milestones", "patience", "factor")
    ]
    return f" (now {', '.join(shown)})" if shown else ""


def _rows(rates: list[float], made: SchedulerFacts | None, evidence: Evidence, number: int) -> list[Row]:
    rows = [
        Row("learning rate at first", round_to(rates[0])), Row("highest", round_to(max(rates))),
        Row("at the end", round_to(rates[-1]), "", len(rates) - 1),
    ]  # fmt: skip
    if made is not None:
        rows.append(Row(f"steps of {made.kind}", len(made.at_steps), f"for {len(rates)} of the optimizer"))
    return rows


class _Constant(Listener):
    """Gives each step the rate that the optimizer was made with."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._optimizers: list[Any] = []
        self._first: list[float] = []
        self._scheduled: list[float] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)
        if len(self._optimizers) == self.number + 1:
            self._first = [float(group["lr"]) for group in event.optimizer.param_groups]

    def step_begin(self, event: OptimizerEvent) -> None:
        if self._is_meant(event.optimizer):
            groups = event.optimizer.param_groups
            self._scheduled = [group["lr"] for group in groups]
            for group, rate in zip(groups, self._first, strict=False):
                group["lr"] = rate

    def step_end(self, event: OptimizerEvent) -> None:
        if self._is_meant(event.optimizer):
            for group, rate in zip(event.optimizer.param_groups, self._scheduled, strict=False):
                group["lr"] = rate

    def _is_meant(self, optimizer: Any) -> bool:
        return len(self._optimizers) > self.number and self._optimizers[self.number] is optimizer


class _EachStep(Listener):
    """Steps the optimizer's scheduler after every step, and not when the program does."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._optimizers: list[Any] = []
        self._schedulers: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def scheduler_made(self, event: SchedulerEvent) -> None:
        self._schedulers.append(event.scheduler)

    def scheduler_begin(self, event: SchedulerEvent) -> None:
        event.cancelled = event.scheduler in self._schedulers[:1]

    def step_end(self, event: OptimizerEvent) -> None:
        if len(self._optimizers) > self.number and self._optimizers[self.number] is event.optimizer:
            for scheduler in self._schedulers[:1]:
                if scheduler.last_epoch + 1 < getattr(scheduler, "total_steps", float("inf")):
                    scheduler.step()


class _OtherMode(Listener):
    """A scheduler that waits for a plateau looks for it on the other side."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._made = 0

    def scheduler_made(self, event: SchedulerEvent) -> None:
        scheduler, number = event.scheduler, self._made
        self._made += 1
        if number == self.number:
            mode = "max" if scheduler.mode == "min" else "min"
            scheduler._init_is_better(mode, scheduler.threshold, scheduler.threshold_mode)
            scheduler._reset()


def intervene(settings: dict[str, Any]) -> Listener:
    """Removes the schedule, steps it for every batch, or turns its figure round."""
    if settings["do"] == "first of Keras's":
        return keras_schedules.First()
    if settings["do"] == "other mode":
        return _OtherMode(settings["scheduler"])
    kind = _EachStep if settings["do"] == "each step" else _Constant
    return kind(settings["optimizer"])
