"""Plain text files, read with the complaints that people can act on."""

from __future__ import annotations

import re
from pathlib import Path

from vitreous.errors import DataError

# Controls that no text has: what is decoded with them was no text, or in another encoding.
_BINARY = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def text_files(path: Path) -> list[Path]:
    """The .txt file itself, or the .txt files below a folder that has no others; else nothing."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".txt" else []
    if not path.is_dir():
        return []
    files = []
    for file in sorted(path.rglob("*")):
        if file.is_dir() or file.name.startswith("."):
            continue
        if file.suffix.lower() != ".txt":
            return []
        files.append(file)
    return files


def read_texts(files: list[Path], most_bytes: float) -> tuple[str, list[str]]:
    """All files as one text, a line between them, and what was noticed.

    Raises:
        DataError: when a file is empty, too large or no text, with the byte where that shows.
    """
    size = sum(file.stat().st_size for file in files)
    if size > most_bytes:
        raise DataError(
            f"{size:,} bytes of text are more than data.memory_gib allows.",
            where=str(files[0].parent),
            hint="Raise data.memory_gib (training needs about eight times the text's size).",
        )
    texts, notes = [], []
    for file in files:
        text, note = read_text(file)
        texts.append(text)
        notes += [note] if note else []
    return "\n".join(texts), notes


def read_text(file: Path) -> tuple[str, str | None]:
    """One file as text with plain line ends, and a note where it was not UTF-8."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"It cannot be read: {error.strerror}.", where=str(file)) from None
    if not data.strip():
        raise DataError("The file is empty.", where=str(file))
    note = None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = data.decode("latin-1")
        note = f"{file.name}: byte {error.start + 1} is not UTF-8, read as Latin-1"
    found = _BINARY.search(text)
    if found:
        at = len(text[: found.start()].encode("latin-1" if note else "utf-8")) + 1
        raise DataError(
            f"Byte {at} is {ord(found[0]):#04x}, which no text has.",
            where=str(file),
            hint="Save it as UTF-8.",
        )
    return text.replace("\r\n", "\n"), note
