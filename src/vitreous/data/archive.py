"""Archives of data sets, unpacked by an extractor that trusts nothing the archive says.

Python's own ``extractall`` has a history of escapes, its filters included (CVE-2007-4559,
CVE-2025-4517). Here only regular files are ever written, under names checked part by part, into a
folder that holds no links; how much comes out is metered while it comes out.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import json
import lzma
import os
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from vitreous.errors import DataError

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
COPY_BYTES = 1 << 20
# Beside the data once they are complete: how much they are, so that a damaged cache is noticed.
STAMP = ".complete.json"


@dataclass(frozen=True)
class Limits:
    """What an archive may grow to.

    Attributes:
        files: Most entries.
        total_bytes: Most bytes, unpacked.
        ratio: Most bytes unpacked for each byte of the archive, once ``free_bytes`` are out.
        free_bytes: Unpacked bytes to which the ratio does not apply.
    """

    files: int = 5_000_000
    total_bytes: int = 256 << 30
    ratio: float = 200.0
    free_bytes: int = 64 << 20


def is_archive(path: Path) -> bool:
    """Whether a file's name is that of an archive that can be unpacked."""
    return path.name.lower().endswith(SUFFIXES)


def unpacked(archive: Path, *, cache: Path | None = None, limits: Limits | None = None) -> Path:
    """The folder with an archive's content, unpacked once and kept by the archive's hash.

    Args:
        archive: A zip, or a tar packed by gzip, xz, bzip2 or not at all.
        cache: Where unpacked archives lie; ``~/.cache/vitreous/unpacked`` by default.
        limits: What it may grow to.

    Returns:
        The folder; where the archive holds nothing but one folder, that folder.

    Raises:
        DataError: when the archive is damaged, grows too large or holds anything but plain files
            under plain names. Nothing of it is kept then.
    """
    cache = cache or cache_folder() / "unpacked"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = cache / file_digest(archive)[:32]
    if not _is_complete(folder):
        shutil.rmtree(folder, ignore_errors=True)
        _unpack_beside(archive, folder, limits or Limits())
    return _descend(folder)


def cache_folder() -> Path:
    """Where things that can be made again lie."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vitreous"


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex; raises DataError naming a file that cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"It cannot be read: {error.strerror}.", where=str(path)) from None


def _unpack_beside(archive: Path, folder: Path, limits: Limits) -> None:
    """Unpacks into a private folder and renames it: whoever sees ``folder`` sees all of it."""
    work = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        meter = _Meter(archive, limits)
        for name, file in _entries(archive, meter):
            _write(work / _safe_name(archive, name), file, meter)
        stamp = {"files": meter.files, "bytes": meter.written}
        (work / STAMP).write_text(json.dumps(stamp), encoding="utf-8")
        work.rename(folder)
    except (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError) as error:
        raise DataError(f"The archive is damaged: {error}.", where=str(archive)) from None
    except (OSError, ValueError, RuntimeError, NotImplementedError) as error:
        # Another process may have unpacked the same archive meanwhile; its copy is as good.
        if not _is_complete(folder):
            raise DataError(f"The archive cannot be unpacked: {error}.", where=str(archive)) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Meter:
    """Counts what comes out of an archive and stops it at the limits."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        self.archive = archive
        self.files = 0
        self.written = 0
        self._limits = limits
        allowed = max(limits.free_bytes, limits.ratio * archive.stat().st_size)
        self._allowed = min(allowed, limits.total_bytes)

    def add_file(self) -> None:
        self.files += 1
        if self.files > self._limits.files:
            raise DataError(
                f"The archive holds more than {self._limits.files:,} files.", where=str(self.archive)
            )

    def check(self, count: int) -> None:
        if count > self._allowed:
            raise DataError(
                f"The archive grows to more than {self._allowed:,.0f} bytes, which no honest one of "
                f"{self.archive.stat().st_size:,} bytes does.",
                where=str(self.archive),
                hint="If it is honest, unpack it yourself and give the folder.",
            )


