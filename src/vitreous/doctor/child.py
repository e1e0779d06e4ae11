"""The process that runs scripts: it imports torch once and forks for every run.

    python -m vitreous.doctor.child      reads one job a line (JSON), answers {"started": pid}

Each run is a process of its own, so that nothing of one reaches the next; forking it from a process that has torch
loaded saves seconds a run, and gives every run the same state of all random generators, seeded or not.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from vitreous.doctor.arrays import compiled
from vitreous.doctor.fault import EDITS, Edit
from vitreous.doctor.job import Job
from vitreous.doctor.patch import applied
from vitreous.record import crashed
from vitreous.record.events import Printed
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Crash
from vitreous.record.places import Place, innermost
from vitreous.record.session import Session
from vitreous.record.taps import Taps
from vitreous.record.wrappers import install

_PROBE_SECONDS = 6.0  # of processor time
_UNASKED = "the model was not questioned: no time was left"


def main() -> None:
    """Serves jobs until standard input ends."""
    install()
    _preload(
        [*sys.argv[1:], "torch._dynamo"]
    )  # the first optimizer of each run would import it, for a second
    signal.signal(signal.SIGCHLD, _ended)  # a run that has ended is gone at once, and how it ended is kept
    for line in sys.stdin:
        job = Job(**json.loads(line))
        Path(job.folder).mkdir(parents=True, exist_ok=True)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # until it is known whose end it is
        pid = os.fork()
        if pid == 0:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            _forked(job)
        _FOLDERS[pid] = job.folder
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        print(json.dumps({"started": pid}), flush=True)


_FOLDERS: dict[int, str] = {}  # of the runs that go on, by process


def _ended(*_: object) -> None:
    """Takes leave of every run that has ended; its exit status, negative for a signal, goes to its folder."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        folder = _FOLDERS.pop(pid, None)
        if folder is not None and Path(folder).is_dir():
            (Path(folder) / "status.txt").write_text(str(os.waitstatus_to_exitcode(status)), encoding="utf-8")


def _preload(modules: list[str]) -> None:
    """Imports the libraries that the script will import anyway, before the first fork."""
    from importlib import import_module

    for name in modules:
        with contextlib.suppress(Exception):
            import_module(name)


