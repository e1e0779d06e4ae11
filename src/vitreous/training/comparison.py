"""Models side by side: the table, and the sentences that follow from its figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous.report import numbers, values
from vitreous.training.metrics import HEADLINE

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass
class Row:
    """One model of a comparison.

    Attributes:
        model: Its label.
        network: Whether we trained it; the others are scikit-learn's.
        data: The data's name.
        value: The headline metric on the test split, the mean over seeds; None where there is none.
        low: Lower end of its 95% interval.
        high: Upper end.
        parameters: Numbers it learned.
        seconds: To train it, the mean over seeds.
        problem: Why it has no value.
        note: What to know about it.
        metrics: All metrics of the first seed.
        runs: Its run folders.
        each: The headline metric by seed.
    """

    model: str
    network: bool
    data: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    parameters: int | None = None
    seconds: float | None = None
    problem: str = ""
    note: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)
    each: list[float] = field(default_factory=list)

    @property
    def is_linear(self) -> bool:
        """Whether it is a straight line through the inputs."""
        return self.model == "linear" or self.model.endswith("regression")

    @property
    def complexity(self) -> tuple[int, int]:
        """Simple models first: a constant, a line, others of scikit-learn, networks by size."""
        naive = not self.network and self.parameters in (0, 1)
        rank = 0 if naive else (1 + self.network) if self.is_linear else 4 if self.network else 3
        return rank, self.parameters or 0


@dataclass
class Comparison:
    """Models side by side; prints as a table with `rich`.

    Attributes:
        data: The data's name.
        task: The kind of task.
        metric: What they are judged by, on the test split.
        rows: In the order they were trained.
        examples: How many train and test them.
        seeds: How often each was trained, every time on another split that all of them shared.
        folder: Where ``comparison.json`` and the runs lie.
    """

    data: str
    task: str
    metric: str
    rows: list[Row]
    examples: dict[str, int]
    seeds: int
    folder: Path

    @property
    def measured(self) -> list[Row]:
        """Rows with a value, the best first."""
        sign = -1 if HEADLINE[self.task][1] else 1
        return sorted(
            (row for row in self.rows if row.value is not None), key=lambda row: sign * (row.value or 0.0)
        )

    @property
    def recommended(self) -> Row | None:
        """The simplest model that is within the 95% interval of the best."""
        within = [row for row in self.measured if self._reaches(row, self.measured[0])]
        return min(within, key=lambda row: row.complexity) if within else None

    @property
    def linear(self) -> Row | None:
        """The line that networks are measured against: scikit-learn's, else ours."""
        return next((row for row in self.rows if row.is_linear and row.value is not None), None)

    def gain(self, row: Row) -> str:
        """How much better than the linear model: in points for a share, else in percent."""
        line = self.linear
        if line is None or line.value is None or row.value is None:
            return ""
        if numbers.is_share(self.metric):
            return f"{100 * (row.value - line.value):+.1f} points"
        change = (row.value - line.value) / line.value if line.value else 0.0
        return f"{100 * change:+.1f}% {numbers.label(self.metric)}"

    def sentences(self) -> list[str]:
        """What follows from the figures: which to use, what depth brought."""
        chosen = self.recommended
        if chosen is None:
            return ["No model could be measured."]
        best = self.measured[0]
        if chosen is best:
            said = [f"Use {best.model} ({self._shown(best)}): nothing simpler comes within its 95% interval."]
        else:
            said = [
                f"Use {chosen.model} ({self._shown(chosen)}): it is the simplest model within the 95% interval "
                f"of the best, {best.model} ({self._shown(best)})."
            ]
        return [*said, *self._depth(), *self._against_linear()]

    def traits(self) -> list[dict[str, str]]:
        """What a linear model and a network differ in, with the figures of this comparison."""
        line, network = self.linear, self._networks()[-1] if self._networks() else None
        learned = numbers.count(network.parameters) if network else "many"
        weights = numbers.count(line.parameters) if line and line.parameters else "one a column"
        best = min(self._networks(), key=self.measured.index) if self._networks() else None
        gained = f"; here {self.gain(best)}" if best and self.gain(best) else ""
        rows = self.examples.get("train", 0)
        times = [f"{numbers.seconds(row.seconds)} here" if row else "" for row in (line, network)]
        table = [
            ("non-linearity", "straight boundaries only", f"any shape, and interactions{gained}"),
            ("features", "made by hand", "learned from the data"),
            ("interpretability", f"weights can be read ({weights})", f"{learned} weights, explained after the fact"),
            ("scale", f"enough for few rows; {times[0]}", f"gains with more rows ({rows:,} here); {times[1]}"),
        ]  # fmt: skip
        return [
            {"trait": trait, "linear": one.rstrip("; "), "network": other.rstrip("; ")}
            for trait, one, other in table
        ]

    def to_json(self) -> dict[str, Any]:
        """What ``comparison.json`` holds."""
        chosen = self.recommended
        return {
            "data": self.data, "task": self.task, "metric": self.metric, "examples": self.examples, "seeds": self.seeds,
            "rows": [asdict(row) | {"against_linear": self.gain(row)} for row in self.rows],
            "recommended": chosen.model if chosen else None, "sentences": self.sentences(), "traits": self.traits(),
            "folder": str(self.folder),
        }  # fmt: skip

    def __rich__(self) -> RenderableType:
        from rich.box import SIMPLE_HEAD
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        from vitreous import report

        shown = [
            {
                "model": row.model, "parameters": row.parameters, "seconds": row.seconds, "task": self.task,
                f"test.{self.metric}": row.value, f"test.{self.metric}.low": row.low,
                f"test.{self.metric}.high": row.high,
            }
            for row in self.measured
        ]  # fmt: skip
        title = f"{self.data}: {self.examples['train']:,} to train, {self.examples['test']:,} to test"
        parts: list[RenderableType] = (
            [report.comparison(shown, metric=self.metric, title=title)] if shown else []
        )
        parts += [Text(f"- {row.model}: {values.text(row.problem, 300)}") for row in self.rows if row.problem]
        parts += [Text(values.text(sentence, 500)) for sentence in self.sentences()]
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("", "linear model", "network"):
            table.add_column(name, overflow="fold")
        for trait in self.traits():
            table.add_row(*(Text(values.text(cell, 200)) for cell in trait.values()))
        return Group(*parts, table, Text(f"Runs: {values.text(self.folder, 300)}", overflow="fold"))

    def _reaches(self, row: Row, best: Row) -> bool:
        if row.value is None or best.value is None:
            return False
        if HEADLINE[self.task][1]:
            return row.value >= (best.value if best.low is None else best.low)
        return row.value <= (best.value if best.high is None else best.high)

    def _shown(self, row: Row) -> str:
        return numbers.metric(self.metric, row.value)

    def _networks(self) -> list[Row]:
        """Measured networks that are no line, the smallest first."""
        return sorted(
            (r for r in self.measured if r.network and not r.is_linear), key=lambda row: row.complexity
        )

    def _depth(self) -> list[str]:
        networks = self._networks()
        if len(networks) < 2:
            return []
        small = networks[0]
        large = min(networks[1:], key=self.measured.index)
        what = (
            "Deeper"
            if small.model.startswith("mlp") and large.model.startswith("mlp")
            else "A larger network"
        )
        both = f"{large.model} {self._shown(large)}, {small.model} {self._shown(small)}"
        if self.measured.index(small) < self.measured.index(large):
            return [f"{what} did not help: {both}."]
        if self._reaches(small, large):
            return [f"{what} did not help measurably: {both}, within the 95% interval."]
        return [f"{what} helped: {both}."]

    def _against_linear(self) -> list[str]:
        line = self.linear
        gains = [f"{row.model} {self.gain(row)}" for row in self._networks()]
        return [f"Against {line.model} ({self._shown(line)}): {', '.join(gains)}."] if line and gains else []
