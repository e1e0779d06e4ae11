"""What the network makes of the examples just before it decides, flattened to two dimensions.

By principal components (Pearson, 1901): the two directions in which the examples differ most. Where the package
``umap`` is installed, also by UMAP (McInnes et al., https://arxiv.org/abs/1802.03426), which keeps neighbours together.
"""

from __future__ import annotations

import importlib.util

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Part, Shown
from vitreous.looking.views.boundary import palette_shapes
from vitreous.report import drawing, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 60
MOST_CLASSES = 10
MOST_POINTS = 240
MOST_ROWS = 40


def view(subject: Subject) -> Shown | None:
    """The last layer before the output."""
    name = before_the_end(subject)
    if not subject.classifies or name is None or len(subject.raw) < 3:
        return None
    hidden = subject.layers[name].pooled
    flat, kept = principal(hidden)
    toward = subject.after.get("representations", {}).get("components")
    if toward is not None and toward.shape == flat.shape:
        flat = turned(flat, toward)
    parts: list[Part] = [
        _figure(subject, "Principal components", flat, f"The two keep {kept:.0%} of the variance.")
    ]
    numbers = {"layer": name, "hidden": hidden, "components": flat, "kept": kept}
    if importlib.util.find_spec("umap") is not None:  # pragma: no cover - an optional package
        import umap

        near = umap.UMAP(random_state=subject.seed).fit_transform(hidden)
        parts.append(_figure(subject, "UMAP", near, "Neighbours stay neighbours; distances mean little."))
        numbers["umap"] = near
    caption = f"What {words.text(name, 60)} gives for {len(subject.raw)} examples; classes that lie apart are easy to "
    return Shown("representations", "Hidden representations", caption + "tell apart.", parts, numbers)


def before_the_end(subject: Subject) -> str | None:
    """The layer whose output the last layer with weights takes."""
    names = list(subject.layers)
    weighted = [n for n in names if list(subject.model.get_submodule(n).parameters(recurse=False))]
    if len(weighted) < 2:
        return None
    place = names.index(weighted[-1])
    return names[place - 1] if place else None


def principal(x: Array) -> tuple[Array, float]:
    """The first two principal components [N, 2], and the share of the variance they keep.

    The sign of each is such that its largest number is positive.
    """
    centered = np.nan_to_num(x.astype(np.float64) - x.mean(0))
    u, s, _ = np.linalg.svd(centered, full_matrices=False)
    flat = np.zeros((len(x), 2))
    flat[:, : min(2, len(s))] = (u * s)[:, :2]
    for column in flat.T:
        column *= np.sign(column[np.argmax(np.abs(column))]) or 1
    total = float((s**2).sum())
    return flat, float((s[:2] ** 2).sum()) / total if total else 1.0


def turned(flat: Array, toward: Array) -> Array:
    """The points [N, 2], turned or mirrored to lie as near as they can to others: distances stay as they are.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem" (1966).
    """
    u, _, v = np.linalg.svd(flat.T @ toward)
    return np.asarray(flat @ (u @ v))


def _figure(subject: Subject, title: str, flat: Array, caption: str) -> Part:
    names = words.distinct([words.text(c, 24) for c in subject.classes])
    counts = np.bincount(subject.labels, minlength=len(names))
    shown = sorted(np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist())
    places = words.evenly(list(range(len(flat))), MOST_POINTS)
    rows = [
        {"x": float(flat[n, 0]), "y": float(flat[n, 1]), "c": names[c] if c in shown else "others"}
        for n, c in zip(places, subject.labels[places].tolist(), strict=True)
    ]
    domain = [names[c] for c in shown] + (["others"] if len(names) > MOST_CLASSES else [])
    centres = [
        [names[c], *(f"{v:.4g}" for v in flat[subject.labels == c].mean(0)), str(counts[c])]
        for c in range(len(names)) if counts[c]
    ][:MOST_ROWS]  # fmt: skip
    columns = ["class", "mean of the first", "mean of the second", "examples"]
    table = Table(columns, centres, right=frozenset({1, 2, 3}))
    label = f"{len(flat)} examples of {len(names)} classes; their centres are in the table."
    return figure(title, _spec(rows, domain), label, caption=caption, table=table)


def _spec(rows: list[drawing.Spec], names: list[str]) -> drawing.Spec:
    colors = {"domain": names, "range": palette.series(len(names))}
    shapes = {"domain": names, "range": [palette_shapes(7)[(n + n // 7) % 7] for n in range(len(names))]}
    axis = {"type": "quantitative", "scale": {"zero": False}}
    legend = {"columns": 5} if len(names) > 4 else {}
    encoding = {
        "x": {"field": "x", "title": "first", **axis},
        "y": {"field": "y", "title": "second", **axis},
        "color": {"field": "c", "type": "nominal", "scale": colors, "legend": legend},
        "shape": {"field": "c", "type": "nominal", "scale": shapes},
    }
    mark = {"type": "point", "filled": True, "size": 30, "opacity": 0.75}
    return drawing.chart({"mark": mark, "encoding": encoding}, data={"values": rows}, height=340)
