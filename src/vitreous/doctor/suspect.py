"""A suspicion, and what experiments made of it; which of several comes first in a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vitreous.doctor.fault import Edit, Severity, Suspicion, Trial
from vitreous.doctor.faults import FaultFile
from vitreous.doctor.verdict import Proof

_HARM = 0.1  # a loss of so much of the error is noise

Change = tuple[str, dict[str, Any]]


@dataclass
class Suspect:
    """A suspicion of a fault, and what experiments made of it."""

    file: FaultFile
    suspicion: Suspicion
    proof: Proof | None = None
    trial: Trial | None = None
    tried: bool = False
    why_not: str = ""
    attempts: list[Proof] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)

    @property
    def change(self) -> Change | None:
        """What the trial that restored most takes away, for a job."""
        return self.removal(self.trial) if self.trial is not None else None

    def removal(self, trial: Trial) -> Change:
        """What one trial takes away, for a job."""
        return self.file.fault.id, trial.settings

    @property
    def severity(self) -> Severity:
        """How much it matters here."""
        return self.suspicion.severity or self.file.fault.severity

    @property
    def proven(self) -> bool:
        """Whether an experiment restored what it had to."""
        return self.proof is not None and self.proof.gain >= self.suspicion.gain


def is_removable(suspect: Suspect) -> bool:
    """Whether a certain fault can be taken away, for others to be seen without it; doing so must not do harm."""
    gain = suspect.proof.gain if suspect.proof is not None else -1.0
    return suspect.change is not None and gain > -_HARM and not suspect.file.fault.symptom


def rank(suspect: Suspect) -> tuple[float, ...]:
    """What is certain and restores learning, then what restores most, then what is certain and costs nothing.

    Notes come behind all of them: what leads the report is worth the reader's alarm.
    """
    gain = suspect.proof.gain if suspect.proof is not None else None
    severity = {"error": 2, "warning": 1, "note": 0}[suspect.severity]
    if suspect.suspicion.certain:
        untried = gain is None and severity == 2
        return (
            severity > 0,
            3.0 if suspect.proven or untried else 1.0,
            severity,
            suspect.suspicion.confidence,
            gain or 0.0,
        )
    # gains within a tenth are the same: then the likelier cause, which is the more special one, comes first
    return (
        severity > 0,
        2.0,
        round((gain or 0.0) * suspect.suspicion.weight, 1),
        suspect.suspicion.confidence,
        gain or 0.0,
        severity,
    )
