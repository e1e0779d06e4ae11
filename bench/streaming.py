"""A table larger than the memory it may use: 20 million rows streamed from Parquet, memory watched all the way.

The file is made here, row group by row group, and deleted afterwards. Resident memory is sampled while
``vitreous train`` runs; flat means that it is no higher at the end of the epoch than a fifth into it. Pages of
the file that the system keeps cached are not the process's and not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from bench import child
from bench.results import goal

COLUMNS = 10
GROUP_ROWS = 250_000
SAMPLE_SECONDS = 0.25


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument(
        "--memory-gib", type=float, default=0.25, help="data.memory_gib: larger tables are streamed"
    )
    parser.add_argument("--folder", type=Path, help="for the table; a temporary folder by default")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(dir=arguments.folder))
    try:
        table = folder / "table.parquet"
        wrote = write_table(table, arguments.rows)
        size = table.stat().st_size
        ended, samples = _train(table, folder / "run", arguments)
        result = json.loads((folder / "run" / "result.json").read_text(encoding="utf-8"))
        history = [
            json.loads(line)
            for line in (folder / "run" / "history.jsonl").read_text(encoding="utf-8").splitlines()
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    early, late = _level(samples, 0.2), _level(samples, 1.0)
    epoch = history[-1]["epoch_seconds"]
    return {
        "settings": {
            "rows": arguments.rows, "columns": COLUMNS, "batch_size": 4096,
            "data.memory_gib": arguments.memory_gib,
        },
        "figures": {
            "file, MiB": round(size / 2**20),
            "held whole it would be, MiB": round(arguments.rows * (COLUMNS + 1) * 8 / 2**20),
            "seconds to write it": round(wrote, 1), "process seconds": round(ended.seconds, 1), "epoch seconds": epoch,
            "rows a second": round(result["train.examples"] / epoch), "test R²": result.get("test.r2"),
            "peak MiB": round(ended.peak_mib), "MiB a fifth into the epoch": round(early),
            "MiB at its end": round(late),
            "MiB by tenths of the epoch": [round(_level(samples, tenth / 10)) for tenth in range(1, 11)],
        },
        "ratios": {"memory at the end / at 20%": round(late / early, 3)},
        "goals": [
            goal("memory at the end / at 20%", round(late / early, 3), at_most=1.1),
            goal("peak MiB", round(ended.peak_mib), at_most=2048),
        ],
    }  # fmt: skip


def write_table(path: Path, rows: int) -> float:
    """A nonlinear target of ten normal columns, with noise; returns the seconds it took."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    start = time.perf_counter()
    rng = np.random.default_rng(0)
    names = [f"x{number}" for number in range(COLUMNS)]
    schema = pa.schema([(name, pa.float64()) for name in [*names, "y"]])
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for first in range(0, rows, GROUP_ROWS):
            x = rng.standard_normal((min(GROUP_ROWS, rows - first), COLUMNS))
            y = np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2] + 0.1 * x[:, 3] + 0.1 * rng.standard_normal(len(x))
            writer.write_table(pa.table([*x.T.copy(), y], schema=schema))
    return time.perf_counter() - start


def _train(table: Path, folder: Path, arguments: argparse.Namespace) -> tuple[child.Child, list[float]]:
    """Runs it; the samples are those of the epoch, between the last check before it and its end."""
    command = [
        *child.vitreous("train", str(table), "--target", "y", "--model", "mlp", "--epochs", "1"),
        *("--batch-size", "4096", "--no-baselines", "--json", "--out", str(folder)),
        *("--set", f"data.memory_gib={arguments.memory_gib}"),
    ]
    samples: list[tuple[float, float]] = []
    moments: dict[str, float] = {}
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, ended, samples))
        watcher.start()
        for line in process.stdout or ():
            moments[json.loads(line)["event"]] = time.perf_counter()
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        ended.set()
        watcher.join()
        errors.seek(0)
        said = errors.read().decode(errors="replace")[-2000:]
    if process.returncode:
        raise RuntimeError(f"vitreous train ended with {process.returncode}:\n{said}")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    seconds = time.perf_counter() - start
    training = [mib for moment, mib in samples if moments["check"] <= moment <= moments["epoch"]]
    return child.Child(seconds, usage.ru_utime + usage.ru_stime, peak, 0, "", said), training


def _watch(pid: int, ended: threading.Event, samples: list[tuple[float, float]]) -> None:
    """Moments and resident MiB, until the process ends."""
    while not ended.wait(SAMPLE_SECONDS):
        resident = resident_mib(pid)
        if resident:
            samples.append((time.perf_counter(), resident))


def resident_mib(pid: int) -> float | None:
    """Resident memory of a process, by the system's own table or psutil; None once it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except FileNotFoundError:
        if Path("/proc").is_dir():
            return None
    except (OSError, IndexError, ValueError):
        return None
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.Error:
        return None


def _level(samples: list[float], share: float) -> float:
    """The highest of the samples of a twentieth of the epoch, up to one point of it."""
    if not samples:
        return 0.0
    end = max(1, round(share * len(samples)))
    return max(samples[max(0, end - max(1, len(samples) // 20)) : end])
