"""Depth of representation: how well a linear model can tell the classes from what each layer gives.

Logistic regression on half of the examples, measured on the other half; wide layers by their first 64 principal
components. A layer that scores more than the raw input has made the classes easier to tell apart. Source: Alain &
Bengio, "Understanding intermediate layers using linear classifier probes", https://arxiv.org/abs/1610.01644.
"""

from __future__ import annotations

import warnings

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.view import Shown, Subject
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 65
MOST_LAYERS = 12
WIDEST = 64
FEWEST = 40  # examples


def view(subject: Subject) -> Shown | None:
    """A point for the raw input and for each layer."""
    if not subject.task.is_classification or len(subject.raw) < FEWEST:
        return None
    inside = {n: a for n, a in subject.activations.items() if subject.kind(n) not in ("Flatten", "Dropout", "Identity")}
    layers: dict[str, Array] = {n: inside[n] for n in words.evenly(list(inside), MOST_LAYERS)}
    if subject.differentiable:
        layers = {"the raw input": subject.x.numpy(), **layers}
    train, test = halves(subject.labels, subject.seed)
    if len(np.unique(subject.labels[train])) < 2:
        return None
    found = {n: accuracy(a.reshape(len(a), -1), subject.labels, train, test, subject.seed) for n, a in layers.items()}
    names = words.distinct([words.text(n, 28) for n in found])
    rows = [{"n": n, "v": v} for n, v in zip(names, found.values(), strict=True)]
    encoding = {
        "y": {"field": "n", "type": "nominal", "sort": None, "title": None, "scale": {"domain": names}},
        "x": {"field": "v", "type": "quantitative", "title": "accuracy of a linear model", "axis": {"format": "~%", "grid": True},
              "scale": {"zero": False, "nice": True}},
    }  # fmt: skip
    mark = {"type": "point", "filled": True, "size": 80, "color": palette.color("s0"), "opacity": 1}
    spec = drawing.chart({"mark": mark, "encoding": encoding}, data={"values": rows}, height=24 * len(rows) + 60)
    table = Table(["layer", "accuracy"], [[n, numbers.percent(v)] for n, v in zip(names, found.values(), strict=True)], right=frozenset({1}))
    label = f"From {numbers.percent(next(iter(found.values())))} at {names[0]} to {numbers.percent(rows[-1]['v'])} at {names[-1]}."
    caption = f"Fitted on {len(train)} of the examples, measured on the other {len(test)}; a point or two either way is chance."
    return Shown("probe", "How far each layer gets", caption, [figure("Linear probes", spec, label, table=table)],
                 {"accuracy": found, "train": train, "test": test})  # fmt: skip


def halves(labels: Array, seed: int) -> tuple[Array, Array]:
    """Two halves of the examples, drawn with a seed."""
    order = np.random.default_rng(seed).permutation(len(labels))
    return order[: len(order) // 2], order[len(order) // 2 :]


def accuracy(x: Array, labels: Array, train: Array, test: Array, seed: int) -> float:
    """Share right of a logistic regression on standardized numbers."""
    from sklearn.decomposition import PCA
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = [StandardScaler()]
    if x.shape[1] > WIDEST:
        steps.append(PCA(min(WIDEST, len(train)), random_state=seed))
    probe = make_pipeline(*steps, LogisticRegression(max_iter=300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit(x[train], labels[train])
    return float(probe.score(x[test], labels[test]))
