"""Where and on what a run was trained: ``environment.json``."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

import torch

from vitreous.data.types import Data
from vitreous.errors import RunError
from vitreous.training.recipe import Recipe


def describe(recipe: Recipe, data: Data) -> dict[str, str]:
    """Versions, machine, threads, command and the data's fingerprint."""
    from vitreous import __version__

    return {
        "vitreous": __version__, "torch": torch.__version__, "python": platform.python_version(),
        "platform": platform.platform(), "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()), "threads": str(recipe.train.threads), "device": recipe.train.device,
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]), "data fingerprint": data.fingerprint,
    }  # fmt: skip


def fingerprint(environment: Path) -> str | None:
    """Of the data that the run began with."""
    try:
        value = json.loads(environment.read_text(encoding="utf-8"))
        found: str | None = value.get("data fingerprint")
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise RunError(
            f"environment.json cannot be read: {error}.", where=str(environment.parent),
            hint="Delete it to go on without knowing whether the data are the same.",
        ) from None  # fmt: skip
    return found
