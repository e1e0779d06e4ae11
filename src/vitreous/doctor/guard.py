"""Keeps what a watched script would do to the world out of it: files, network, windows, questions.

Files that it writes go to a folder of their own, and are read from there again; everything else is read where it
lies. This is a courtesy to the user's files, no wall against a hostile program: the script is the user's own.
"""

from __future__ import annotations

import builtins
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vitreous.doctor import redirected as files
from vitreous.doctor.redirected import Redirected


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
    files.install(redirected)
    _libraries(redirected)
    builtins.input = _no_input
    if not network:
        _no_network()


def _libraries(redirected: Redirected) -> None:
    """Libraries that write below Python, or that have kept Python's own functions."""
    _torch(redirected)
    _safetensors(redirected)
    _sqlite(redirected)
    for name, kept in (("tarfile", "bltn_open"), ("bz2", "_builtin_open")):
        if name in sys.modules:
            setattr(sys.modules[name], kept, open)
    numpy = sys.modules.get("numpy.lib._datasource")
    if numpy is not None:
        numpy._file_openers._file_openers[None] = open


def _torch(redirected: Redirected) -> None:
    import torch

    scripted: Any = torch.jit.RecursiveScriptModule  # type: ignore[attr-defined]
    plain, plain_script, plain_load = torch.save, scripted.save, torch.jit.load

    def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> None:
        plain(obj, redirected.write(f), *args, **kwargs)

    def save_script(self: Any, f: Any, **kwargs: Any) -> None:
        plain_script(self, redirected.write(f), **kwargs)

    def load_script(f: Any, *args: Any, **kwargs: Any) -> Any:
        return plain_load(redirected.read(f), *args, **kwargs)  # type: ignore[no-untyped-call]

    torch.save = save
    torch.serialization.save = save
    scripted.save = torch.jit.ScriptModule.save = save_script  # type: ignore[attr-defined]
    torch.jit.load = load_script


def _safetensors(redirected: Redirected) -> None:
    import safetensors

    plain_write, plain_open = safetensors.serialize_file, safetensors.safe_open

    def serialize_file(tensors: Any, filename: Any, *args: Any, **kwargs: Any) -> None:
        plain_write(tensors, redirected.write(filename), *args, **kwargs)

    def safe_open(filename: Any, *args: Any, **kwargs: Any) -> Any:
        return plain_open(redirected.read(filename), *args, **kwargs)

    for name, function in (("serialize_file", serialize_file), ("safe_open", safe_open)):
        for module in ("safetensors", "safetensors.torch", "safetensors.numpy"):
            if hasattr(sys.modules.get(module), name):
                setattr(sys.modules[module], name, function)


def _sqlite(redirected: Redirected) -> None:
    try:
        import sqlite3
    except ImportError:  # Python can be built without it
        return
    plain = sqlite3.connect

    def connect(database: Any, *args: Any, **kwargs: Any) -> Any:
        in_memory = isinstance(database, str) and database.startswith((":memory:", "file:"))
        target = database if in_memory else redirected.write(database)
        if target is not database:
            files.bring(redirected, database, target)
        return plain(target, *args, **kwargs)

    sqlite3.connect = sqlite3.dbapi2.connect = connect


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
