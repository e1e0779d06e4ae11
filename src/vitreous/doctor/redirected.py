"""The files of a watched script: what it writes goes to a folder of its own, and is read from there again.

Everything else is read where it lies, and what the script removes only seems to be gone.
"""

from __future__ import annotations

import builtins
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import Any

_WRITING = frozenset("wax+")
_CHANGING = ("truncate", "chmod", "chown", "utime", "setxattr")
_plain_readlink = os.readlink
_ASKING = ("stat", "lstat", "access", "readlink", "listxattr", "getxattr")


class Redirected:
    """Maps paths that are written to a folder of their own.

    Args:
        folder: What takes the written files.
        users: Folders whose files are guarded even where they are temporary ones.
    """

    def __init__(self, folder: Path, users: Sequence[Path]) -> None:
        self.folder = folder
        self.own = (str(folder.parent), "/dev/", "/proc/")
        self.temporary = tempfile.gettempdir() + os.sep
        # One that holds all temporary files is no folder of the user's.
        folders = [str(user).rstrip(os.sep) + os.sep for user in users]
        self.users = tuple(name for name in folders if not self.temporary.startswith(name))
        self.began = time.time()
        self.plain_stat, self.plain_lstat = os.stat, os.lstat
        self._removed: set[str] = set()

    def write(self, path: Any) -> Any:
        """Where a path that is written goes; its folders come along."""
        target = self.mapped(path)
        if target is None:
            return path
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        return target

    def read(self, path: Any) -> Any:
        """Where a path is read: the written one if there is one."""
        target = self.mapped(path)
        if target is None or not (self.is_there(target) or self.is_removed(path)):
            return path
        return target

    def mapped(self, path: Any) -> str | None:
        """Where it would go; None where it is the script's to write."""
        if isinstance(path, int) or not isinstance(path, (str, bytes, os.PathLike)):
            return None
        full = _full(path)
        if full.startswith(self.own):
            return None
        if (
            full.startswith(self.temporary)
            and not f"{full}{os.sep}".startswith(self.users)
            and not self._is_older(full)
        ):
            return None  # what libraries exchange between processes
        return str(self.folder) + full

    def is_there(self, path: Any) -> bool:
        """Whether a path itself is there, wherever it may be mapped to."""
        try:
            self.plain_lstat(path)
        except (OSError, ValueError):
            return False
        return True

    def is_folder(self, path: Any) -> bool:
        """Whether it is a folder that is there."""
        try:
            return S_ISDIR(self.plain_stat(path).st_mode)
        except (OSError, ValueError):
            return False

    def is_users(self, path: Any) -> bool:
        """Whether a file or folder of the user's is there, that the script has not removed."""
        return self.mapped(path) is not None and self.is_there(path) and not self.is_removed(path)

    def remove(self, path: Any) -> None:
        """From now on it seems to be gone, with all that it holds."""
        self._removed.add(_full(path))

    def is_removed(self, path: Any) -> bool:
        """Whether the script has removed it, or a folder around it."""
        full = _full(path) if self._removed else ""
        return any(full == gone or full.startswith(gone + os.sep) for gone in self._removed)

    def _is_older(self, path: str) -> bool:
        """Whether a file was there before this run."""
        try:
            found = self.plain_stat(path)
        except (OSError, ValueError):
            return False
        return found.st_mtime < self.began and not S_ISDIR(found.st_mode)


def install(redirected: Redirected) -> None:
    """Python's own functions for files, for the rest of this process."""
    _open(redirected)
    _folders(redirected)
    _changes(redirected)
    _questions(redirected)


def _full(path: Any) -> str:
    return os.path.abspath(os.fsdecode(path))  # noqa: PTH100 (no link is followed)


def _open(redirected: Redirected) -> None:
    plain, plain_os = io.open, os.open

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if _WRITING & set(mode):
            target = redirected.write(file)
            if target is not file and ("a" in mode or "+" in mode):
                bring(redirected, file, target)
            return plain(target, mode, *args, **kwargs)
        return plain(redirected.read(file), mode, *args, **kwargs)

    def os_opened(path: Any, flags: int, *args: Any, dir_fd: int | None = None, **kwargs: Any) -> int:
        path = _in_folder(path, dir_fd)
        writing = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return plain_os(redirected.write(path) if writing else redirected.read(path), flags, *args, **kwargs)

    builtins.open = opened
    io.open = opened
    _set("open", os_opened)


def bring(redirected: Redirected, path: Any, target: Any) -> None:
    """A file of the user's becomes the script's own, where it has none of that name yet."""
    if redirected.is_users(path) and not redirected.is_there(target) and not redirected.is_folder(path):
        Path(target).write_bytes(Path(os.fsdecode(path)).read_bytes())


