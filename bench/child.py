"""Runs one contender in a process of its own: wall time, CPU time, peak memory, what it printed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data import ROOT

# A new process counts the memory of the one it was forked from as its own until it runs its program.
# So a small process forks it, and not this one, which may hold gigabytes.
LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
child = os.fork()
if not child:
    os.execvp(sys.argv[2], sys.argv[2:])
_, code, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    json.dump({"seconds": time.perf_counter() - start, "cpu_seconds": used.ru_utime + used.ru_stime,
               "peak": used.ru_maxrss, "status": os.waitstatus_to_exitcode(code)}, file)
"""


@dataclass
class Child:
    """A process that has ended.

    Attributes:
        seconds: Wall time from start to end, imports included.
        cpu_seconds: User and system time of all its threads.
        peak_mib: Largest resident memory (of the largest one, where it started processes of its own).
        status: Exit status.
        output: Standard output.
        errors: The end of standard error.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    status: int
    output: str
    errors: str

    def last_json(self) -> dict[str, Any]:
        """The last line of output as an object."""
        value: dict[str, Any] = json.loads(self.output.strip().splitlines()[-1])
        return value


@dataclass
class Trained:
    """A finished ``vitreous train``.

    Attributes:
        child: The process.
        result: ``result.json``.
        history: ``history.jsonl``.
        recipe: ``recipe.toml`` as text.
    """

    child: Child
    result: dict[str, Any]
    history: list[dict[str, Any]]
    recipe: str

    @property
    def epoch_seconds(self) -> list[float]:
        return [line["epoch_seconds"] for line in self.history]


def run(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, limit_seconds: float = 3600,
    check: bool = True,
) -> Child:  # fmt: skip
    """Runs a command from the repository's root and waits for it.

    Raises:
        RuntimeError: when it takes longer than the limit or, with ``check``, when it fails; has the end of what
            it said.
    """
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        tempfile.NamedTemporaryFile() as usage,
    ):
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, usage.name, *command],
            cwd=ROOT, stdout=output, stderr=errors, env={**os.environ, **(environment or {})},
            start_new_session=True,
        )  # fmt: skip
        timer = threading.Timer(limit_seconds, os.killpg, (launcher.pid, signal.SIGKILL))
        timer.start()
        launcher.wait()
        timer.cancel()
        said = usage.read()
        if not said:
            raise RuntimeError(f"{' '.join(command)} took longer than {limit_seconds:.0f} s")
        measured = json.loads(said)
        output.seek(0)
        errors.seek(0)
        child = Child(
            seconds=measured["seconds"],
            cpu_seconds=measured["cpu_seconds"],
            peak_mib=measured["peak"] / (2**20 if sys.platform == "darwin" else 2**10),
            status=measured["status"],
            output=output.read().decode(errors="replace"),
            errors=errors.read().decode(errors="replace")[-2000:],
        )
    if check and child.status:
        raise RuntimeError(
            f"{' '.join(command)} ended with {child.status}:\n{child.output[-500:]}{child.errors}"
        )
    return child


def vitreous(*arguments: str) -> list[str]:
    """The command line of ``vitreous …`` under this interpreter."""
    return [sys.executable, "-m", "vitreous", *arguments]


def settings_options(settings: Mapping[str, Any]) -> list[str]:
    """Dotted settings as ``--set`` options."""
    return [part for name, value in settings.items() for part in ("--set", f"{name}={toml_value(value)}")]


def toml_value(value: Any) -> str:
    """A setting's value as it is written on the command line."""
    return value if isinstance(value, str) else json.dumps(value)


def train(
    source: str | Path, folder: Path, settings: Mapping[str, Any], *options: str,
    environment: Mapping[str, str] | None = None, limit_seconds: float = 3600,
) -> Trained:  # fmt: skip
    """``vitreous train`` in a process of its own; raises RuntimeError as `run` does."""
    command = vitreous("train", str(source), "--out", str(folder), "--force", "--quiet")
    child = run(
        [*command, *settings_options(settings), *options],
        environment=environment,
        limit_seconds=limit_seconds,
    )
    return Trained(
        child=child,
        result=json.loads((folder / "result.json").read_text(encoding="utf-8")),
        history=[
            json.loads(line) for line in (folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        ],
        recipe=(folder / "recipe.toml").read_text(encoding="utf-8"),
    )
