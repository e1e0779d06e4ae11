"""Which steps are recorded: every one at first, when most goes wrong, then ever fewer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Says which steps are recorded.

    Attributes:
        every: Steps between recorded ones; 0 is dense at first (10 steps, then each 10th to 100,
            each 100th to 1,000, each 500th from there on).
    """

    every: int = 0

    def due(self, step: int) -> bool:
        """Whether the step (from 0) is recorded."""
        if self.every:
            return step % self.every == 0
        if step < 10:
            return True
        if step < 100:
            return step % 10 == 0
        if step < 1000:
            return step % 100 == 0
        return step % 500 == 0
