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
    if not folder.is_dir():
        folder.mkdir()
        files.sync_folder(folder.parent)
    place = _free(folder, f"step-{checkpoint.state['step']:08d}")
    temporary = folder / f"{files.TEMPORARY}{place.name}-{os.getpid()}"
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        _write(temporary, checkpoint)
        temporary.rename(place)
        files.sync_folder(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _prune(folder, place)
    return place


def _free(folder: Path, name: str) -> Path:
    """A place that is not taken: the same step again comes beside the old one, never in its place."""
    number, place = 1, folder / name
    while place.exists():
        number += 1
        place = folder / f"{name}.{number}"
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
    found = [place for place in folder.glob("step-*") if _order(place)] if folder.is_dir() else []
    return sorted(found, key=_order, reverse=True)


def _order(place: Path) -> tuple[int, ...]:
    """Step and number; empty for a name that no checkpoint has."""
    parts = place.name.removeprefix("step-").split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def load_tensors(path: Path) -> Tensors:
    """A safetensors file; raises RunError naming it when it is missing or damaged."""
    try:
        return load_file(path)
    except FileNotFoundError:
        raise RunError("The file is missing.", where=str(path)) from None
    except (SafetensorError, OSError, ValueError, KeyError, OverflowError, RuntimeError) as error:
        raise RunError(f"It is no readable safetensors file: {error}.", where=str(path)) from None


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    write_tensors(folder / "model.safetensors", checkpoint.model)
    if checkpoint.best is checkpoint.model:
        files.link_or_copy(folder / "model.safetensors", folder / "best.safetensors")
    else:
        write_tensors(folder / "best.safetensors", checkpoint.best)
    write_tensors(folder / "optimizer.safetensors", checkpoint.optimizer)
    # Floats go through repr and come back exactly; NaN is allowed here, since only we read it.
    files.write_atomic(folder / "state.json", json.dumps(checkpoint.state))
    hashes = {path.name: files.sha256(path) for path in sorted(folder.iterdir())}
    files.write_json(folder / MANIFEST, hashes)


def write_tensors(path: Path, tensors: Tensors) -> None:
    """Replaces a safetensors file in one step.

    Raises:
        OSError: when the disk refuses; an old file is left as it was.
    """
    temporary = path.with_name(f"{files.TEMPORARY}{path.name}-{os.getpid()}")
    # Clones: safetensors refuses tensors that share memory, as tied weights do.
    whole = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    try:
        temporary.touch()
        mode = temporary.stat().st_mode
        save_file(whole, temporary)
        temporary.chmod(mode)  # safetensors makes files that nobody else may read
        files.sync_file(temporary)
        temporary.replace(path)
        files.sync_folder(path.parent)
    except SafetensorError as error:
        raise OSError(f"{error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _read(folder: Path) -> Checkpoint:
    try:
        hashes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        for name in ("model.safetensors", "best.safetensors", "optimizer.safetensors", "state.json"):
            if hashes.get(name) != files.sha256(folder / name):
                raise RunError(f"{name} has changed since it was written.", where=str(folder))
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        if not isinstance(state, dict) or not isinstance(state.get("step"), int):
            raise RunError("state.json names no step.", where=str(folder))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise RunError(f"{error}", where=str(folder)) from None
    model, best, optimizer = (
        load_tensors(folder / f"{name}.safetensors") for name in ("model", "best", "optimizer")
    )
    return Checkpoint(state, model, best, optimizer)


def _prune(folder: Path, newest: Path) -> None:
    """Leaves the newest and those before it; what claims a later step was damaged and passed over."""
    before = [place for place in complete(folder) if _order(place)[0] < _order(newest)[0]]
    kept = {newest, *before[: KEPT - 1]}
    for place in complete(folder):
        if place not in kept:
            shutil.rmtree(place, ignore_errors=True)
    for leftover in folder.glob(f"{files.TEMPORARY}*"):  # of a process that was killed while writing
        shutil.rmtree(leftover, ignore_errors=True)
