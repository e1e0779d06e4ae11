"""Files that look writes: whole or not at all, and said where they cannot be."""

from __future__ import annotations

from pathlib import Path

from vitreous import files
from vitreous.errors import UsageError, VitreousError


def write(path: Path, content: str | bytes, what: str) -> Path:
    """Writes a file.

    Args:
        path: Where to.
        content: All of it.
        what: What it is, for the error: "the page".

    Raises:
        UsageError: when the path is a folder.
        VitreousError: when the file cannot be written.
    """
    if path.is_dir() or not path.name:
        raise UsageError(
            "expected a file to write; it is a folder.", where=str(path), hint="Name a file in it."
        )
    try:
        files.write_atomic(path, content)
    except OSError as error:
        raise VitreousError(
            f"{what} could not be written: {error.strerror or error}.", where=str(path)
        ) from error
    return path
