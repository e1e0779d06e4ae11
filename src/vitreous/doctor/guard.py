"""Keeps what a watched script would do to the world out of it: files, network, windows, questions.

Files that it writes go to a folder of their own, and are read from there again; everything else is read where it
lies. This is a courtesy to the user's files, no wall against a hostile program: the script is the user's own.
"""

from __future__ import annotations

import builtins
import io
import os
import socket
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import Any

_WRITING = frozenset("wax+")


class Redirected:
    """Maps paths that are written to a folder of their own."""

    def __init__(self, folder: Path, users: Sequence[Path]) -> None:
        self.folder = folder
        self.own = (str(folder.parent), "/dev/", "/proc/")
        self.temporary = tempfile.gettempdir() + os.sep
        # One that holds all temporary files is no folder of the user's.
        folders = [str(user).rstrip(os.sep) + os.sep for user in users]
        self.users = tuple(name for name in folders if not self.temporary.startswith(name))
        self.began = time.time()
        self.plain_stat = os.stat

    def write(self, path: Any) -> Any:
        """Where a path that is written goes; its folders and its former content come along."""
        target = self._mapped(path)
        if target is None:
            return path
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        return target

    def read(self, path: Any) -> Any:
        """Where a path is read: the written one if there is one."""
        target = self._mapped(path)
        return target if target is not None and os.path.lexists(target) else path

    def _mapped(self, path: Any) -> str | None:
        if isinstance(path, int) or not isinstance(path, (str, bytes, os.PathLike)):
            return None
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (no link is followed)
        if full.startswith(self.own):
            return None
        if full.startswith(self.temporary) and not full.startswith(self.users) and not self._is_older(full):
            return None  # what libraries exchange between processes
        return str(self.folder) + full

    def _is_older(self, path: str) -> bool:
        """Whether a file was there before this run."""
        try:
            found = self.plain_stat(path)
        except (OSError, ValueError):
            return False
        return found.st_mtime < self.began and not S_ISDIR(found.st_mode)


def install(folder: Path, users: Sequence[Path], *, network: bool) -> None:
    """Puts the guard in place, for the rest of this process.

    Args:
        folder: What takes the written files.
        users: Folders that are guarded even where they are temporary ones: the script's, and where it runs.
        network: Whether connections to other machines may be made.
    """
    os.environ["MPLBACKEND"] = "Agg"
    os.environ.update(WANDB_MODE="disabled", WANDB_SILENT="true", MLFLOW_TRACKING_URI=f"file:{folder}/mlruns")
    redirected = Redirected(folder, users)
    _open(redirected)
    _folders(redirected)
    _questions(redirected)
    _torch(redirected)
    builtins.input = _no_input
    if not network:
        _no_network()


def _open(redirected: Redirected) -> None:
    plain, plain_os = io.open, os.open

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if _WRITING & set(mode):
            target = redirected.write(file)
            if target is not file and ("a" in mode or "+" in mode) and not Path(target).exists():
                _copy(plain, file, target)
            return plain(target, mode, *args, **kwargs)
        return plain(redirected.read(file), mode, *args, **kwargs)

    def os_opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return plain_os(redirected.write(path) if writing else redirected.read(path), flags, *args, **kwargs)

    builtins.open = opened
    io.open = opened
    os.open = os_opened


def _copy(plain: Callable[..., Any], source: Any, target: Any) -> None:
    if Path(source).is_file():
        with plain(source, "rb") as old, plain(target, "wb") as new:
            new.write(old.read())


def _folders(redirected: Redirected) -> None:
    plain_mkdir = os.mkdir

    def mkdir(path: Any, *args: Any, **kwargs: Any) -> None:
        target = redirected.write(path)
        if target is not path and Path(os.fsdecode(path)).is_dir():
            raise FileExistsError(17, "File exists", os.fsdecode(path))
        plain_mkdir(target, *args, **kwargs)

    os.mkdir = mkdir
    for name in ("remove", "unlink", "rmdir", "rename", "replace", "symlink", "truncate", "chmod"):
        plain = getattr(os, name)
        setattr(os, name, _only_own(redirected, plain))


def _only_own(redirected: Redirected, plain: Callable[..., Any]) -> Callable[..., Any]:
    """Removing or renaming touches what the script itself wrote, and leaves the user's files."""

    def change(path: Any, *others: Any, **kwargs: Any) -> Any:
        found = redirected.read(path)
        if found is path and redirected.write(path) is not path:
            return None
        return plain(
            found,
            *(redirected.write(o) if isinstance(o, (str, os.PathLike)) else o for o in others),
            **kwargs,
        )

    return change


def _questions(redirected: Redirected) -> None:
    """Whether a file is there, how large it is: asked of the written one where there is one."""
    plain_stat = os.stat
    plain_list = os.listdir

    def stat(path: Any, *args: Any, **kwargs: Any) -> Any:
        return plain_stat(redirected.read(path), *args, **kwargs)

    def listdir(path: Any = ".") -> list[str]:
        target = redirected._mapped(path)
        if target is None or not Path(target).is_dir():
            return plain_list(path)
        own = plain_list(target)
        try:
            there = plain_list(path)
        except FileNotFoundError:  # the script made it, and it is not where the script thinks
            return own
        return sorted({*there, *own})

    os.stat = stat
    os.listdir = listdir  # type: ignore[assignment]

    def exists(path: Any) -> bool:
        try:
            stat(path)
        except (OSError, ValueError):
            return False
        return True

    os.path.exists = exists


def _torch(redirected: Redirected) -> None:
    """torch.save writes by a path of its own, below Python."""
    import torch

    plain = torch.save

    def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> None:
        plain(obj, redirected.write(f), *args, **kwargs)

    torch.save = save
    torch.serialization.save = save


def _no_input(_prompt: object = "") -> str:
    raise EOFError("input() was called; the doctor runs scripts without a keyboard")


def _no_network() -> None:
    def connect(self: socket.socket, address: Any) -> None:
        if self.family == getattr(socket, "AF_UNIX", None) or str(address[0]) in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            return plain(self, address)
        raise OSError(101, "the doctor's experiments make no connections")

    plain = socket.socket.connect
    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
