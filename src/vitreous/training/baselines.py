"""What a network must beat: the majority, a linear model, boosted trees; on the very same split.

Their implementations are scikit-learn's, with its defaults. On many rows they learn from a sample,
which their line says: an honest baseline in seconds is worth more than a perfect one nobody waits for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from vitreous.data.types import Data, Examples
from vitreous.training import metrics
from vitreous.training.evaluate import own_units

Array = NDArray[Any]
ROWS = 20_000
TEST_ROWS = 20_000
CELLS = 8_000_000  # rows · columns a linear model learns from: a few seconds
TREE_COLUMNS = 128  # boosted trees on raw pixels are slow and no baseline anyone uses


@dataclass
class Baseline:
    """A simple model's figures on the test split.

    Attributes:
        name: What it is.
        parameters: Numbers it learned; None where counting makes no sense.
        seconds: To fit and to predict.
        metrics: As for the network.
        note: What it was given, where that was not everything.
    """

    name: str
    parameters: int | None
    seconds: float
    metrics: dict[str, float] = field(default_factory=dict)
    note: str = ""


def run_baselines(data: Data) -> Iterator[Baseline]:
    """Each baseline that the task has, as it finishes; none where there is no test split."""
    if data.test is None or not len(data.test):
        return
    kind = data.task.kind
    if kind == "next-token":
        yield from _language(data)
    elif kind in ("reconstruction", "tagging"):
        return
    elif data.input.kind == "tokens":
        yield from _texts(data)
    elif kind == "forecast":
        yield from _forecasts(data)
    else:
        yield from _vectors(data)


def _vectors(data: Data) -> Iterator[Baseline]:
    """Tables, arrays and images, each example one vector."""
    width = int(np.prod(data.input.shape))
    rows = min(ROWS, max(1000, CELLS // max(width, 1)))
    x, y, note = sample(data.train, rows)
    x_test, y_test, _ = sample(data.test, TEST_ROWS)
    classifies = data.task.is_classification
    yield _timed(
        "always the most frequent class" if classifies else "always the mean",
        1,
        "",
        _constant(y, classifies),
        x,
        y,
        x_test,
        y_test,
        data,
    )
    linear, trees = linear_model(data), boosted_trees(data)
    yield _timed(linear[0], None, note, linear[1], x, y, x_test, y_test, data)
    if width <= TREE_COLUMNS:
        yield _timed("boosted trees", None, note, trees, x, y, x_test, y_test, data)


def _timed(
    name: str, parameters: int | None, note: str, model: Any,
    x: Array, y: Array, x_test: Array, y_test: Array, data: Data,
) -> Baseline:  # fmt: skip
    start = time.perf_counter()
    model.fit(x, y)
    found = _score(model, x_test, y_test, data)
    inner = model[-1] if hasattr(model, "steps") else model
    if hasattr(inner, "coef_"):
        parameters = int(np.size(inner.coef_) + np.size(inner.intercept_))
    return Baseline(name, parameters, time.perf_counter() - start, found, note)


def _score(model: Any, x: Array, y: Array, data: Data) -> dict[str, float]:
    task = data.task
    if task.is_classification:
        probability = np.zeros((len(y), max(2, task.outputs)))
        for column, number in enumerate(model.classes_):
            probability[:, int(number)] = model.predict_proba(x)[:, column]
        probability = np.clip(probability, 1e-15, None)
        found = metrics.classification(probability, y)
        found["loss"] = float(-np.log(probability[np.arange(len(y)), y] / probability.sum(1)).mean())
        return found
    if task.kind == "multilabel":
        return metrics.multilabel(np.asarray(model.predict(x), dtype=np.float64).reshape(y.shape), y)
    predicted = np.asarray(model.predict(x), dtype=np.float32).reshape(len(y), -1)
    units = data.preprocessing
    return metrics.regression(
        own_units(torch.from_numpy(predicted), units),
        own_units(torch.from_numpy(y.reshape(predicted.shape)), units),
    )


def _constant(y: Array, classifies: bool) -> Any:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    return DummyClassifier(strategy="prior") if classifies else DummyRegressor()


def linear_model(data: Data) -> tuple[str, Any]:
    """Name and unfitted scikit-learn model: logistic or ridge regression on standardized columns."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if data.task.is_classification:
        return "logistic regression", make_pipeline(
            StandardScaler(), _quiet(LogisticRegression(max_iter=200))
        )
    if data.task.kind == "multilabel":
        return "logistic regression", MultiOutputClassifier(_quiet(LogisticRegression(max_iter=200)))
    return "linear regression", make_pipeline(StandardScaler(), Ridge(alpha=1.0))


