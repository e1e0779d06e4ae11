"""Runs side by side: what they reached, and which settings they differ in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous.report import values
from vitreous.training import environment
from vitreous.training.recipe import flatten
from vitreous.training.run import Run

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass
class SideBySide:
    """Runs that exist, compared; prints as tables with `rich`.

    Attributes:
        folders: The runs.
        results: The ``result.json`` of each.
        settings: Settings that are not the same in all of them, by dotted name: a value for each run.
        same_data: Whether all were trained on the same data.
    """

    folders: list[Path]
    results: list[dict[str, Any]]
    settings: dict[str, list[Any]]
    same_data: bool

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {
            "runs": [str(folder) for folder in self.folders], "results": self.results,
            "settings": self.settings, "same_data": self.same_data,
        }  # fmt: skip

    def __rich__(self) -> RenderableType:
        from rich.box import SIMPLE_HEAD
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        from vitreous import report

        parts: list[RenderableType] = [report.comparison(self.folders)]
        if not self.same_data:
            parts.append(Text("They were trained on different data: their figures are of different tests."))
        if not self.settings:
            return Group(*parts, Text("Their recipes are the same."))
        table = Table("setting", box=SIMPLE_HEAD, pad_edge=False)
        for folder in self.folders:
            table.add_column(values.text(folder.resolve().name, 60), overflow="fold")
        for name, each in self.settings.items():
            table.add_row(name, *(Text(_shown(value)) for value in each))
        return Group(*parts, table)


def side_by_side(folders: Sequence[str | Path]) -> SideBySide:
    """Compares runs by their files alone; nothing is trained.

    Raises:
        RunError: where a folder holds no run.
    """
    runs = [Run(folder) for folder in folders]
    recipes = [flatten(run.recipe.to_tree(defaults=True)) for run in runs]
    names = sorted({name for recipe in recipes for name in recipe})
    each = {name: [recipe.get(name) for recipe in recipes] for name in names}
    prints = {environment.fingerprint(run.folder / "environment.json") for run in runs}
    return SideBySide(
        folders=[run.folder for run in runs],
        results=[run.result for run in runs],
        settings={name: found for name, found in each.items() if any(value != found[0] for value in found)},
        same_data=len(prints) == 1,
    )


def _shown(value: Any) -> str:
    return "–" if value is None else values.text(value, 80)
