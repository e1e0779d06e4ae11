"""Checkpoints that survive a crash at any moment, and from which a run goes on bit for bit.

One is a folder: written beside its place, every file flushed and hashed, then renamed, and only then
are older ones pruned. Reading takes the newest whose hashes are right.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from vitreous import files
from vitreous.errors import RunError

KEPT = 2
MANIFEST = "manifest.json"
Tensors = dict[str, Tensor]


@dataclass
class Checkpoint:
    """Everything a run needs to go on.

    Attributes:
        state: JSON values: counters, schedules, history.
        model: The current weights.
        best: The best weights so far; the very same object as ``model`` where these are the best.
        optimizer: The optimizer's tensors and the random number generators' states.
    """

    state: dict[str, Any]
    model: Tensors
    best: Tensors
    optimizer: Tensors


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Writes a checkpoint below ``folder`` and prunes old ones.

    Raises:
        OSError: when the disk refuses; earlier checkpoints are untouched.
    """
    folder.mkdir(exist_ok=True)
    place = folder / f"step-{checkpoint.state['step']:08d}"
    temporary = folder / f"{files.TEMPORARY}{place.name}-{os.getpid()}"
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        _write(temporary, checkpoint)
        if place.exists():  # the same step again, after a resume from an older one
            shutil.rmtree(place)
        temporary.rename(place)
        files.sync_folder(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _prune(folder)
    return place


def load_newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is whole, and a note on each that was not.

    Raises:
        RunError: when there are checkpoints and none of them is whole.
    """
    notes: list[str] = []
    places = complete(folder)
    for place in places:
        try:
            return _read(place), notes
        except RunError as error:
            notes.append(f"checkpoint {place.name} is damaged and was passed over: {error.message}")
    if places:
        raise RunError("Every checkpoint of this run is damaged.", where=str(folder), hint="Train it again.")
    return None, notes


def complete(folder: Path) -> list[Path]:
    """Checkpoint folders, newest step first."""
    return sorted(folder.glob("step-*"), reverse=True) if folder.is_dir() else []


def load_tensors(path: Path) -> Tensors:
    """A safetensors file; raises RunError naming it when it is missing or damaged."""
    try:
        return load_file(path)
    except FileNotFoundError:
        raise RunError("The file is missing.", where=str(path)) from None
    except (SafetensorError, OSError, ValueError) as error:
        raise RunError(f"It is no readable safetensors file: {error}.", where=str(path)) from None


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    _write_tensors(folder / "model.safetensors", checkpoint.model)
    if checkpoint.best is checkpoint.model:
        files.link_or_copy(folder / "model.safetensors", folder / "best.safetensors")
    else:
        _write_tensors(folder / "best.safetensors", checkpoint.best)
    _write_tensors(folder / "optimizer.safetensors", checkpoint.optimizer)
    # Floats go through repr and come back exactly; NaN is allowed here, since only we read it.
    files.write_atomic(folder / "state.json", json.dumps(checkpoint.state))
    hashes = {path.name: files.sha256(path) for path in sorted(folder.iterdir())}
    files.write_json(folder / MANIFEST, hashes)


def _write_tensors(path: Path, tensors: Tensors) -> None:
    # Clones: safetensors refuses tensors that share memory, as tied weights do.
    save_file({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}, path)
    files.sync_file(path)


def _read(folder: Path) -> Checkpoint:
    try:
        hashes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name in ("model.safetensors", "best.safetensors", "optimizer.safetensors", "state.json"):
            if hashes.get(name) != files.sha256(folder / name):
                raise RunError(f"{name} has changed since it was written.", where=str(folder))
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, AttributeError) as error:
        raise RunError(f"{error}", where=str(folder)) from None
    model, best, optimizer = (
        load_tensors(folder / f"{name}.safetensors") for name in ("model", "best", "optimizer")
    )
    return Checkpoint(state, model, best, optimizer)


def _prune(folder: Path) -> None:
    for place in complete(folder)[KEPT:]:
        shutil.rmtree(place, ignore_errors=True)
    for leftover in folder.glob(f"{files.TEMPORARY}*"):  # of a process that was killed while writing
        shutil.rmtree(leftover, ignore_errors=True)
