"""The contenders of `bench.doctor_peers`: one tool a file, run as ``python -m bench.peers.doctor.NAME SCRIPT``.

Each file says the tool's ``PACKAGE``, which fault of the catalogue each of its ``RULES`` could fairly mean, and
how its own documentation has it put into a training loop. It imports the tool only when it runs.
"""

from __future__ import annotations

import pkgutil


def names() -> list[str]:
    """Every contender, by listing the package."""
    return [info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_")]
