"""One watched run of a program: the clock, what is due, and the notes that add up to the evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from vitreous.record.events import Listener
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Crash
from vitreous.record.measure import unheard
from vitreous.record.notes.answers import AnswerNotes
from vitreous.record.notes.arrays import ArrayNotes
from vitreous.record.notes.by_hand import Clock
from vitreous.record.notes.comparisons import ComparisonNotes
from vitreous.record.notes.data import DataNotes
from vitreous.record.notes.judged import JudgedNotes
from vitreous.record.notes.kept import KeptNotes
from vitreous.record.notes.losses import LossNotes
from vitreous.record.notes.models import ModelNotes
from vitreous.record.notes.parameters import ParameterNotes
from vitreous.record.notes.rewritten import RewrittenNotes
from vitreous.record.notes.schedules import ScheduleNotes
from vitreous.record.notes.sequences import SequenceNotes
from vitreous.record.notes.steps import StepNotes
from vitreous.record.notes.traces import TraceNotes
from vitreous.record.rest import Rest, is_power_of_four
from vitreous.record.taps import Taps

_DENSE = 5  # steps traced from the start; then at the powers of two


class Session:
    """Watches one run.

    Args:
        script: What is watched, for the evidence.
        folder: Where arrays go; None keeps none.
        interventions: Listeners that come before the notes, so that the notes see what they changed.
        steps: After so many steps, enough is seen; None is no limit.
        seconds: After so many seconds too.
        enough: Called then; it may end the process.
        trace_at: Steps to trace beside the usual ones.
        trace: Whether to trace at all.
        rest: Whether to sleep through most later steps, as befits a run that nobody stops.
    """

    def __init__(
        self,
        script: str,
        folder: Path | None,
        *,
        interventions: Iterable[Listener] = (),
        steps: int | None = None,
        seconds: float | None = None,
        enough: Callable[[str], None] | None = None,
        trace_at: Iterable[int] = (),
        trace: bool = True,
        rest: bool = False,
    ) -> None:
        self.script, self.folder = script, folder
        self.started = time.perf_counter()
        self.step = 0
        self._first_cost = 0.0
        self.limit_steps, self.limit_seconds, self.enough = steps, seconds, enough
        self.trace_at, self.trace = frozenset(trace_at), trace
        self.setup = True
        self.resting = rest
        self.parameters = ParameterNotes(self)
        self.traces = TraceNotes(self)
        self.models = ModelNotes(self)
        self.losses = LossNotes(self)
        self.data = DataNotes(self)
        self.answers = AnswerNotes(self)
        self.comparisons = ComparisonNotes(self)
        self.arrays = ArrayNotes(self)
        self.judged = JudgedNotes(self)
        self.schedules = ScheduleNotes(self)
        self.sequences = SequenceNotes(self)
        self.kept = KeptNotes(self)
        self.rewritten = RewrittenNotes(self)
        self.steps = StepNotes(self)
        # Steps are last: they move the clock and close what the others have pending. Updates by hand are no event:
        # what comes after them tells them, before anyone else hears of it.
        notes: list[Listener] = [
            Clock(self), self.traces, self.models, self.losses, self.answers, self.data, self.comparisons,
            self.parameters, self.schedules, self.sequences, self.kept, self.rewritten,
            *([] if rest else [self.arrays, self.judged]), self.steps,
        ]  # fmt: skip
        self.taps = Taps([*interventions, *notes, *([Rest(self)] if rest else [])])

    def due(self, step: int) -> bool:
        """Whether a step (by the number of steps before it) is traced and measured in full."""
        if not self.trace:
            return step in self.trace_at
        if step < _DENSE or step in self.trace_at:
            return True
        return is_power_of_four(step) if self.resting else step & (step - 1) == 0

    @property
    def recording(self) -> bool:
        """Whether operations are being recorded now."""
        return self.traces.recording

    def begin(self) -> None:
        """The program is about to run."""
        self.started = time.perf_counter()
        self.watch_ops(self.trace or 0 in self.trace_at)

    def stepped(self) -> None:
        """A step is done: pending notes are closed, the clock moves, and it is checked whether enough is seen."""
        self.settle()
        if self.step == 0:
            self._first_cost = time.process_time()
        self.step += 1
        self.setup = False
        self.watch_ops(self.due(self.step))
        seconds = time.perf_counter() - self.started
        if self.limit_steps is not None and self.step >= self.limit_steps:
            self._enough("steps")
        elif self.limit_seconds is not None and seconds > self.limit_seconds:
            self._enough("time")

    def watch_ops(self, wanted: bool) -> None:
        """Records operations, or stops; an intervention that replaces operations keeps them on."""
        self.traces.recording = wanted
        self.taps.want_ops(wanted or self.taps.heard_by_interventions)

    def settle(self) -> None:
        """Decides what was trained and what was not since the last step."""
        with unheard():
            self.models.settle()
            self.answers.settle()
            self.losses.settle()
            self.data.settle()
            self.judged.settle()
            self.traces.close()

    def _enough(self, why: str) -> None:
        if self.enough is not None:
            enough, self.enough = self.enough, None
            enough(why)

    def finish(self, ended: str, crash: Crash | None = None) -> Evidence:
        """The evidence, with its arrays written to the folder."""
        with self.taps.quiet():
            self.steps.flush()
            self.settle()
            self.models.finish()
            found = Evidence(
                script=self.script,
                seconds=round(time.perf_counter() - self.started, 3),
                ended=ended,
                crash=crash,
                steps=self.steps.found(),
                optimizers=self.steps.optimizers,
                parameters=self.parameters.found(),
                models=self.models.models,
                sites=self.models.sites,
                passes=self.models.passes,
                losses=self.losses.found(),
                loss_sites=self.losses.sites,
                answers=self.answers.found(),
                comparisons=self.comparisons.found() + self.arrays.comparisons,
                pairs=[*self.arrays.pairs.values(), *self.judged.pairs.values()],
                callers=self.data.callers,
                traces=self.traces.traces,
                schedulers=self.schedules.schedulers,
                loaders=self.schedules.loaders,
                printed=self.schedules.printed_lines,
                warned=self.schedules.warnings,
                step_cost=(time.process_time() - self._first_cost) / (self.step - 1)
                if self.step > 1
                else None,
                backwards=self.steps.backwards,
                backward_place=self.steps.backward_place,
                rewritten=self.rewritten.found(),
                not_checked=[f"the record missed something: {error}" for error in self.taps.errors],
                folder=str(self.folder) if self.folder else "",
            )
            if self.folder is not None:
                arrays: dict[str, Any] = self.data.found() | self.judged.found()
                np.savez(self.folder / "arrays.npz", **arrays)
            elif self.resting:
                found.arrays = self.data.found()
        return found