class _MeteredReader:
    """A decompressed stream whose every byte counts, those of tar headers and skipped data too."""

    def __init__(self, file: IO[bytes], meter: _Meter) -> None:
        self._file = file
        self._meter = meter
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._count += len(data)
        self._meter.check(self._count)
        return data


def _entries(archive: Path, meter: _Meter) -> Iterator[tuple[str, IO[bytes]]]:
    """(name, content) of each regular file in turn; folders are skipped, all else is refused."""
    entries = _zip_entries if archive.name.lower().endswith(".zip") else _tar_entries
    for name, kind, file in entries(archive, meter):
        meter.add_file()
        if kind != "folder" and file is None:
            raise DataError(
                f"The archive holds {kind} ({name!r}); only plain files are unpacked.",
                where=str(archive),
                hint="If you trust it, unpack it yourself and give the folder.",
            )
        if file is not None:
            yield name, file


def _zip_entries(archive: Path, meter: _Meter) -> Iterator[tuple[str, str, IO[bytes] | None]]:
    with zipfile.ZipFile(archive) as file:
        for entry in file.infolist():
            mode = stat.S_IFMT(entry.external_attr >> 16)
            if entry.is_dir():
                yield entry.filename, "folder", None
            elif mode not in (0, stat.S_IFREG):
                yield entry.filename, "a link" if mode == stat.S_IFLNK else "a device", None
            elif entry.flag_bits & 1:
                yield entry.filename, "an encrypted file", None
            else:
                with file.open(entry) as content:
                    yield entry.filename, "file", content


def _tar_entries(archive: Path, meter: _Meter) -> Iterator[tuple[str, str, IO[bytes] | None]]:
    openers: dict[str, Any] = {"z": gzip.open, "x": lzma.open, "b": bz2.open}
    name = archive.name.lower()
    packing = next((k for k, ends in _PACKED.items() if name.endswith(ends)), None)
    with (
        openers[packing](archive) if packing else archive.open("rb") as stream,
        # One pass from front to back ("r|"): tar cannot seek past the meter.
        tarfile.open(fileobj=_MeteredReader(stream, meter), mode="r|") as file,  # type: ignore[call-overload]
    ):
        for entry in file:
            if entry.isdir():
                yield entry.name, "folder", None
            elif entry.isreg() and not entry.issparse():
                yield entry.name, "file", file.extractfile(entry)
            else:
                kind = "a link" if entry.issym() or entry.islnk() else "a device or sparse file"
                yield entry.name, kind, None


_PACKED = {"z": (".gz", ".tgz"), "x": (".xz", ".txz"), "b": (".bz2",)}


def _safe_name(archive: Path, name: str) -> PurePosixPath:
    """A name within the folder; raises DataError on any that could lead out of it."""
    path = PurePosixPath(name)
    unsafe = path.is_absolute() or not path.parts or ".." in path.parts
    if unsafe or any(character in name for character in "\\:\0"):
        raise DataError(
            f"The archive holds a file named {name!r}, which could lie outside its folder.",
            where=str(archive),
        )
    return path


def _write(path: Path, content: IO[bytes], meter: _Meter) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # "x": an archive that names a file twice must not depend on which one wins.
    with path.open("xb") as file:
        while data := content.read(COPY_BYTES):
            meter.written += len(data)
            meter.check(meter.written)
            file.write(data)


def _is_complete(folder: Path) -> bool:
    """Whether the folder holds as much as was once unpacked into it."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        sizes = [
            (Path(parent) / name).stat().st_size
            for parent, _, names in os.walk(folder)
            for name in names
            if name != STAMP
        ]
        return bool(stamp["files"] >= len(sizes) and stamp["bytes"] == sum(sizes))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _descend(folder: Path) -> Path:
    """The one folder within, as long as there is nothing else."""
    while True:
        inner = [p for p in folder.iterdir() if not p.name.startswith((".", "__MACOSX"))]
        # A lone "train" is a part of the set, not the folder that holds it.
        if len(inner) != 1 or not inner[0].is_dir() or inner[0].name == "train":
            return folder
        if not any(child.is_dir() for child in inner[0].iterdir()):
            return folder  # a single class: its name must not be lost
        folder = inner[0]
