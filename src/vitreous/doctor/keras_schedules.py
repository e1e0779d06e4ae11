"""Schedules of Keras's learning rates: its own optimizers call them, of which torch knows nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import source, symptoms
from vitreous.doctor.fault import Row, Suspicion, Trial
from vitreous.record.events import Listener, ModuleCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_MODULE = "keras.src.optimizers.schedules.learning_rate_schedule"
_KINDS = frozenset(
    ["CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay",
     "PolynomialDecay"]
)  # fmt: skip
_PERIODS = ["decay_steps", "first_decay_steps", "boundaries"]


def suspicions(evidence: Evidence, gain: float) -> Iterator[Suspicion]:
    """The schedule that a script makes for an optimizer of Keras's; whether it is at fault is for an experiment."""
    made = [call for call in source.nodes(evidence.script, ast.Call) if source.last_name(call.func) in _KINDS]
    if evidence.optimizers or not evidence.steps or len(made) != 1:
        return
    kind, place = source.last_name(made[0].func), Place(evidence.script, made[0].lineno)
    period = next((given.value for given in made[0].keywords if given.arg in _PERIODS), None)
    yield Suspicion(
        Place(evidence.script, period.lineno) if period is not None else place,
        0.5,
        [Row("schedule of the learning rate", kind), Row("steps in all", len(evidence.steps))],
        "make its period and its end fit the run: it counts batches, not epochs",
        summary=f"{kind} takes the learning rate astray",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[Trial("constant learning rate", {"do": "first of Keras's"})],
        gain=gain,
    )


class First(Listener):
    """Every schedule of Keras's stays at its first rate; in a process that runs one experiment."""

    def module_begin(self, event: ModuleCall) -> None:
        """Keras is loaded when a model is called."""
        schedule = getattr(sys.modules.get(_MODULE), "LearningRateSchedule", None)
        for kind in schedule.__subclasses__() if schedule is not None else ():
            kind.__call__ = _first


def _first(schedule: Any, step: Any) -> Any:
    values = getattr(schedule, "values", None)
    return values[0] if values else schedule.initial_learning_rate
