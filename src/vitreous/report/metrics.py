"""Which number a run is judged by, and the same number of the baselines beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vitreous.report import numbers, values
from vitreous.report.run_files import RunFiles

_BY_TASK = {
    "binary": ("accuracy", "roc_auc"),
    "multiclass": ("accuracy", "macro_f1"),
    "multilabel": ("macro_f1", "micro_f1", "f1", "accuracy"),
    "regression": ("rmse", "mae", "r2"),
    "forecast": ("rmse", "mae", "r2"),
    "tagging": ("accuracy", "macro_f1"),
    "next-token": ("perplexity", "bits_per_token", "loss"),
    "reconstruction": ("rmse", "mse", "loss"),
}
_ANY_TASK = ("accuracy", "rmse", "perplexity", "macro_f1", "mae", "r2", "roc_auc", "bits_per_token", "loss")
SPLITS = ("test", "validation", "train")


@dataclass(frozen=True)
class Score:
    """One value of the headline metric.

    Attributes:
        who: "this network" or the baseline's name.
        value: The metric.
        low: The interval's lower end, if there is one.
        high: The interval's upper end, if there is one.
        parameters: How many the model has.
        seconds: What training it took.
        note: What to know about it.
    """

    who: str
    value: float
    low: float | None = None
    high: float | None = None
    parameters: object = None
    seconds: object = None
    note: str = ""


@dataclass(frozen=True)
class Headline:
    """The number a run is judged by.

    Attributes:
        metric: Its name, without the split.
        split: The examples it was measured on.
        ours: Its value and interval.
        baselines: The same number of the baselines, best first.
    """

    metric: str
    split: str
    ours: Score
    baselines: tuple[Score, ...] = ()

    @property
    def scores(self) -> tuple[Score, ...]:
        """Ours first, then the baselines."""
        return (self.ours, *self.baselines)


def candidates(task: str) -> tuple[str, ...]:
    """The metrics a task can be judged by, the best first."""
    return tuple(dict.fromkeys((*_BY_TASK.get(task, ()), *_ANY_TASK)))


def headline(run: RunFiles) -> Headline | None:
    """The headline of a run: on the test split if there is one; None if no file has a metric."""
    sources = [run.result, *reversed(run.history[-1:])]
    for source in sources:
        for split in SPLITS:
            for name in candidates(run.task):
                value = values.number(source.get(f"{split}.{name}"))
                if value is not None:
                    ours = _score("this network", source, f"{split}.{name}", run.result)
                    return Headline(name, split, ours, tuple(_baselines(run.evaluation, name)))
    return None


def of_split(source: Mapping[str, Any], split: str) -> Iterable[tuple[str, float]]:
    """The metrics of one split by short name, interval ends left out."""
    for key, value in source.items():
        prefix, _, name = key.partition(".")
        exact = values.number(value)
        if prefix == split and name and exact is not None and not name.endswith((".low", ".high")):
            yield name, exact


def _score(who: str, source: Mapping[str, Any], key: str, about: Mapping[str, Any], note: str = "") -> Score:
    return Score(
        who,
        values.number(source.get(key)) or 0.0,
        values.number(source.get(f"{key}.low")),
        values.number(source.get(f"{key}.high")),
        about.get("parameters"),
        about.get("seconds"),
        note,
    )


def _baselines(evaluation: Mapping[str, Any], name: str) -> list[Score]:
    """The baselines that have this metric, best first."""
    found = []
    for baseline in values.mappings(evaluation.get("baselines")):
        measured = values.mapping(baseline.get("metrics"))
        if values.number(measured.get(name)) is not None:
            who = values.text(baseline.get("name"), 60) or "baseline"
            found.append(_score(who, measured, name, baseline, values.text(baseline.get("note"), 120)))
    sign = 1 if numbers.smaller_is_better(name) else -1
    return sorted(found, key=lambda score: sign * score.value)
