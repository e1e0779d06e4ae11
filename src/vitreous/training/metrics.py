"""How good it is, with intervals: metrics by name from outputs and targets.

Accuracies carry Wilson's interval, the others a bootstrap's 95% interval; both tell how much of a
figure is luck of the draw of the test examples. The measures are NumPy's few lines each, since
importing scikit-learn takes longer than many a training; the tests hold them against scikit-learn's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vitreous.data.types import IGNORED_TARGET, Task

Array = NDArray[np.floating[Any]]
Counts = NDArray[np.signedinteger[Any]]
Z95 = 1.959963984540054
BOOTSTRAPS = 500
BOOTSTRAP_ROWS = 20_000  # above this the interval is narrow enough to be taken from a sample of rows
CALIBRATION_BINS = 10

# The metric that stands for a task, and whether more of it is better.
HEADLINE = {
    "binary": ("accuracy", True),
    "multiclass": ("accuracy", True),
    "multilabel": ("accuracy", True),
    "tagging": ("accuracy", True),
    "next-token": ("loss", False),
    "regression": ("rmse", False),
    "forecast": ("rmse", False),
    "reconstruction": ("loss", False),
}


def wilson(right: float, total: float) -> tuple[float, float]:
    """95% interval of a share (Wilson 1927); (0, 1) of nothing."""
    if total == 0:
        return 0.0, 1.0
    share = right / total
    centre = (share + Z95**2 / (2 * total)) / (1 + Z95**2 / total)
    half = Z95 / (1 + Z95**2 / total) * math.sqrt(share * (1 - share) / total + Z95**2 / (4 * total**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def bootstrap(statistic: Callable[..., float], *columns: Array, seed: int = 0) -> tuple[float, float]:
    """95% percentile interval of a statistic over rows drawn with replacement (Efron 1979)."""
    rows = len(columns[0])
    generator = np.random.default_rng(seed)
    kept = generator.permutation(rows)[:BOOTSTRAP_ROWS]
    columns = tuple(column[kept] for column in columns)
    values = []
    for _ in range(BOOTSTRAPS):
        drawn = generator.integers(0, len(kept), len(kept))
        values.append(statistic(*(column[drawn] for column in columns)))
    low, high = np.nanquantile(values, [0.025, 0.975])
    # A sample of the rows gives the interval of that many rows; all of them give a narrower one.
    centre, shrink = statistic(*columns), math.sqrt(len(kept) / rows)
    return float(centre - (centre - low) * shrink), float(centre + (high - centre) * shrink)


@torch.no_grad()
def count_right(outputs: Any, targets: Tensor, task: Task) -> tuple[Tensor, int]:
    """How many predictions are right (0-dim, on the device) and of how many; (0, 0) where nothing is."""
    if task.kind == "multiclass":
        labels = targets.argmax(1) if targets.ndim == 2 else targets
        return (outputs.argmax(1) == labels).sum(), len(targets)
    if task.kind == "binary":
        return ((outputs.reshape(-1) > 0) == (targets.reshape(-1) > 0.5)).sum(), len(targets)
    if task.kind == "multilabel":
        return ((outputs > 0) == (targets > 0.5)).sum(), targets.numel()
    if task.kind in ("tagging", "next-token"):
        kept = targets != IGNORED_TARGET
        return ((outputs.argmax(-1) == targets) & kept).sum(), int(kept.sum())
    return torch.zeros((), dtype=torch.int64), 0


def probabilities(outputs: Tensor, task: Task) -> Array:
    """Logits to probabilities [N, C]; two columns for binary."""
    logits = outputs.double()
    if task.kind == "binary":
        p = torch.sigmoid(logits.reshape(-1))
        return np.stack([1 - p.numpy(), p.numpy()], axis=1)
    return (torch.sigmoid(logits) if task.kind == "multilabel" else torch.softmax(logits, -1)).numpy()


def classification(probability: Array, target: NDArray[np.integer[Any]]) -> dict[str, float]:
    """Accuracy, macro F1, ROC AUC and calibration error, with intervals where they are cheap."""
    predicted = probability.argmax(1)
    right = int((predicted == target).sum())
    low, high = wilson(right, len(target))
    metrics = {
        "accuracy": right / len(target),
        "accuracy.low": low,
        "accuracy.high": high,
        "macro_f1": _macro_f1(*_hits(predicted, target, probability.shape[1])),
        "expected_calibration_error": calibration(probability, target)["expected_calibration_error"],
    }
    classes = probability.shape[1]
    if len(np.unique(target)) == classes and classes <= 50:
        columns = [1] if classes == 2 else range(classes)
        metrics["roc_auc"] = float(np.mean([roc_auc(probability[:, c], target == c) for c in columns]))
    return metrics


def multilabel(probability: Array, target: Array) -> dict[str, float]:
    """Share of labels right, of rows wholly right, and macro F1."""
    predicted = probability > 0.5
    right = predicted == (target > 0.5)
    low, high = wilson(float(right.sum()), right.size)
    return {
        "accuracy": float(right.mean()),
        "accuracy.low": low,
        "accuracy.high": high,
        "exact_match": float(right.all(1).mean()),
        "macro_f1": _macro_f1((predicted & (target > 0.5)).sum(0), predicted.sum(0), (target > 0.5).sum(0)),
    }


def roc_auc(score: Array, positive: NDArray[np.bool_]) -> float:
    """Chance that a positive example scores above a negative one, ties counting half.

    The area under the ROC curve, by ranks (Mann and Whitney 1947); NaN without both kinds.
    """
    _, place, count = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]  # the mean rank of what is equal
    many, few = int(positive.sum()), int((~positive).sum())
    if not many or not few:
        return math.nan
    return float((rank[positive].sum() - many * (many + 1) / 2) / (many * few))


def regression(predicted: Array, target: Array) -> dict[str, float]:
    """RMSE, MAE and R² in the person's own units, [N, K] both; R² is the mean over columns."""
    squared = ((predicted - target) ** 2).mean(1)
    absolute = np.abs(predicted - target).mean(1)
    metrics = {"rmse": math.sqrt(squared.mean()), "mae": float(absolute.mean())}
    metrics["rmse.low"], metrics["rmse.high"] = bootstrap(lambda s: math.sqrt(s.mean()), squared)
    metrics["mae.low"], metrics["mae.high"] = bootstrap(lambda a: float(a.mean()), absolute)
    if len(target) > 1:
        spread = target.var(0)
        scores = 1 - ((predicted - target) ** 2).mean(0)[spread > 0] / spread[spread > 0]
        if scores.size:
            metrics["r2"] = float(scores.mean())
    return metrics


