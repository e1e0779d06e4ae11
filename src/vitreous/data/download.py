"""Files from public mirrors: checked against a digest before anything else sees them."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from vitreous.errors import DataError

TIMEOUT_SECONDS = 30.0
BLOCK_BYTES = 1 << 20


def download(
    urls: Sequence[str],
    target: Path,
    digest: str,
    *,
    opener: Callable[..., Any] = urlopen,
    most_bytes: int = 1 << 30,
) -> None:
    """Fetches a file from the first mirror that has it whole.

    Args:
        urls: Mirrors, tried in order.
        target: Appears only when all of it has arrived and is what it should be.
        digest: ``"sha256:…"`` or ``"md5:…"``.
        opener: Called as ``opener(url, timeout=…)``.
        most_bytes: More than this is refused.

    Raises:
        DataError: when no mirror gives the file; says why for each.
    """
    failures = []
    for url in urls:
        try:
            _fetch(url, target, digest, opener, most_bytes)
            return
        except (OSError, ValueError) as error:
            failures.append(f"{url}: {error}")
    raise DataError(f"It could not be downloaded ({'; '.join(failures)}).", where=target.name)


def _fetch(url: str, target: Path, digest: str, opener: Callable[..., Any], most_bytes: int) -> None:
    algorithm, _, expected = digest.partition(":")
    hasher = hashlib.new(algorithm, usedforsecurity=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    part = Path(name)
    try:
        with opener(url, timeout=TIMEOUT_SECONDS) as answer, os.fdopen(handle, "wb") as file:
            size = 0
            while block := answer.read(BLOCK_BYTES):
                size += len(block)
                if size > most_bytes:
                    raise ValueError(f"more than {most_bytes} bytes")
                hasher.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if hasher.hexdigest() != expected:
            raise ValueError(f"{algorithm} is {hasher.hexdigest()}, expected {expected}")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