def boosted_trees(data: Data) -> Any:
    """Unfitted histogram gradient boosting, one for each of several targets."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor

    if data.task.is_classification:
        return HistGradientBoostingClassifier(random_state=0)
    if data.task.kind == "multilabel":
        return MultiOutputClassifier(HistGradientBoostingClassifier(random_state=0))
    trees = HistGradientBoostingRegressor(random_state=0)
    return trees if data.task.outputs == 1 else MultiOutputRegressor(trees)


def _quiet(model: Any) -> Any:
    """The same model, whose fit does not warn that 200 iterations were not enough."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    fit: Callable[..., Any] = type(model).fit

    class Quiet(type(model)):  # type: ignore[misc]
        def fit(self, *args: Any, **kwargs: Any) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                return fit(self, *args, **kwargs)

    model.__class__ = Quiet
    return model


def _texts(data: Data) -> Iterator[Baseline]:
    """TF-IDF over words and pairs of words, and a linear model on it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline

    rows = _rows(data.train, ROWS)
    test_rows = _rows(data.test, TEST_ROWS)
    assert data.test is not None
    texts, y = [str(t) for t in data.train.raw(rows)], data.train.take(rows)[1].numpy()
    test_texts, y_test = [str(t) for t in data.test.raw(test_rows)], data.test.take(test_rows)[1].numpy()
    if data.task.is_classification:
        y, y_test = y.astype(np.int64), y_test.astype(np.int64)
    note = "" if len(rows) == len(data.train) else f"on {len(rows):,} of {len(data.train):,} texts"
    classifies = data.task.is_classification
    common = _constant(y, classifies)
    empty, empty_test = np.zeros((len(y), 1)), np.zeros((len(y_test), 1))
    yield _timed(
        "always the most frequent class" if classifies else "always the mean",
        1,
        "",
        common,
        empty,
        y,
        empty_test,
        y_test,
        data,
    )
    linear = _quiet(LogisticRegression(C=10, max_iter=200)) if classifies else Ridge()
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), linear)
    name = "TF-IDF + logistic regression" if classifies else "TF-IDF + linear regression"
    yield _timed(
        name,
        None,
        note,
        model,
        np.array(texts, dtype=object),
        y,
        np.array(test_texts, dtype=object),
        y_test,
        data,
    )


def _forecasts(data: Data) -> Iterator[Baseline]:
    """The last value again, the last season again, and a linear model on the window."""
    x, y, note = sample(data.train, ROWS, flatten=False)
    x_test, y_test, _ = sample(data.test, TEST_ROWS, flatten=False)
    yield _Shifted.baseline("the last value again", x_test, y_test, 1, data)
    for season in (24, 7, 12):
        if season <= x.shape[1] and data.task.outputs >= season // 2:
            yield _Shifted.baseline(f"the value {season} steps before", x_test, y_test, season, data)
            break
    name, model = linear_model(data)
    yield _timed(
        name, None, note, model, x.reshape(len(x), -1), y, x_test.reshape(len(x_test), -1), y_test, data
    )


class _Shifted:
    """Repeats the last ``season`` values of the target's own past, the first column of the window."""

    @staticmethod
    def baseline(name: str, x: Array, y: Array, season: int, data: Data) -> Baseline:
        start = time.perf_counter()
        steps = np.arange(y.shape[1]) % season
        predicted = x[:, x.shape[1] - season + steps, 0].astype(np.float32)
        units = data.preprocessing
        found = metrics.regression(
            own_units(torch.from_numpy(predicted), units), own_units(torch.from_numpy(y), units)
        )
        return Baseline(name, 0, time.perf_counter() - start, found)


