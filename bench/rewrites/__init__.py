"""The same script, written otherwise: each module rewrites one habit, and what the script computes stays as it was.

A module has `rewrite(script)`, which gives the new text, or None where the script has nothing of the kind; `CHANGES`
names faults that the rewriting would itself change. To add one, add a file.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType


def all_rewrites() -> dict[str, ModuleType]:
    """Every rewriting by name."""
    found = (info.name for info in pkgutil.iter_modules(__path__) if info.name != "script")
    return {name: import_module(f"{__name__}.{name}") for name in found}
