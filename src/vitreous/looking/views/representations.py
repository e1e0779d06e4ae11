"""What the network makes of the examples just before it decides, flattened to two dimensions.

By principal components (Pearson, 1901): the two directions in which the examples differ most. Where the package
``umap`` is installed, also by UMAP (McInnes et al., https://arxiv.org/abs/1802.03426), which keeps neighbours together.
"""

from __future__ import annotations

import importlib.util

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.view import Part, Shown, Subject
from vitreous.looking.views.top_examples import excitement
from vitreous.report import drawing, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 60
MOST_CLASSES = 7
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke")
MOST_ROWS = 40


def view(subject: Subject) -> Shown | None:
    """The last layer before the output."""
    name = before_the_end(subject)
    if not subject.task.is_classification or name is None or len(subject.raw) < 3:
        return None
    hidden = excitement(subject.activations[name])
    flat, kept = principal(hidden)
    parts: list[Part] = [_figure(subject, "Principal components", flat, f"The two keep {kept:.0%} of the variance.")]
    numbers = {"layer": name, "hidden": hidden, "components": flat, "kept": kept}
    if importlib.util.find_spec("umap") is not None:  # pragma: no cover - an optional package
        import umap

        near = umap.UMAP(random_state=subject.seed).fit_transform(hidden)
        parts.append(_figure(subject, "UMAP", near, "Neighbours stay neighbours; distances mean little."))
        numbers["umap"] = near
    caption = f"What {words.text(name, 60)} gives for {len(subject.raw)} examples; classes that lie apart are easy to tell apart."
    return Shown("representations", "Hidden representations", caption, parts, numbers)


def before_the_end(subject: Subject) -> str | None:
    """The layer whose output the last layer with weights takes."""
    names = list(subject.activations)
    weighted = [n for n in names if list(subject.model.get_submodule(n).parameters(recurse=False))]
    if len(weighted) < 2:
        return None
    place = names.index(weighted[-1])
    return names[place - 1] if place else None


def principal(x: Array) -> tuple[Array, float]:
    """The first two principal components [N, 2], and the share of the variance they keep.

    The sign of each is such that its largest number is positive.
    """
    centered = x.astype(np.float64) - x.mean(0)
    u, s, _ = np.linalg.svd(centered, full_matrices=False)
    flat = np.zeros((len(x), 2))
    flat[:, : min(2, len(s))] = (u * s)[:, :2]
    for column in flat.T:
        column *= np.sign(column[np.argmax(np.abs(column))]) or 1
    total = float((s**2).sum())
    return flat, float((s[:2] ** 2).sum()) / total if total else 1.0


def _figure(subject: Subject, title: str, flat: Array, caption: str) -> Part:
    names = words.distinct([words.text(c, 24) for c in subject.classes])
    common = [int(c) for c in np.argsort(-np.bincount(subject.labels, minlength=len(names)), kind="stable")]
    shown = sorted(common[:MOST_CLASSES]) if len(names) > MOST_CLASSES else list(range(len(names)))
    rows = [
        {"x": float(a), "y": float(b), "c": names[c] if c in shown else "others"}
        for (a, b), c in zip(flat, subject.labels, strict=True)
    ]
    domain = [names[c] for c in shown] + (["others"] if len(names) > MOST_CLASSES else [])
    colors = [palette.color(f"s{n % 7}") for n in range(len(shown))] + [palette.color("line")] * (len(domain) - len(shown))
    encoding = {
        "x": {"field": "x", "type": "quantitative", "title": "first", "scale": {"zero": False}},
        "y": {"field": "y", "type": "quantitative", "title": "second", "scale": {"zero": False}},
        "color": {"field": "c", "type": "nominal", "scale": {"domain": domain, "range": colors}},
        "shape": {"field": "c", "type": "nominal", "scale": {"domain": domain, "range": [SHAPES[n % 7] for n in range(len(domain))]}},
    }
    spec = drawing.chart({"mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.75}, "encoding": encoding},
                         data={"values": rows}, height=340)  # fmt: skip
    centres = [
        [names[c], *(f"{v:.4g}" for v in flat[subject.labels == c].mean(0)), str(int((subject.labels == c).sum()))]
        for c in range(min(len(names), MOST_ROWS)) if (subject.labels == c).any()
    ]  # fmt: skip
    table = Table(["class", "mean of the first", "mean of the second", "examples"], centres, right=frozenset({1, 2, 3}))
    label = f"{len(rows)} examples of {len(names)} classes; their centres are in the table."
    return figure(title, spec, label, caption=caption, table=table)