def _language(data: Data) -> Iterator[Baseline]:
    """Counts of tokens, and of tokens behind each token, smoothed; the loss in nats."""
    from vitreous.data.types import BatchPlan

    assert data.test is not None
    size = data.task.outputs
    if size > 4096:
        return
    start = time.perf_counter()
    pairs = np.zeros((size, size))
    for x, y in data.train.batches(BatchPlan(256)):
        assert isinstance(x, torch.Tensor)
        flat = x.long().flatten() * size + y.long().flatten()
        pairs += torch.bincount(flat, minlength=size * size).reshape(size, size).numpy()
    single = pairs.sum(0) + 1
    unigram = np.log(single / single.sum())
    bigram = np.log((pairs + single / single.sum()) / (pairs.sum(1, keepdims=True) + 1))
    seconds = time.perf_counter() - start
    totals = np.zeros(2)
    tokens = 0
    for x, y in data.test.batches(BatchPlan(256)):
        assert isinstance(x, torch.Tensor)
        before, after = x.long().flatten().numpy(), y.long().flatten().numpy()
        totals -= unigram[after].sum(), bigram[before, after].sum()
        tokens += len(after)
    for name, total, parameters in zip(
        ("token frequencies", "pairs of tokens"), totals, (size, size * size), strict=True
    ):
        loss = float(total / max(tokens, 1))
        yield Baseline(name, parameters, seconds, {"loss": loss, "perplexity": float(np.exp(loss))})


def _rows(examples: Examples | None, most: int) -> list[int]:
    count = len(examples) if examples is not None else 0
    if count <= most:
        return list(range(count))
    return sorted(np.random.default_rng(0).choice(count, most, replace=False).tolist())


def sample(examples: Examples | None, most: int, *, flatten: bool = True) -> tuple[Array, Array, str]:
    """Up to ``most`` rows as NumPy, and a note where that is not all of them."""
    assert examples is not None
    rows = _rows(examples, most)
    inputs, targets = examples.take(rows)
    first = inputs[0] if isinstance(inputs, tuple) else inputs
    x = first.float().cpu().numpy()
    y = targets.cpu().numpy()
    if y.ndim == 1:
        y = y.astype(np.int64) if not np.any(y % 1) else y
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    note = "" if len(rows) == len(examples) else f"on {len(rows):,} of {len(examples):,} rows"
    return x.reshape(len(x), -1) if flatten else x, y, note


def verdict(kind: str, ours: dict[str, float], baselines: list[Baseline]) -> str:
    """A plain sentence on whether the network was the right tool.

    Args:
        kind: The task's kind.
        ours: The network's metrics on the test split.
        baselines: The others' on the same.
    """
    name, more_is_better = metrics.HEADLINE.get(kind, ("loss", False))
    rivals = [b for b in baselines if name in b.metrics]
    if not rivals or name not in ours:
        return ""
    best = (max if more_is_better else min)(rivals, key=lambda b: b.metrics[name])
    mine, theirs = ours[name], best.metrics[name]
    shown, other = _shown(name, mine), _shown(name, theirs)
    low, high = ours.get(f"{name}.low", mine), ours.get(f"{name}.high", mine)
    their_low, their_high = best.metrics.get(f"{name}.low", theirs), best.metrics.get(f"{name}.high", theirs)
    if low <= their_high and their_low <= high:
        return (
            f"The network ({shown}) and {best.name} ({other}) cannot be told apart on this test set: "
            "take the simpler one, or test on more examples."
        )
    if (mine > theirs) == more_is_better:
        return f"The network is the better tool here: {name} {shown}, against {other} of {best.name}."
    return f"A network is not the right tool here: {best.name} reaches {name} {other}, the network {shown}."


def _shown(name: str, value: float) -> str:
    return f"{100 * value:.1f}%" if name == "accuracy" else f"{value:.4g}"
