"""Whose code a run may load: a network named ``file.py:Class`` is a program, and runs can come from strangers.

A run trained here is remembered with its folder and the name of its network; any other needs the person's
word (``--trust``). Networks of the zoo are not code from a file and need none.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from vitreous import files
from vitreous.errors import RecipeError, RunError
from vitreous.training.recipe import Recipe


def is_code(recipe: Recipe) -> bool:
    """Whether building the network runs a file or package that the recipe names."""
    return ":" in recipe.model.name


def remember(folder: Path, recipe: Recipe) -> None:
    """Notes that the person at this machine named this network for this run."""
    if not is_code(recipe):
        return
    try:
        path = _memory_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_json(path, sorted({*_read(path), _key(folder, recipe)}))
    except OSError:
        pass  # a read-only home only means saying --trust


def check(folder: Path, recipe: Recipe) -> None:
    """Refuses to run a stranger's code.

    Raises:
        RunError: when the run's network is code, and nobody here named it.
    """
    if is_code(recipe) and _key(folder, recipe) not in _read(_memory_file()):
        raise RunError(
            f"Its network is the code {recipe.model.name!r}, and the run was not trained here.",
            where=str(folder),
            hint="If you know that code, say --trust (in Python: Run(folder, trust=True)).",
        )


def check_config(base: Recipe, recipe: Recipe, config: str) -> None:
    """Refuses code that only a config file names.

    Raises:
        RecipeError: when the network is code, and neither the command line nor the call named it.
    """
    if is_code(base) and base.model.name == recipe.model.name:
        raise RecipeError(
            f"It names the code {base.model.name!r} as the network.",
            where=config,
            hint=f"If you know that code, give it yourself: --model {base.model.name}",
        )


def _key(folder: Path, recipe: Recipe) -> str:
    told = json.dumps(
        [str(folder.resolve()), recipe.model.name, recipe.model.options], sort_keys=True, default=str
    )
    return hashlib.sha256(told.encode()).hexdigest()


def _memory_file() -> Path:
    root = os.environ.get("XDG_CACHE_HOME")
    return (Path(root) if root else Path.home() / ".cache") / "vitreous" / "trusted.json"


def _read(path: Path) -> list[str]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