def calibration(probability: Array, target: NDArray[np.integer[Any]]) -> dict[str, Any]:
    """Confidence against accuracy in ten bins, and their mean distance.

    The expected calibration error of Guo et al. 2017 (https://arxiv.org/abs/1706.04599).
    """
    confidence, right = probability.max(1), probability.argmax(1) == target
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    place = np.clip(np.digitize(confidence, edges, right=True) - 1, 0, CALIBRATION_BINS - 1)
    bins, error = [], 0.0
    for number in range(CALIBRATION_BINS):
        inside = place == number
        count = int(inside.sum())
        if count:
            mean, accuracy = float(confidence[inside].mean()), float(right[inside].mean())
            error += count / len(target) * abs(mean - accuracy)
            bins.append(
                {"low": float(edges[number]), "high": float(edges[number + 1]),
                 "confidence": mean, "accuracy": accuracy, "count": count}
            )  # fmt: skip
    return {"bins": bins, "expected_calibration_error": error}


def per_class(
    predicted: NDArray[np.integer[Any]], target: NDArray[np.integer[Any]], classes: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Precision, recall, F1 and support by class."""
    right, said, support = _hits(predicted, target, len(classes))
    columns = right / np.maximum(said, 1), right / np.maximum(support, 1), _f1(right, said, support), support
    return [
        {"class": name, "precision": float(p), "recall": float(r), "f1": float(f), "support": int(s)}
        for name, p, r, f, s in zip(classes, *columns, strict=True)
    ]


def _hits(predicted: NDArray[Any], target: NDArray[Any], classes: int) -> tuple[Counts, Counts, Counts]:
    """By class: how often it was said rightly, how often said, how often true."""
    right = np.bincount(target[predicted == target], minlength=classes)
    return right, np.bincount(predicted, minlength=classes), np.bincount(target, minlength=classes)


def _f1(right: Counts, said: Counts, support: Counts) -> Array:
    """Harmonic mean of precision and recall; 0 of nothing."""
    f1: Array = 2 * right / np.maximum(said + support, 1)
    return f1


def _macro_f1(right: Counts, said: Counts, support: Counts) -> float:
    """Mean F1 of the classes that were said or true."""
    return float(_f1(right, said, support)[(said + support) > 0].mean())


def confusion(
    predicted: NDArray[np.integer[Any]], target: NDArray[np.integer[Any]], classes: tuple[str, ...]
) -> dict[str, Any]:
    """Counts, a row a true class and a column a predicted one."""
    size = len(classes)
    counts = np.bincount(target * size + predicted, minlength=size * size).reshape(size, size)
    return {"labels": list(classes), "counts": counts.tolist()}
