"""What the doctor cannot examine, and what a person does about it: no script, no training, a process that died."""

from __future__ import annotations

import signal
from pathlib import Path

from vitreous.doctor.job import Job
from vitreous.errors import UsageError
from vitreous.record.evidence import Evidence

_NOTEBOOK = "Convert it (jupyter nbconvert --to script NOTEBOOK.ipynb), or watch its loop in it: with vt.watch() as w."


def check(script: Path) -> None:
    """Refuses what is no script before anything is started.

    Raises:
        UsageError: says what it is instead.
    """
    where = str(script)
    if script.is_dir():
        raise UsageError("expected a Python script; this is a folder.", where=where, hint=_inside(script))
    if not script.is_file():
        raise UsageError("expected a Python script; there is no such file.", where=where)
    if script.suffix == ".ipynb":
        raise UsageError("expected a Python script; this is a notebook.", where=where, hint=_NOTEBOOK)
    try:
        text = script.read_bytes()
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror or error}.", where=where) from None
    if b"\0" in text:
        raise UsageError("expected a Python script; this file is binary.", where=where)


def died(job: Job, seconds: float) -> UsageError:
    """The error for a run that left no evidence.

    Args:
        job: Whose process is gone.
        seconds: How long it was given.
    """
    folder = Path(job.folder)
    failure, status = folder / "failure.txt", folder / "status.txt"
    if failure.is_file():
        why = failure.read_text(encoding="utf-8").strip().splitlines()[-1]
    elif status.is_file():
        why = _status(int(status.read_text(encoding="utf-8")))
    else:
        why = f"it did not end in {seconds:.0f} s and could not be stopped for a look; --time gives it more"
    return UsageError(
        f"the script could not be observed: {why}.", where=job.script, hint=last_words(folder) or None
    )


def _status(code: int) -> str:
    """How a process ended, in words; negative for a signal."""
    if code >= 0:
        return f"it ended its own process with status {code}, past all handlers (os._exit)"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    likely = {
        "SIGKILL": "memory ran out, or it killed itself", "SIGSEGV": "compiled code failed",
        "SIGABRT": "compiled code gave up",
    }.get(name)  # fmt: skip
    return f"its process was ended by signal {-code} ({name}{f': {likely}' if likely else ''})"


def last_words(folder: Path) -> str:
    """The last line that a run wrote on standard error, as a sentence; empty where there is none."""
    place = folder / "stderr.txt"
    lines = (
        place.read_text(encoding="utf-8", errors="replace").strip().splitlines() if place.is_file() else []
    )
    return f"Its last words: {lines[-1].strip()[:300]}" if lines else ""


def nothing_seen(evidence: Evidence, seconds: float) -> UsageError | None:
    """The error for a script that ran and did nothing the doctor could judge; None where it did something.

    Args:
        evidence: Of its run.
        seconds: How long it was given.
    """
    done = evidence.steps or evidence.backwards or evidence.losses or evidence.sites or evidence.optimizers
    if done or evidence.crash is not None or any(trace.ops for trace in evidence.traces):
        return None
    if evidence.ended == "time":
        return UsageError(
            f"no training was seen in {seconds:.0f} s: no tensor was computed with.", where=evidence.script,
            hint="If it prepares data for long, give it more time: --time 300.",
        )  # fmt: skip
    return UsageError(
        "it ran to its end, and no training with PyTorch was seen: no tensor was computed with.",
        where=evidence.script, hint="Give the script that trains, with the arguments that make it train.",
    )  # fmt: skip


def _inside(folder: Path) -> str | None:
    """The scripts of a folder, as a hint."""
    try:
        names = sorted(path.name for path in folder.glob("*.py"))[:4]
    except OSError:
        return None
    return f"It holds {', '.join(names)}." if names else None
