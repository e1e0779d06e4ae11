"""Depth of representation: how well a linear model can tell the classes from what each layer gives.

Logistic regression on half of the examples, measured on the other half; wide layers by their first 64 principal
components. A layer that scores more than the raw input has made the classes easier to tell apart. Source: Alain &
Bengio, "Understanding intermediate layers using linear classifier probes", https://arxiv.org/abs/1610.01644.
"""

from __future__ import annotations

import warnings

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Shown
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 65
MOST_LAYERS = 12
WIDEST = 64
FEWEST = 40  # examples
RAW = "the raw input"


def view(subject: Subject) -> Shown | None:
    """A point for the raw input and for each layer."""
    if not subject.classifies or len(subject.raw) < FEWEST:
        return None
    train, test = halves(subject.labels, subject.seed)
    if len(np.unique(subject.labels[train])) < 2:
        return None
    kept = [n for n in subject.layers if subject.kind(n) not in ("Flatten", "Dropout", "Identity")]
    layers = {n: subject.layers[n].features for n in words.evenly(kept, MOST_LAYERS)}
    if subject.differentiable:
        layers = {RAW: subject.x.reshape(len(subject.raw), -1).numpy(), **layers}
    if not layers:
        return None
    found = {n: accuracy(a, subject.labels, train, test, subject.seed) for n, a in layers.items()}
    names = words.distinct([words.text(n, 28) for n in found])
    shown = [numbers.percent(v) for v in found.values()]
    table = Table(
        ["layer", "accuracy"], [list(row) for row in zip(names, shown, strict=True)], right=frozenset({1})
    )
    label = f"From {shown[0]} at {names[0]} to {shown[-1]} at {names[-1]}."
    caption = f"A logistic regression on what each layer gives, fitted on {len(train)} of the examples, measured on "
    caption += f"the other {len(test)}; a point or two either way is chance."
    part = figure("Linear probes", _spec(names, list(found.values())), label, table=table)
    found_all = {"accuracy": found, "train": train, "test": test}
    return Shown("probe", "How far each layer gets", caption, [part], found_all)


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
        probe.fit(np.nan_to_num(x[train]), labels[train])
    return float(probe.score(np.nan_to_num(x[test]), labels[test]))


def _spec(names: list[str], found: list[float]) -> drawing.Spec:
    axis = {"format": "~%", "grid": True, "tickCount": 4}
    encoding = {
        "y": {"field": "n", "type": "nominal", "sort": None, "title": None, "scale": {"domain": names}},
        "x": {
            "field": "v", "type": "quantitative", "title": "accuracy of a linear model", "axis": axis,
            "scale": {"zero": False, "nice": True},
        },
    }  # fmt: skip
    mark = {"type": "point", "filled": True, "size": 80, "color": palette.color("s0"), "opacity": 1}
    rows = [{"n": n, "v": v} for n, v in zip(names, found, strict=True)]
    return drawing.chart(
        {"mark": mark, "encoding": encoding}, data={"values": rows}, height=24 * len(rows) + 60
    )
