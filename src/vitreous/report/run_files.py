"""A run folder's files, read leniently: what is missing or damaged is empty, and said once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vitreous.errors import RunError
from vitreous.report import values

MOST_RECORDED = 500  # recorded steps that are read; a plot shows no more
MOST_BYTES = 256 * 1024 * 1024


@dataclass
class RunFiles:
    """What is known of a run.

    Attributes:
        folder: Where it lies, as the caller named it.
        recipe: recipe.toml, parsed.
        recipe_text: recipe.toml as it is written.
        environment: environment.json.
        preprocessing: preprocessing.json.
        result: result.json: metrics by dotted name.
        history: history.jsonl, an object an epoch.
        record: record.jsonl, at most `MOST_RECORDED` of the steps, evenly spaced.
        recorded: How many steps record.jsonl has.
        evaluation: evaluation.json.
        problems: A sentence for each file that is there and could not be read.
    """

    folder: Path
    recipe: dict[str, Any] = field(default_factory=dict)
    recipe_text: str = ""
    environment: dict[str, Any] = field(default_factory=dict)
    preprocessing: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    record: list[dict[str, Any]] = field(default_factory=list)
    recorded: int = 0
    evaluation: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def task(self) -> str:
        """The kind of task, empty if no file tells."""
        kind = self.result.get("task") or values.mapping(self.preprocessing.get("task")).get("kind")
        return values.text(kind, 40)

    @property
    def model(self) -> str:
        """The model's name, for titles."""
        name = self.result.get("model") or values.mapping(self.recipe.get("model")).get("name")
        return values.text(name, 80) or "network"

    @property
    def data(self) -> str:
        """The data's name, for titles."""
        name = self.result.get("data") or values.mapping(self.recipe.get("data")).get("source")
        return values.text(name, 80) or "unnamed data"

    @property
    def finished(self) -> bool:
        """Whether training came to its end."""
        return bool(self.result) and self.result.get("status", "finished") == "finished"


def read(folder: Path) -> RunFiles:
    """All that a run folder tells.

    Raises:
        RunError: if there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError(
            "expected a run folder, found none.",
            where=values.text(folder, 300),
            hint="Give the folder that vitreous train printed.",
        )
    run = RunFiles(folder)
    run.recipe_text = _load(run, "recipe.toml", str) or ""
    run.recipe = values.mapping(_load(run, "recipe.toml", tomllib.loads))
    run.environment = values.mapping(_load(run, "environment.json", json.loads))
    run.preprocessing = values.mapping(_load(run, "preprocessing.json", json.loads))
    run.result = values.mapping(_load(run, "result.json", json.loads))
    run.evaluation = values.mapping(_load(run, "evaluation.json", json.loads))
    run.history = _load_lines(run, "history.jsonl", None)[0]
    run.record, run.recorded = _load_lines(run, "record.jsonl", MOST_RECORDED)
    return run


def from_parts(parts: Mapping[str, Any]) -> RunFiles:
    """The same from values in memory.

    Args:
        parts: Either ``{"result": …, "evaluation": …, "history": …, "folder": …}`` or a flat result.
    """
    if not isinstance(parts.get("result"), Mapping):
        parts = {"result": parts, "folder": parts.get("folder", parts.get("run", ""))}
    folder = parts.get("folder") or ""
    return RunFiles(
        Path(folder) if isinstance(folder, str | Path) else Path(),
        recipe=values.mapping(parts.get("recipe")),
        preprocessing=values.mapping(parts.get("preprocessing")),
        result=values.mapping(parts.get("result")),
        history=values.mappings(parts.get("history")),
        evaluation=values.mapping(parts.get("evaluation")),
    )


def _load(run: RunFiles, name: str, parse: Callable[[str], Any]) -> Any:
    """One file parsed; None if it is missing, or unusable, which is noted."""
    path = run.folder / name
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("it is larger than 256 MiB")
        return parse(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError) as error:
        problem = f"{name} could not be read: {values.text(error, 120)}"
        if not any(known.startswith(f"{name} ") for known in run.problems):
            run.problems.append(problem)
        return None


def _load_lines(run: RunFiles, name: str, most: int | None) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects of a file of lines, at most so many, and how many lines there are.

    A last line cut short is what a stopped run leaves: it is left out and not worth a word.
    """
    lines = [line for line in (_load(run, name, str.splitlines) or []) if line.strip()]
    kept = values.evenly(range(len(lines)), most) if most else list(range(len(lines)))
    found: list[dict[str, Any]] = []
    damaged = 0
    for place in kept:
        try:
            found.append(values.mapping(json.loads(lines[place])))
        except (ValueError, RecursionError):
            damaged += place < len(lines) - 1
    if damaged:
        run.problems.append(f"{name} has {damaged} damaged line{'s' * (damaged > 1)}, left out.")
    return [line for line in found if line], len(lines)
