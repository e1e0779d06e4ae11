"""Where the data sets lie: ``VITREOUS_DATA``, else ``../shared/data`` beside the repository."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def find(name: str) -> Path:
    """The file or folder of a data set.

    Raises:
        SystemExit: when it is not there; says where it was looked for.
    """
    folder = Path(os.environ.get("VITREOUS_DATA") or ROOT.parent / "shared" / "data")
    path = folder / name
    if not path.exists():
        raise SystemExit(f"{name} is missing in {folder}. Set VITREOUS_DATA to the folder that holds it.")
    return path
