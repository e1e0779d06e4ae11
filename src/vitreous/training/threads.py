"""How many CPU threads: measured, since on small layers more of them are slower.

OpenMP's threads spin while they wait for each other; on a small layer, or beside another busy
process, that costs more than the arithmetic. The outcome is remembered for each network, because
sums come out differently by the last bit on another number of threads, and a run should repeat.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from vitreous import files
from vitreous.data.types import Batch
from vitreous.training.evaluate import forward
from vitreous.training.losses import Loss

TRIALS = 4
LONG_STEP_SECONDS = 0.6  # such a step is arithmetic, which every core shares
GAIN = 1.3  # more threads must be this much faster: a doubtful gain is lost to the next busy process


def measure(model: nn.Module, batch: Batch, loss: Loss) -> tuple[int, str]:
    """The number of threads on which a step of this network is fastest, and how that was found.

    Args:
        model: Copied; neither its weights nor a random state changes.
        batch: A training batch on the CPU.
        loss: Outputs and targets to the loss.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    if cores == 1:
        return 1, "one core"
    memory = _memory_file()
    key = _key(model, batch, cores)
    known = _read(memory).get(key)
    if known is not None and 1 <= known <= cores:
        return known, "measured earlier for this network"
    candidates = sorted({1, *(2**k for k in range(1, 9) if 2**k < cores), cores})
    seconds = _times(model, batch, loss, candidates)
    if not seconds:
        return cores, "a step is long: every core helps"
    best = 1
    for number in candidates:
        if number in seconds and seconds[number] * GAIN < seconds[best]:
            best = number
    _remember(memory, key, best)
    shown = ", ".join(
        f"{number}: {1000 * seconds[number]:.2f} ms" for number in candidates if number in seconds
    )
    return best, f"a step on {shown}"


def _times(model: nn.Module, batch: Batch, loss: Loss, candidates: list[int]) -> dict[int, float]:
    """Seconds of a step by number of threads; empty where one is so long that measuring would not pay."""
    before = torch.get_num_threads()
    trial = copy.deepcopy(model).train()
    inputs, targets = batch

    def step() -> None:
        trial.zero_grad()
        loss(forward(trial, inputs), targets).backward()

    try:
        with torch.random.fork_rng(devices=[]):
            if _clock(step) > LONG_STEP_SECONDS:  # this first call allocates, too
                return {}
            seconds: dict[int, float] = {}
            for _ in range(2):  # in turn, twice: another process may disturb one of them
                for number in candidates:
                    torch.set_num_threads(number)
                    step()
                    best = min(_clock(step) for _ in range(TRIALS))
                    seconds[number] = max(best, seconds.get(number, 0.0))
            return seconds
    finally:
        torch.set_num_threads(before)


def _clock(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _key(model: nn.Module, batch: Batch, cores: int) -> str:
    inputs = batch[0][0] if isinstance(batch[0], tuple) else batch[0]
    shapes = [tuple(p.shape) for p in model.parameters()]
    text = f"{torch.__version__} {cores} {shapes} {tuple(inputs.shape)}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _memory_file() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "vitreous" / "threads.json"


def _read(path: Path) -> dict[str, int]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _remember(path: Path, key: str, number: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(path, _read(path) | {key: number})
    except OSError:
        pass  # a read-only home only means measuring again
