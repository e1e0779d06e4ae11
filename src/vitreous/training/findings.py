"""What the doctor finds in a run while it trains: at its first steps, when it fails, and at its end.

The doctor stands below training and knows of no run; it is handed evidence, and says what is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous.record.first_steps import FirstSteps
from vitreous.training.events import Listener

if TYPE_CHECKING:
    from vitreous.record.evidence import Evidence


class Examination:
    """The findings of one run; each is told once, when it is first known.

    Args:
        folder: The run's.
        listener: Hears of each finding.
        wanted: Whether to look at all; without, nothing is found and nothing is spent.
    """

    def __init__(self, folder: Path, listener: Listener, *, wanted: bool) -> None:
        self.folder, self.listener = folder, listener
        self.first = FirstSteps(str(folder)) if wanted else None
        if self.first is not None:
            self.first.enough = self._begin
        self._evidence: Evidence | None = None
        self._told: dict[str, dict[str, Any]] = {}

    def building(self) -> AbstractContextManager[None]:
        """The network is built within."""
        return self.first.building() if self.first is not None else nullcontext()

    def end(
        self, result: Mapping[str, Any] | None = None, broke_at: int | None = None
    ) -> list[dict[str, Any]]:
        """All findings, by the run's record and history as they stand in its folder.

        Args:
            result: The tested network's figures.
            broke_at: The step at which the loss was no finite number, where it was not.

        Returns:
            Each as in the doctor's JSON; see docs/doctor.md.
        """
        if self.first is not None:
            record, history = (_lines(self.folder / f"{name}.jsonl") for name in ("record", "history"))
            self._examine(record=record, history=history, result=result, broke_at=broke_at)
        return list(self._told.values())

    def _begin(self) -> None:
        """The first steps are seen: what is certain from them need not wait for the end."""
        self._examine()

    def _examine(self, **known: Any) -> None:
        from vitreous.doctor import runs

        assert self.first is not None
        try:
            self._evidence = self._evidence or self.first.evidence()
            verdict = runs.verdict(self._evidence, **known).to_json()
        except Exception as error:  # what looks at a training must never end it
            self.listener.note(f"not examined: {type(error).__name__}: {error}")
            return
        for finding in verdict["findings"]:
            if finding["fault"] not in self._told:
                self._told[finding["fault"]] = finding
                self.listener.finding(finding)


def _lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of lines; the last one may be cut short."""
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found
