"""Where the network changes its mind: its decision over a plane of inputs.

With two inputs the plane is all there is. With more it is the plane through the examples' mean along their first two
principal components: the decision in between is the network's own, only the other directions are held at the mean.
"""

from __future__ import annotations

import numpy as np
import torch

from vitreous.looking.operation import Array
from vitreous.looking.view import Shown, Subject
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 70
SIDE = 48
MOST_POINTS = 200
MOST_CLASSES = 7
MARGIN = 0.08


def view(subject: Subject) -> Shown | None:
    """Only for rows of numbers and one class an example."""
    if subject.input.kind != "features" or not subject.task.is_classification or not subject.differentiable:
        return None
    if subject.x.shape[1] < 2 or len(subject.classes) > MOST_CLASSES or len(subject.raw) < 3:
        return None
    origin, axes = plane(subject.x.double().numpy())
    flat = (subject.x.double().numpy() - origin) @ axes.T
    low, high = flat.min(0), flat.max(0)
    room = (high - low) * MARGIN + 1e-9
    xs, ys = (np.linspace(a, b, SIDE) for a, b in zip(low - room, high + room, strict=True))
    decided, sure = decisions(subject, origin, axes, xs, ys)
    two = subject.x.shape[1] == 2
    titles = [words.text(n, 40) for n in subject.features[:2]] if two and len(subject.features) > 1 else (
        ["first input", "second input"] if two else ["first principal component", "second"])  # fmt: skip
    names = words.distinct([words.text(c, 24) for c in subject.classes])
    shares = [[names[c], f"{float(np.mean(decided == c)):.1%}", f"{numbers.plain(float(np.mean(subject.labels == c)))}"]
              for c in range(len(names))]  # fmt: skip
    table = Table(["class", "share of the plane", "share of the examples"], shares, right=frozenset({1, 2}))
    spec = _spec(xs, ys, decided, sure, flat, subject.labels, names, titles)
    label = "Share of the plane by class: " + ", ".join(f"{n} {s}" for n, s, _ in shares) + "."
    caption = "Each place has the colour of the class that the network would say there; faint where it is unsure. Points are examples."
    caption += "" if two else " Other directions are held at the examples' mean."
    part = figure("Decision boundary", spec, label, caption=caption, table=table)
    return Shown("boundary", "Where it changes its mind", "", [part],
                 {"x": xs, "y": ys, "decided": decided, "sure": sure, "origin": origin, "axes": axes})  # fmt: skip


def plane(x: Array) -> tuple[Array, Array]:
    """A point [F] and two directions [2, F] that span the plane."""
    if x.shape[1] == 2:
        return np.zeros(2), np.eye(2)
    mean = x.mean(0)
    _, _, v = np.linalg.svd(x - mean, full_matrices=False)
    v = v[:2]
    return mean, v * np.sign(v[np.arange(2), np.abs(v).argmax(1)])[:, None]


def decisions(subject: Subject, origin: Array, axes: Array, xs: Array, ys: Array) -> tuple[Array, Array]:
    """The class at each place [y, x], and how sure the network is of it."""
    a, b = np.meshgrid(xs, ys)
    points = origin + a.reshape(-1, 1) * axes[0] + b.reshape(-1, 1) * axes[1]
    logits = subject.run(torch.as_tensor(points, dtype=subject.x.dtype))[0].double()
    if subject.task.kind == "binary":
        p = torch.sigmoid(logits.reshape(-1))
        probability = torch.stack([1 - p, p], 1)
    else:
        probability = torch.softmax(logits, 1)
    top = probability.max(1)
    return top.indices.numpy().reshape(a.shape), top.values.numpy().reshape(a.shape)


def _spec(xs: Array, ys: Array, decided: Array, sure: Array, flat: Array, labels: Array, names: list[str],
          titles: list[str]) -> drawing.Spec:  # fmt: skip
    dx, dy = (xs[1] - xs[0]) / 2, (ys[1] - ys[0]) / 2
    cells = [
        {"a": float(x - dx), "b": float(x + dx), "c": float(y - dy), "d": float(y + dy), "k": names[decided[j, i]],
         "s": int(min(3, (sure[j, i] - 1 / len(names)) / (1 - 1 / len(names)) * 4))}
        for j, y in enumerate(ys) for i, x in enumerate(xs)
    ]  # fmt: skip
    colors = {"domain": names, "range": [palette.color(f"s{n}") for n in range(len(names))]}
    x = {"type": "quantitative", "title": titles[0], "scale": {"domain": [float(xs[0] - dx), float(xs[-1] + dx)], "nice": False}}
    y = {"type": "quantitative", "title": titles[1], "scale": {"domain": [float(ys[0] - dy), float(ys[-1] + dy)], "nice": False}}
    faint = {"domain": [0, 1, 2, 3], "range": [0.1, 0.2, 0.32, 0.45]}
    floor = {
        "data": {"values": cells}, "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "a", **x}, "x2": {"field": "b"}, "y": {"field": "c", **y}, "y2": {"field": "d"},
            "color": {"field": "k", "type": "nominal", "scale": colors},
            "opacity": {"field": "s", "type": "ordinal", "scale": faint, "legend": None},
        },
    }  # fmt: skip
    picked = words.evenly(list(range(len(flat))), MOST_POINTS)
    dots = {
        "data": {"values": [{"a": float(flat[n, 0]), "c": float(flat[n, 1]), "k": names[labels[n]]} for n in picked]},
        "mark": {"type": "point", "filled": True, "size": 30, "opacity": 1, "stroke": palette.color("paper"), "strokeWidth": 0.6},
        "encoding": {"x": {"field": "a", **x}, "y": {"field": "c", **y}, "color": {"field": "k", "type": "nominal", "scale": colors}},
    }
    return drawing.chart(floor, dots, height=360)