def _forked(job: Job) -> None:
    """One run; never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)  # so that what the script starts can be ended with it
    folder = Path(job.folder)
    folder.mkdir(parents=True, exist_ok=True)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for name, number in (("stdout.txt", 1), ("stderr.txt", 2)):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    status = 1
    try:
        run(job)
        status = 0
    except BaseException:  # a fault of ours: the parent finds no evidence and says so
        (folder / "failure.txt").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        _leave(status)


def _leave(status: int) -> None:
    with contextlib.suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def run(job: Job) -> None:
    """Runs a job and writes its evidence; ends the process where enough is seen before the script ends."""
    from vitreous.doctor import guard
    from vitreous.doctor.faults import load

    interventions = []
    for fault, settings in job.interventions:
        intervene = load(fault).intervene
        if intervene is not None and EDITS not in settings:
            interventions.append(intervene(settings))
    folder = Path(job.folder)
    session = Session(
        job.script, folder, interventions=interventions, steps=job.steps, seconds=job.seconds,
        trace_at=job.trace_at, trace=job.trace,
    )  # fmt: skip
    probed = [False]

    def end(ended: str, crash: Crash | None = None) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        evidence = session.finish(ended, crash)
        if job.probes and not probed[0]:
            probed[0] = True
            evidence.not_checked.append(_UNASKED)
            _write(
                evidence, folder
            )  # should the questions outlast the patience of who waits, this much is there
            evidence.not_checked.remove(_UNASKED)
            evidence.probes = _probe(session, evidence.not_checked)
        _write(evidence, folder)

    def enough(why: str) -> None:
        end(why)
        _leave(0)

    session.enough = enough
    signal.signal(signal.SIGALRM, lambda *_: enough("time"))
    user = (Path(job.cwd) / job.script).resolve().parent
    guard.install(Path(job.writes), (user, Path(job.cwd)), network=job.network)
    if job.seed_offset:
        _shift_seeds(job.seed_offset)
    signal.setitimer(signal.ITIMER_REAL, job.seconds)  # for a program that makes no steps
    ended, crash = _execute(job, session)
    end(ended, crash)


def _write(evidence: Evidence, folder: Path) -> None:
    """Evidence is there whole or not at all."""
    beside = folder / "evidence.json.part"
    evidence.to_file(beside)
    beside.replace(folder / "evidence.json")


def _execute(job: Job, session: Session) -> tuple[str, Crash | None]:
    """Runs the script as Python would: as __main__, with its own arguments and folder first on the path."""
    path = (Path(job.cwd) / job.script).resolve()
    os.chdir(job.cwd)
    sys.argv = [job.script, *job.arguments]
    sys.path[0] = str(path.parent)
    try:
        with session.taps.listen(), _heard_output(session):
            session.begin()
            try:
                _run_main(path, Path(job.source) if job.source else path, job.edits, job.trace)
            finally:
                session.taps.ops = False
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            return "crash", Crash("SystemExit", str(leaving.code), step=session.step)
    except BaseException as error:
        return "crash", crashed.crash(error, session)
    return "end", None


def _run_main(path: Path, source: Path, edits: list[Edit], heard: bool) -> None:
    """Runs a file as Python runs a script; its text may come from another file, or be changed, or be heard."""
    import types

    text: bytes | str = source.read_bytes()
    if edits:
        text = applied(source.read_text(encoding="utf-8"), edits)

    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=str(path), __cached__=None, __builtins__=__builtins__)
    sys.modules["__main__"] = main
    code = compiled(text, str(path)) if heard else compile(text, str(path), "exec")
    exec(code, main.__dict__)


@contextlib.contextmanager
def _heard_output(session: Session) -> Iterator[None]:
    """What the script prints or logs and what it is warned of, with its lines."""
    plain, shown = (sys.stdout, sys.stderr), warnings.showwarning
    both = _Heard(sys.stdout), _Heard(sys.stderr)

    def heard(
        message: Any, category: type[Warning], filename: str, lineno: int, *rest: Any, **named: Any
    ) -> None:
        session.schedules.warned(f"{category.__name__}: {message}", Place(filename, lineno))
        shown(message, category, filename, lineno, *rest, **named)

    sys.stdout, sys.stderr = both  # type: ignore[assignment, unused-ignore]
    warnings.showwarning = heard
    try:
        yield
    finally:
        (sys.stdout, sys.stderr), warnings.showwarning = plain, shown
        for one in both:
            one.end()


class _Heard:
    """An output that tells the taps of every line: `print("loss", 0.5)` writes it in four pieces."""

    def __init__(self, plain: TextIO) -> None:
        self._plain, self._begun = plain, ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._tell(line)
        return self._plain.write(text)

    def end(self) -> None:
        """The last line may have no end."""
        self._tell(self._begun)
        self._begun = ""

    def _tell(self, line: str) -> None:
        taps, shown = Taps.active, line.rstrip("\r").rpartition("\r")[2]  # a progress bar writes over itself
        if taps is not None and shown.strip() and taps.heard("printed"):
            taps.send("printed", Printed(text=shown, _places=tuple(p for p in [innermost()] if p)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def _probe(session: Session, not_checked: list[str]) -> dict[str, Any]:
    """Questions to the model, each by a file in `doctor/probes`; the script is over, so nothing can be disturbed.

    Where time ended it, it may stand within what hides operations or turns gradients off; a question must not.
    """
    import torch

    from vitreous.doctor.probes import all_probes

    answers: dict[str, Any] = {}

    def late(*_: Any) -> None:
        raise TimeoutError("no time was left")

    # Processor time: how busy the machine is must not decide what is asked.
    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, _PROBE_SECONDS)
    try:
        with (
            session.taps.quiet(),
            torch._C._EnableTorchFunction(),
            torch.inference_mode(False),
            torch.enable_grad(),
        ):
            for name, probe in all_probes().items():
                try:
                    answers[name] = probe(session)
                except TimeoutError:
                    raise
                except Exception as error:  # one question without an answer is none for the others
                    not_checked.append(f"probe {name}: {type(error).__name__}: {str(error)[:200]}")
    except TimeoutError:
        not_checked.append("the model was not questioned in full: no time was left")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return answers


def _shift_seeds(offset: int) -> None:
    """Another draw of the same program: every seed that it sets is another one."""
    import random

    import numpy as np
    import torch

    plain_torch, plain_numpy, plain_random = torch.manual_seed, np.random.seed, random.seed

    def torch_seed(seed: int) -> Any:
        return plain_torch(int(seed) + offset)

    torch.manual_seed = torch_seed
    torch.random.manual_seed = torch_seed
    np.random.seed = lambda seed=None: plain_numpy(seed + offset if isinstance(seed, int) else seed)
    random.seed = lambda a=None, version=2: plain_random(a + offset if isinstance(a, int) else a, version)
    torch_seed(torch.initial_seed() % 2**31)


if __name__ == "__main__":
    main()
