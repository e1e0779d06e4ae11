"""What a network would gain over a linear model: measured in seconds, on a sample, before any training."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitreous.data.types import Data
from vitreous.training import baselines
from vitreous.training.metrics import bootstrap, wilson

Array = NDArray[Any]
ROWS = 2_000
MOST_COLUMNS = 1_024
LEAST_ROWS = 20
FOLDS = 3
SECONDS = 10.0  # for everything; what does not fit is left out, and said
NETWORK = {"hidden": [128, 64]}
STEPS, BATCH, EPOCHS = 800, 32, 100


@dataclass(frozen=True)
class Score:
    """One model's figure over all folds, every row predicted by a model that never saw it.

    Attributes:
        model: What it is.
        value: Accuracy, or the root of the mean squared error over the target's deviation.
        low: Lower end of its 95% interval.
        high: Upper end.
        seconds: For all folds.
    """

    model: str
    value: float
    low: float
    high: float
    seconds: float


@dataclass(frozen=True)
class Gain:
    """A small network against a linear model, row by row.

    Attributes:
        metric: "accuracy" or "relative error" (0: perfect, 1: always the mean).
        scores: The linear model, boosted trees where they fitted in the time, the network.
        difference: How much better the network is: in accuracy, or as a share of the error.
        low: Lower end of the 95% interval of that, over the same rows.
        high: Upper end.
        rows: How many were predicted.
        folds: Of the cross-validation.
        best: The simplest model that is not measurably worse than the best.
    """

    metric: str
    scores: tuple[Score, ...]
    difference: float
    low: float
    high: float
    rows: int
    folds: int
    best: str

    @property
    def text(self) -> str:
        """The gain in one sentence."""
        low, high, middle = (100 * value for value in (self.low, self.high, self.difference))
        unit = " points of accuracy against"
        if self.metric != "accuracy":
            low, high, middle, unit = -high, -low, -middle, "% error (less is better) against"
        sure = "" if self.low > 0 or self.high < 0 else "; it may be none"
        return (
            f"{middle:+.1f}{unit} the {self.scores[0].model} (95% interval {low:+.1f} to {high:+.1f}{sure}), "
            f"by {self.folds}-fold cross-validation on {self.rows:,} training rows."
        )


def measure_gain(data: Data) -> Gain | str:
    """Cross-validates a linear model, boosted trees and a small network on up to 2,000 training rows.

    Returns:
        The gain, or why it cannot be measured.
    """
    width, task = int(np.prod(data.input.shape)), data.task
    if data.input.kind not in ("features", "image") or task.kind not in (
        "binary",
        "multiclass",
        "regression",
    ):
        return (
            f"not measured: nothing quick tells for {task.kind} on {data.input.kind}; see `vitreous compare`."
        )
    if width > MOST_COLUMNS:
        return (
            f"not measured: {width:,} columns are too many for a quick one; `vitreous compare` trains both."
        )
    x, y, _ = baselines.sample(data.train, ROWS)
    folds = _folds(y, classifies=task.is_classification)
    if len(y) < LEAST_ROWS or folds < 2:
        return f"not measured: {len(y)} training rows are too few to hold some out."
    name, linear = baselines.linear_model(data)
    network = _network(data)
    started, found = time.perf_counter(), {}
    found[name] = _cross_validate(linear, x, y, folds, task.is_classification)
    found["small network"] = _cross_validate(network, x, y, folds, task.is_classification)
    # A hundred trees a class and fold: what each costs at least, and for its cells.
    trained = folds * (task.outputs if task.kind == "multiclass" else 1)
    cost = trained * (0.1 + 2e-6 * len(y) * width)
    if time.perf_counter() - started + cost < SECONDS and width <= baselines.TREE_COLUMNS:
        trees = _cross_validate(baselines.boosted_trees(data), x, y, folds, task.is_classification)
        found = {name: found[name], "boosted trees": trees, "small network": found["small network"]}
    return _gain(name, found, y, folds, task.is_classification)


def _network(data: Data) -> Any:
    from vitreous.training.estimators import Classifier, Regressor

    rows = max(1, min(ROWS, len(data.train)) * (FOLDS - 1) // FOLDS)
    options: dict[str, Any] = {"options": NETWORK, "random_state": 0, "device": "cpu", "batch_size": BATCH}
    options |= {"epochs": max(1, min(EPOCHS, STEPS * BATCH // rows)), "lr": 5e-3, "weight_decay": 1.0}
    options["settings"] = {"train.time_limit": SECONDS / FOLDS}  # only on a very slow machine
    return Classifier("mlp", **options) if data.task.is_classification else Regressor("mlp", **options)


def _folds(y: Array, *, classifies: bool) -> int:
    least = int(np.unique(y, return_counts=True)[1].min()) if classifies and len(y) else len(y)
    return min(FOLDS, least)


def _cross_validate(model: Any, x: Array, y: Array, folds: int, classifies: bool) -> tuple[Array, float]:
    """Each row's error (0 or 1, or squared), predicted from the other folds; and the seconds it took."""
    from sklearn.base import clone
    from sklearn.model_selection import KFold, StratifiedKFold

    splitter = (StratifiedKFold if classifies else KFold)(folds, shuffle=True, random_state=0)
    start, error = time.perf_counter(), np.zeros(len(y))
    for train, test in splitter.split(x, y):
        predicted = clone(model).fit(x[train], y[train]).predict(x[test])
        miss = (
            predicted != y[test]
            if classifies
            else ((predicted - y[test]) ** 2).reshape(len(test), -1).mean(1)
        )
        error[test] = miss
    return error, time.perf_counter() - start


def _gain(linear: str, found: dict[str, tuple[Array, float]], y: Array, folds: int, classifies: bool) -> Gain:
    spread = float(np.sqrt(y.reshape(len(y), -1).var(0).mean())) or 1.0

    def score(name: str, error: Array, seconds: float) -> Score:
        if classifies:
            right = float(len(error) - error.sum())
            return Score(name, right / len(error), *wilson(right, len(error)), seconds)
        value = float(np.sqrt(error.mean())) / spread
        return Score(name, value, *bootstrap(lambda e: float(np.sqrt(e.mean())) / spread, error), seconds)

    def better(one: Array, other: Array) -> float:
        """How much better the second is than the first."""
        if classifies:
            return float(one.mean() - other.mean())
        return float(1 - np.sqrt(other.mean() / max(one.mean(), 1e-300)))

    base, network = found[linear][0], found["small network"][0]
    low, high = bootstrap(better, base, network)
    winner = min(found, key=lambda name: found[name][0].mean())
    best = next(
        name
        for name in found
        if name == winner or bootstrap(better, found[name][0], found[winner][0])[0] <= 0
    )
    scores = tuple(score(name, error, seconds) for name, (error, seconds) in found.items())
    metric = "accuracy" if classifies else "relative error"
    return Gain(metric, scores, better(base, network), low, high, len(y), folds, best)
