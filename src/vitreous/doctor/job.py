"""One run of a script in a child process: what is asked for, as plain data between the two processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vitreous.doctor.fault import EDITS, Edit


@dataclass
class Job:
    """A run.

    Attributes:
        script: Its path as given; `cwd` is where it is resolved.
        source: A file to take the script's text from instead, as with a patch; it runs as if it were the script.
        arguments: Its own.
        folder: Where evidence.json, arrays.npz and stdout.txt go.
        writes: The folder that takes what the script writes; the user's own files stay as they are.
        interventions: Pairs of a fault's id and the settings for its `intervene`.
        steps: Stop after so many steps.
        seconds: Stop after so many seconds.
        trace: Whether to record operations; experiments only need the curves.
        trace_at: Steps to record beside the usual ones.
        seed_offset: Added to every seed the script sets, for another draw of the same program.
        network: Whether connections may be made.
        probes: Whether to question the model at the end.
    """

    script: str
    source: str | None = None
    arguments: list[str] = field(default_factory=list)
    cwd: str = "."
    folder: str = "."
    writes: str = "."
    interventions: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    steps: int | None = None
    seconds: float = 20.0
    trace: bool = True
    trace_at: list[int] = field(default_factory=list)
    seed_offset: int = 0
    network: bool = False
    probes: bool = True

    @property
    def edits(self) -> list[Edit]:
        """The changes of the script's text that are among the interventions."""
        return [
            Edit(self.script, *edit) for _, settings in self.interventions for edit in settings.get(EDITS, ())
        ]
