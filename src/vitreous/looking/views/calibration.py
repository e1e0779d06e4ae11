"""Whether the network is right as often as it says: of all it is 80% sure of, 80% should be right.

Ten equal ranges of the probability of the predicted class; the calibration error is their mean gap, weighted by how
many examples each has. Source: Guo et al., "On calibration of modern neural networks", https://arxiv.org/abs/1706.04599.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Shown
from vitreous.report import numbers
from vitreous.report.blocks import Table
from vitreous.report.plots import points
from vitreous.report.sections.drawn import figure

ORDER = 85
BINS = 10


def view(subject: Subject) -> Shown | None:
    """Over the examples."""
    if not subject.classifies or len(subject.raw) < BINS:
        return None
    bins, error = reliability(subject.probabilities, subject.labels)
    rows = [
        [
            f"{b['low']:.0%}–{b['high']:.0%}",
            f"{b['confidence']:.1%}",
            f"{b['accuracy']:.1%}",
            f"{b['count']:.0f}",
        ]
        for b in bins
    ]
    table = Table(["said", "mean", "was right", "examples"], rows, right=frozenset({1, 2, 3}))
    said = f"Calibration error {numbers.percent(error)}, over {len(subject.raw)} examples."
    part = figure("Calibration", points.calibration(bins), said, caption=said, table=table)
    return Shown("calibration", "Is it as sure as it should be?", "", [part], {"bins": bins, "error": error})


def reliability(probabilities: Array, labels: Array) -> tuple[list[dict[str, float]], float]:
    """Ranges that have examples, and the expected calibration error."""
    sure, right = probabilities.max(1), probabilities.argmax(1) == labels
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = []
    for n in range(BINS):
        inside = place == n
        if inside.any():
            bins.append({
                "low": n / BINS, "high": (n + 1) / BINS, "confidence": float(sure[inside].mean()),
                "accuracy": float(right[inside].mean()), "count": float(inside.sum()),
            })  # fmt: skip
    error = sum(b["count"] * abs(b["confidence"] - b["accuracy"]) for b in bins) / len(labels)
    return bins, error