def _folders(redirected: Redirected) -> None:
    plain_mkdir, plain_chdir, plain_scan, plain_list = os.mkdir, os.chdir, os.scandir, os.listdir

    def mkdir(path: Any, *args: Any, dir_fd: int | None = None, **kwargs: Any) -> None:
        path = _in_folder(path, dir_fd)
        if redirected.is_users(path):
            raise FileExistsError(17, "File exists", os.fsdecode(path))
        plain_mkdir(redirected.write(path), *args, **kwargs)

    def chdir(path: Any) -> None:
        plain_chdir(path if redirected.is_users(path) else redirected.read(path))

    def listdir(path: Any = ".") -> list[Any]:
        return list(_merged(redirected, path, lambda folder: {name: name for name in plain_list(folder)}))

    def scandir(path: Any = ".") -> _Entries:
        def entries(folder: Any) -> dict[Any, os.DirEntry[Any]]:
            with plain_scan(folder) as found:
                return {entry.name: entry for entry in found}

        return _Entries(_merged(redirected, path, entries).values())

    for function in (mkdir, chdir, listdir, scandir):
        _set(function.__name__, function)


def _merged(redirected: Redirected, path: Any, look: Callable[[Any], dict[Any, Any]]) -> dict[Any, Any]:
    """What is in a folder by name: the user's files that are not removed, and the script's own in their place."""
    target = redirected.mapped(path)
    if target is None:
        return look(path)
    own = look(target) if redirected.is_folder(target) else {}
    if redirected.is_folder(target) and not (redirected.is_users(path) and redirected.is_folder(path)):
        return own
    theirs = look(path if redirected.is_users(path) else redirected.read(path))
    folder = os.fsdecode(path)
    gone = {name for name in theirs if redirected.is_removed(Path(folder, os.fsdecode(name)))}
    return {name: found for name, found in theirs.items() if name not in gone} | own


class _Entries:
    """Entries of a folder, as `os.scandir` gives them."""

    def __init__(self, entries: Iterable[os.DirEntry[Any]]) -> None:
        self._entries = iter(list(entries))

    def __iter__(self) -> _Entries:
        return self

    def __next__(self) -> os.DirEntry[Any]:
        return next(self._entries)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is left open."""


def _changes(redirected: Redirected) -> None:
    """Removing, renaming and changing touch what the script itself wrote, and leave the user's files."""
    for name in ("remove", "unlink", "rmdir"):
        _set(name, _removing(redirected, getattr(os, name)))
    for name in ("rename", "replace"):
        _set(name, _renaming(redirected, getattr(os, name)))
    for name in _CHANGING:
        if hasattr(os, name):
            _set(name, _changing(redirected, getattr(os, name)))
    plain_link, plain_symlink = os.link, os.symlink

    def link(source: Any, target: Any, **kwargs: Any) -> None:
        plain_link(redirected.read(source), redirected.write(target), **kwargs)

    def symlink(source: Any, target: Any, *args: Any, dir_fd: int | None = None) -> None:
        plain_symlink(source, redirected.write(_in_folder(target, dir_fd)), *args)

    _set("link", link)
    _set("symlink", symlink)


def _removing(redirected: Redirected, plain: Callable[..., Any]) -> Callable[..., Any]:
    def remove(path: Any, *, dir_fd: int | None = None) -> None:
        path = _in_folder(path, dir_fd)
        found, users = redirected.read(path), redirected.is_users(path)
        if found is not path or not users:
            plain(found)
        if users:
            redirected.remove(path)

    return remove


def _renaming(redirected: Redirected, plain: Callable[..., Any]) -> Callable[..., Any]:
    def rename(
        source: Any, target: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
    ) -> None:
        source, target = _in_folder(source, src_dir_fd), _in_folder(target, dst_dir_fd)
        found, users, to = redirected.read(source), redirected.is_users(source), redirected.write(target)
        if found is not source or not users:
            plain(found, to)
        elif redirected.is_folder(source):
            shutil.copytree(source, to, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, to)
        if users:
            redirected.remove(source)

    return rename


def _changing(redirected: Redirected, plain: Callable[..., Any]) -> Callable[..., Any]:
    def change(path: Any, *args: Any, dir_fd: int | None = None, **kwargs: Any) -> Any:
        path = _in_folder(path, dir_fd)
        found = redirected.read(path)
        return None if found is path and redirected.is_users(path) else plain(found, *args, **kwargs)

    return change


def _questions(redirected: Redirected) -> None:
    """Whether a file is there, how large it is: asked of the written one where there is one."""
    for name in _ASKING:
        if hasattr(os, name):
            _set(name, _asking(redirected, getattr(os, name)))

    def exists(path: Any) -> bool:
        try:
            os.stat(path)  # noqa: PTH116 (it may be a descriptor)
        except (OSError, ValueError):
            return False
        return True

    os.path.exists = exists


def _asking(redirected: Redirected, plain: Callable[..., Any]) -> Callable[..., Any]:
    def ask(path: Any, *args: Any, dir_fd: int | None = None, **kwargs: Any) -> Any:
        return plain(redirected.read(_in_folder(path, dir_fd)), *args, **kwargs)

    return ask


def _in_folder(path: Any, descriptor: int | None) -> Any:
    """A path in a folder that was opened, as an absolute one."""
    if descriptor is None:
        return path
    if sys.platform == "darwin":
        import fcntl

        folder = fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0")
        return Path(os.fsdecode(folder), os.fsdecode(path))
    return Path(_plain_readlink(f"/proc/self/fd/{descriptor}"), os.fsdecode(path))


def _set(name: str, function: Callable[..., Any]) -> None:
    """Another function of the os module, which can all that its forerunner could."""
    plain = getattr(os, name)
    for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if plain in able:
            able.add(function)
    setattr(os, name, function)
