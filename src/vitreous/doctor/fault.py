"""What a fault is made of; the only module of the doctor that a file in `faults/` needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

if TYPE_CHECKING:
    from vitreous.record.events import Listener

Severity = Literal["error", "warning", "note"]
Stage = Literal["data", "forward", "loss", "optimizer", "evaluation"]
Metric = Literal[
    "fit", "balanced", "training loss", "evaluation loss", "answers", "first loss", "left", "none"
]


@dataclass(frozen=True)
class Fault:
    """A root cause that a person can fix.

    Attributes:
        id: As in the catalogue, "group/name"; it never changes its meaning.
        severity: error (cannot learn, or reports what is wrong), warning (clearly worse or slower), note.
        stage: Where in a training step to look.
        title: What is wrong, in a few words, without a full stop.
        symptom: The name of a symptom (`doctor/symptoms.py`) that this fault is another word for, when it also
            arises from other faults: it is then listed under whichever of those is proven.
        changes_outputs: Whether the run without it has outputs that mean something else (no activation at the end), so
            that what the script computes from them in evaluation is no longer right.
        settings: What training libraries call the setting that is wrong, the most telling first. Where the line of a
            suspicion only runs such a library, its place is where that is set (`doctor/trainers.py`).
        since: The version that named it first.
    """

    id: str
    severity: Severity
    stage: Stage
    title: str
    symptom: str | None = None
    changes_outputs: bool = False
    settings: tuple[str, ...] = ()
    since: str = "0.2"


@dataclass(frozen=True)
class Row:
    """One piece of evidence: what, its value, the unit, and the step it was seen at."""

    what: str
    value: Any
    unit: str = ""
    step: int | None = None


@dataclass(frozen=True)
class Edit:
    """A mechanical change of the source: lines first..last (from 1) are replaced by text; last < first inserts."""

    file: str
    first: int
    last: int
    text: str


EDITS = "edits"  # in the settings of a trial: the experiment is the script with these lines changed


@dataclass(frozen=True)
class Trial:
    """One experiment: the change in words, the settings that `intervene` gets, and the same as a source change.

    Attributes:
            Settings made by `edited` are such a change: the script is run with it, and `intervene` is not called.
        longer: How many times as many steps it may make as the script did, where the change means more steps for the
            same data (smaller batches); the ends of both runs are then compared, not the same step.
        guess: Whether the change is one of several that a fix could be: what it does not restore, another may.
    """

    changed: str
    settings: dict[str, Any] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    longer: float = 1.0
    guess: bool = False


@dataclass
class Suspicion:
    """That a fault may be present, at a line, with what points to it.

    Attributes:
        place: Where a person would make the fix: the line of what is done wrongly, the line where what is missing
            belongs, or the constructor of a wrong module or option.
        confidence: Before any experiment, from 0 to 1: of how many programs that look like this it is true.
        certain: True by construction: it is named whether or not an experiment shows that it costs something.
        summary: What is wrong here, one clause; the fault's title where empty.
        evidence: What was seen.
        fix: What to do, as an order: "call optimizer.zero_grad() at the top of the loop body (line 36)".
        explains: Symptoms that follow from it (`doctor/symptoms.py`).
        trials: The experiments; the one that restores most becomes the proof. None: it cannot be tried.
        metric: What is compared: "fit" (the error of predictions, whatever the loss; the training loss where
            there is none), "balanced" (the error as a mean over classes), "training loss", "evaluation loss"
            (untrained losses), "answers" (those that the script's own comparisons in evaluation call wrong),
            "left" (what a difference squared by hand leaves of its target's variance, whatever is added to it),
            "first loss" (whether the loss before any update is another one: all that can be asked where it means
            something else) or "none".
        gain: The share of the error that the change must take away to count as proof.
        weight: How much of its gain counts beside that of others: less than 1 where the change also eases the trouble
            that other causes make, as shorter steps do.
        severity: Where this case of it is milder than the fault mostly is.
        edits: The fix as changes of the source, where it is mechanical (`doctor/edits.py`); those of the trial that
            became the proof go before them. They are run before they are shown.
    """

    place: Place | None
    confidence: float
    evidence: list[Row]
    fix: str
    certain: bool = False
    summary: str = ""
    explains: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    metric: Metric = "fit"
    gain: float = 0.3
    weight: float = 1.0
    severity: Severity | None = None
    edits: list[Edit] = field(default_factory=list)


Suspect = Callable[[Evidence], Iterable[Suspicion]]
Intervene = Callable[[dict[str, Any]], "Listener"]


def finite(values: Iterable[float | None]) -> list[float]:
    """Those that are numbers."""
    return [v for v in values if v is not None and math.isfinite(v)]


def round_to(value: float, digits: int = 3) -> float:
    """A number with so many significant digits, as evidence shows it."""
    return float(f"{value:.{digits}g}")


def edited(changes: Iterable[Edit]) -> dict[str, Any]:
    """The settings of a trial that runs the script with its text changed, line by line: as many lines as before."""
    return {EDITS: [(edit.first, edit.last, edit.text) for edit in changes]}
