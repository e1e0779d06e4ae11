"""A finished run's files and their hashes: what has changed since is said, never used silently."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vitreous import files
from vitreous.errors import RunError, VitreousError

MANIFEST = "manifest.json"
RESULT = "result.json"
WATCHED = ("recipe.toml", "preprocessing.json", "model.safetensors")


def write(folder: Path, result: dict[str, Any]) -> None:
    """Finishes a run: the hashes of its files, and last of all the result, which makes it a finished one."""
    text = files.json_text(result)
    hashes = {name: files.sha256(folder / name) for name in WATCHED}
    hashes[RESULT] = hashlib.sha256(text.encode("utf-8")).hexdigest()
    files.write_json(folder / MANIFEST, hashes)
    files.write_atomic(folder / RESULT, text)


def check(folder: Path, name: str) -> None:
    """Raises RunError when a file of a finished run is not as it was written."""
    if name not in (*WATCHED, RESULT) or not (folder / MANIFEST).is_file() or not (folder / RESULT).is_file():
        return
    try:
        hashes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(hashes, dict):
            raise ValueError(f"it holds a {type(hashes).__name__}")
        found = files.sha256(folder / name) if (folder / name).is_file() else None
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{MANIFEST} cannot be read: {error}.", where=str(folder)) from None
    if found is not None and hashes.get(name) != found:
        raise RunError(
            f"{name} has changed since the run was finished.", where=str(folder),
            hint=f"Put it back, or delete {MANIFEST} if the change is meant.",
        )  # fmt: skip


@contextmanager
def doubted(folder: Path) -> Iterator[None]:
    """Blames the run's files for what goes wrong with them, unless their hashes say that they are as written.

    Raises:
        RunError: in place of any error that values of the wrong kind or size lead to.
    """
    try:
        yield
    except VitreousError:
        raise
    except Exception as error:
        if (folder / MANIFEST).is_file():
            raise
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise RunError(
            f"The run's files do not fit each other or the inputs: {type(error).__name__} {reason}".rstrip()
            + ".",
            where=str(folder),
        ) from error
