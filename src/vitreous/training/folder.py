"""A run's folder becomes the run's own before anything heavy is imported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vitreous import files
from vitreous.errors import DataError, ModelError, RunError, UsageError
from vitreous.training.recipe import Recipe

LOCK = ".lock"
REPLACED = f"{files.TEMPORARY}replaced"  # the run that --force overwrites, until the new one has begun


@contextmanager
def claimed(folder: Path, recipe: Recipe, *, force: bool = False) -> Iterator[None]:
    """Makes a folder the run's own and writes the recipe, so that a run killed at once can be resumed.

    When the data or the network turn out to be unusable the folder is again as it was.

    Raises:
        RunError: when another run is in it, or it cannot be written.
    """
    try:
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_full(folder, force=force)
    except OSError as error:
        raise _unwritable(folder, error) from None
    with held(folder):
        try:
            _set_aside(folder)
            files.write_atomic(folder / "recipe.toml", recipe.to_toml(defaults=False))
        except OSError as error:
            _give_back(folder, new=new)
            raise _unwritable(folder, error) from None
        try:
            yield
        except (DataError, ModelError, UsageError):
            if not (folder / "history.jsonl").exists():
                _give_back(folder, new=new)
            raise


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keeps every other process from training in the folder while this lasts and this process lives.

    Raises:
        RunError: when another process trains there, or it cannot be written.
    """
    try:
        lock = _lock(folder / LOCK)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        yield
    finally:
        if lock is not None:
            (folder / LOCK).unlink(missing_ok=True)
            lock.close()


def tidy(folder: Path) -> None:
    """Removes what a process that was killed while writing left; the folder must be held."""
    for pattern in (f"{files.TEMPORARY}*", f"checkpoints/{files.TEMPORARY}*", ".report.html.*"):
        _remove(folder.glob(pattern))


def _refuse_full(folder: Path, *, force: bool) -> None:
    entries = [entry for entry in folder.iterdir() if entry.name != LOCK]
    if not entries:
        return
    if not (folder / "recipe.toml").is_file():
        raise RunError(
            "The folder is not empty and holds no run.", where=str(folder), hint="Choose another --out."
        )
    if not force:
        raise RunError(
            "The folder holds a run already.", where=str(folder),
            hint=f"Go on with it (vitreous resume {folder}), choose another --out, or overwrite it (--force).",
        )  # fmt: skip


def _set_aside(folder: Path) -> None:
    tidy(folder)
    old = [entry for entry in folder.iterdir() if entry.name != LOCK]
    if old:
        (folder / REPLACED).mkdir()
        for entry in old:
            entry.rename(folder / REPLACED / entry.name)


def _give_back(folder: Path, *, new: bool) -> None:
    if new:
        shutil.rmtree(folder, ignore_errors=True)
        return
    _remove(entry for entry in folder.iterdir() if entry.name not in (LOCK, REPLACED))
    if (folder / REPLACED).is_dir():
        for entry in (folder / REPLACED).iterdir():
            entry.rename(folder / entry.name)
        (folder / REPLACED).rmdir()


def _remove(entries: Iterator[Path]) -> None:
    for entry in list(entries):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _lock(path: Path) -> BinaryIO | None:
    """The lock file, open and locked; None where the system has no such locks."""
    try:
        import fcntl
    except ImportError:
        return None
    while True:
        file = path.open("a+b")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).decode("ascii", "replace").strip() or "unknown"
            file.close()
            raise RunError(
                f"Another process (number {holder}) is training in this folder.",
                where=str(path.parent), hint="Wait for it, or stop it first.",
            ) from None  # fmt: skip
        except OSError:  # a network's file system, often
            file.close()
            return None
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode("ascii"))
            file.flush()
            return file
        file.close()  # its last holder took it away in between


def _unwritable(folder: Path, error: OSError) -> RunError:
    return RunError(
        f"It cannot be written: {error.strerror}.", where=str(folder), hint="Choose another --out."
    )
