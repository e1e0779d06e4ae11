"""The verdict: the findings in order, the root cause first, and what else is worth saying."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vitreous.doctor.fault import Edit, Row, Severity, Stage


@dataclass
class Proof:
    """Two runs of the script, the same but for one cause.

    Attributes:
        changed: What was changed in the second run.
        metric: What is compared, as "training loss" or "error of predictions".
        steps: How many steps both made.
        as_written, with_fix: The metric by step (None where it was not a number).
        gain: The share of the metric that the change took away at the end; negative where it became worse.
        seeds: With how many seeds the comparison was made.
    """

    changed: str
    metric: str
    steps: int
    as_written: list[float | None]
    with_fix: list[float | None]
    gain: float = 0.0
    seeds: int = 1


@dataclass
class Finding:
    """A fault with its line, evidence, fix and proof."""

    fault: str
    severity: Severity
    stage: Stage
    confidence: float
    file: str
    line: int | None
    summary: str
    evidence: list[Row]
    fix: str
    proof: Proof | None
    explains: list[str] = field(default_factory=list)
    certain: bool = False
    edits: list[Edit] = field(default_factory=list)


@dataclass
class Rejected:
    """A suspect that an experiment did not confirm."""

    fault: str
    summary: str
    why: str
    proof: Proof | None = None


@dataclass(repr=False)
class Verdict:
    """What the doctor says of a script.

    Attributes:
        verdict: "healthy", "faulty" or "crashed".
        findings: The root cause first.
        rejected: Suspects that were not confirmed.
        not_checked: What could not be looked at.
        seen: Figures of the observed run.
        crash: Names and facts about the exception that ended it.
    """

    script: str
    verdict: str
    seconds: float
    findings: list[Finding] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    crash: list[tuple[str, str]] = field(default_factory=list)

    def __rich__(self) -> Any:
        """Shown by Rich, and so in terminals."""
        from vitreous.doctor.terminal import shown

        return shown(self)

    def __str__(self) -> str:
        """As the terminal shows it, without colour."""
        from vitreous.doctor.terminal import plain

        return plain(self)

    def __repr__(self) -> str:
        """The same, for the last line of a notebook's cell."""
        return str(self)

    @property
    def exit_status(self) -> int:
        """0 healthy, 1 where there is a finding of severity error or warning, 2 if it could not run."""
        if any(finding.severity in ("error", "warning") for finding in self.findings):
            return 1
        return 2 if self.verdict == "crashed" else 0

    def to_json(self) -> dict[str, Any]:
        """As plain data; the public schema."""
        return {
            "script": self.script,
            "verdict": self.verdict,
            "seconds": round(self.seconds, 1),
            "findings": [_finding(finding) for finding in self.findings],
            "rejected": [{"fault": r.fault, "why": r.why} for r in self.rejected],
            "not_checked": self.not_checked,
            "crash": dict(self.crash) or None,
        }

    def write_json(self, path: Path) -> None:
        """Writes `to_json` to a file; numbers that JSON does not have are null."""
        path.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _finding(finding: Finding) -> dict[str, Any]:
    found = asdict(finding)
    del found["edits"]
    if finding.proof is not None:
        del found["proof"]["gain"], found["proof"]["seeds"]
    return finite(found)  # type: ignore[no-any-return]


def finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: None stands for them."""
    if isinstance(value, dict):
        return {str(k): finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value if isinstance(value, (str, int, bool, type(None))) else str(value)
