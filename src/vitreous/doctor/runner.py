"""Runs jobs in child processes, as many at a time as there are cores for, and waits for their evidence."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from vitreous.doctor.job import Job
from vitreous.errors import UsageError
from vitreous.record.evidence import Evidence

_GRACE = 12.0  # seconds beyond a job's own limit before its process is ended from outside
_LEAST = 1.0  # a run that has less time than this is not begun
_SLOW_TO_IMPORT = frozenset(
    [
        "sklearn",
        "pandas",
        "scipy",
        "matplotlib",
        "torchvision",
        "lightning",
        "pytorch_lightning",
        "transformers",
        "skorch",
        "keras",
    ]
)


class Runner:
    """Starts one process that has torch loaded, and has it fork once for each run.

    Args:
        script: Its path.
        arguments: Its own.
        cwd: Where it runs.
    """

    def __init__(self, script: Path, arguments: Sequence[str], cwd: Path) -> None:
        if not hasattr(os, "fork"):
            raise UsageError("the doctor runs scripts in forked processes, which this system does not have.")
        self.script, self.arguments, self.cwd = script, list(arguments), cwd
        self.folder = Path(tempfile.mkdtemp(prefix="vitreous-doctor-"))
        self._count = 0
        self._running: set[int] = set()
        threads = str(max(1, (os.cpu_count() or 2) // 2))
        environment = {
            "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": "0", "OMP_WAIT_POLICY": "PASSIVE", "MPLBACKEND": "Agg",
            "TOKENIZERS_PARALLELISM": "false",
        } | os.environ  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vitreous.doctor.child", *imported(script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
            start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trail: TracebackType | None) -> None:
        for pid in list(self._running):
            self._end(pid)
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def job(self, **options: object) -> Job:
        """A job of this script in a folder of its own."""
        self._count += 1
        folder = self.folder / f"run{self._count}"
        job = Job(str(self.script), None, self.arguments, str(self.cwd), str(folder), str(folder / "files"))
        for name, value in options.items():
            setattr(job, name, value)
        return job

    def run(
        self, jobs: Sequence[Job], deadline: float = float("inf"), at_once: int | None = None
    ) -> list[Evidence | None]:
        """Runs jobs side by side.

        Args:
            jobs: What to run.
            deadline: On `time.monotonic`'s clock; jobs that cannot start before it are left out.
            at_once: How many at a time; as many as there are cores, two at most, by default.

        Returns:
            The evidence of each, None where there is none (the process died, or it was left out).
        """
        width = at_once or min(2, os.cpu_count() or 1)
        waiting = list(enumerate(jobs))
        running: dict[int, tuple[Job, int, float]] = {}
        found: list[Evidence | None] = [None] * len(jobs)
        while waiting or running:
            while waiting and len(running) < width:
                number, job = waiting.pop(0)
                left = deadline - time.monotonic()
                if left > _LEAST:
                    job.seconds = min(job.seconds, left)
                    pid = self._start(
                        job
                    )  # the first one waits until torch is loaded, which is not the script's time
                    limit = min(time.monotonic() + job.seconds + _GRACE, deadline + 1)
                    running[number] = (job, pid, limit)
            for number, (job, pid, limit) in list(running.items()):
                if _gone(pid) or time.monotonic() > limit:
                    self._end(pid)
                    found[number] = _evidence(job)
                    del running[number]
            time.sleep(0.01)
        return found

    def _start(self, job: Job) -> int:
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise UsageError("the process that runs scripts has no pipes.")
        try:
            process.stdin.write(json.dumps(asdict(job)) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise UsageError(
                f"the process that runs scripts ended with status {process.poll()}.",
                hint="Does `python -m vitreous.doctor.child` start, with torch importable?",
            )
        pid: int = json.loads(answer)["started"]
        self._running.add(pid)
        return pid

    def _end(self, pid: int) -> None:
        """Ends a run, and with it what it started and left behind: each run is a group of its own."""
        for end in (os.kill, os.killpg):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(pid, signal.SIGKILL)
        self._running.discard(pid)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _evidence(job: Job) -> Evidence | None:
    path = Path(job.folder) / "evidence.json"
    return Evidence.from_file(path) if path.is_file() else None


def imported(script: Path) -> list[str]:
    """The slow libraries that a script imports at its top, to be loaded once for all runs."""
    try:
        tree = ast.parse(script.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return sorted(name for name in names if name.split(".")[0] in _SLOW_TO_IMPORT)
