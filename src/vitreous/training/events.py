"""What a run tells whoever listens: a terminal, a log, a program. The trainer never prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """The outcome of one check before training.

    Attributes:
        name: A word or two.
        passed: False is a warning; training goes on.
        text: What was found, in one line.
    """

    name: str
    passed: bool
    text: str


class Listener:
    """Hears what happens; every method does nothing unless overridden."""

    def stage(self, text: str) -> None:
        """A new part of the work begins."""

    def note(self, text: str) -> None:
        """Something worth a line."""

    def warning(self, text: str) -> None:
        """Something a person should act on."""

    def check(self, check: Check) -> None:
        """One check before training."""

    def finding(self, finding: dict[str, Any]) -> None:
        """Something is wrong with this training; as in the doctor's JSON: fault, severity, summary, line, fix, …."""

    def start(self, *, epochs: int, steps_per_epoch: int, step: int) -> None:
        """Training begins, or goes on at a step."""

    def step(self, step: int, loss: float, examples_per_second: float) -> None:
        """A few times a second while it trains."""

    def epoch(self, line: dict[str, Any]) -> None:
        """An epoch ended; its line of the history."""

    def finish(self, result: dict[str, Any]) -> None:
        """The run is complete and its folder written."""
