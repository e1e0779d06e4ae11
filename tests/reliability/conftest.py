"""Processes to kill: real ones, and children forked from one process that has imported everything."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest


@dataclass
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str
    seconds: float = 0.0
    after_signal: float | None = None


class Commands:
    """``vitreous …`` in forked children of one warm process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count()
        environment = os.environ | {"OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(folder / "cache")}
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert self.process.stdout is not None and self.process.stdout.readline() == "ready\n"

    def run(
        self, *argv: object, cwd: Path, signals: list[tuple[float, int]] | None = None,
        hooks: list[list[Any]] | None = None, timeout: float = 120, report: bool = True, **environment: str,
    ) -> Outcome:  # fmt: skip
        """One command to its end; see `zygote` for ``signals`` and ``hooks``."""
        stem = self.folder / f"job-{next(self.numbers)}"
        job = {
            "argv": [str(a) for a in argv], "cwd": str(cwd), "out": str(stem), "signals": signals or [],
            "hooks": hooks or [], "report": report, "timeout": timeout, "environment": environment,
        }  # fmt: skip
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        out, err = (Path(f"{stem}.{ending}") for ending in ("out", "err"))
        out, err = (p.read_text(errors="replace") if p.exists() else "" for p in (out, err))
        return Outcome(answer["status"], out, err, answer["seconds"], answer["sent"])

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    made = Commands(tmp_path_factory.mktemp("commands"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of small data of each kind."""
    folder = tmp_path_factory.mktemp("datasets")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((600, 4))
    frame = pl.DataFrame(
        {f"x{k}": x[:, k] for k in range(4)} | {"y": np.where(x[:, 0] * x[:, 1] > 0, "up", "down")}
    )
    frame.write_csv(folder / "table.csv")
    frame.write_parquet(folder / "table.parquet", row_group_size=50)
    good, bad = ["fine", "great", "lovely", "good"], ["awful", "poor", "bad", "grim"]
    texts = [
        " ".join(rng.choice([*(good if k % 2 else bad), "the", "a", "film", "was"], 6)) for k in range(300)
    ]
    labels = ["yes" if k % 2 else "no" for k in range(300)]
    pl.DataFrame({"text": texts, "label": labels}).write_csv(folder / "texts.csv")
    (folder / "story.txt").write_text("\n".join(texts * 3))
    return folder
