"""Writing so that a crash leaves the old file or the new one, never a mix.

New content goes beside its place, is flushed to the disk and then renamed; the folder is flushed
too, or the rename itself could be lost.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

TEMPORARY = ".tmp-"


def write_atomic(path: Path, content: str | bytes) -> None:
    """Replaces a file's content in one step; raises OSError and leaves the old file on failure."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Replaces a JSON file in one step; not-a-number becomes null, as JSON has none."""
    write_atomic(path, json_text(value))


def json_text(value: Any) -> str:
    """The text that ``write_json`` writes."""
    return json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """Values JSON can hold: NumPy and torch scalars as numbers, NaN and infinity as null."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def sync_file(path: Path) -> None:
    """Flushes a file that someone else wrote to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Flushes a folder's entries to the disk, where the system can."""
    if os.name == "posix":
        sync_file(path)


def link_or_copy(source: Path, target: Path) -> None:
    """Gives a file a second name without writing it again where the file system can."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync_file(target)


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
