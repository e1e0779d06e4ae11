"""Where the network changes its mind: its decision over a plane of inputs.

With two inputs the plane is all there is. With more it is the plane of two chosen ones, the others held at the
examples' mean, or without a choice the plane through that mean along the examples' first two principal components.
"""

from __future__ import annotations

import numpy as np
import torch

from vitreous.looking import seen
from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Shown
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 70
SIDE = 40
MOST_POINTS = 200
MOST_CLASSES = 7
MARGIN = 0.08
LEVELS = 4  # shades of being sure
TITLE = "Where it changes its mind"


def view(subject: Subject) -> Shown | None:
    """Only for rows of numbers and one class an example."""
    if subject.input.kind != "features" or not subject.classifies or not subject.differentiable:
        return None
    if subject.x.shape[1] < 2 or len(subject.classes) > MOST_CLASSES or len(subject.raw) < 3:
        return None
    origin, axes = plane(subject)
    flat = (subject.x.double().numpy() - origin) @ axes.T
    low, high = flat.min(0), flat.max(0)
    room = (high - low) * MARGIN + 1e-9
    xs, ys = (np.linspace(a, b, SIDE) for a, b in zip(low - room, high + room, strict=True))
    decided, sure = decisions(subject, origin, axes, xs, ys)
    names = words.distinct([words.text(c, 24) for c in subject.classes])
    shares = [
        [
            name,
            numbers.percent(float(np.mean(decided == c))),
            numbers.percent(float(np.mean(subject.labels == c))),
        ]
        for c, name in enumerate(names)
    ]
    table = Table(["class", "share of the plane", "share of the examples"], shares, right=frozenset({1, 2}))
    spec = _spec((xs, ys), decided, sure, flat, subject.labels, names, _titles(subject))
    label = "Share of the plane by class: " + ", ".join(f"{n} {s}" for n, s, _ in shares) + "."
    caption = (
        "Each place has the colour of the class that the network would say there; faint where it is unsure. "
    )
    caption += "Points are examples."
    caption += "" if subject.x.shape[1] == 2 else " Other directions are held at the examples' mean."
    part = figure("Decision boundary", spec, label, caption=caption, table=table)
    found = {"x": xs, "y": ys, "decided": decided, "sure": sure, "origin": origin, "axes": axes}
    return Shown("boundary", TITLE, "", [part], found)


def plane(subject: Subject) -> tuple[Array, Array]:
    """A point [F] and two directions [2, F] that span the plane."""
    x = subject.x.double().numpy()
    many = x.shape[1]
    if many == 2:
        return np.zeros(2), np.eye(2)
    if subject.plane is not None:
        origin = x.mean(0)
        origin[list(subject.plane)] = 0
        return origin, np.eye(many)[list(subject.plane)]
    mean = x.mean(0)
    _, _, v = np.linalg.svd(x - mean, full_matrices=False)
    v = v[:2]
    return mean, v * np.sign(v[np.arange(2), np.abs(v).argmax(1)])[:, None]


def decisions(subject: Subject, origin: Array, axes: Array, xs: Array, ys: Array) -> tuple[Array, Array]:
    """The class at each place [y, x], and how sure the network is of it."""
    a, b = np.meshgrid(xs, ys)
    points = origin + a.reshape(-1, 1) * axes[0] + b.reshape(-1, 1) * axes[1]
    logits = seen.run(subject.model, torch.as_tensor(points, dtype=subject.x.dtype))
    probability = subject.probability(logits)
    return probability.argmax(1).reshape(a.shape), probability.max(1).reshape(a.shape)


def _titles(subject: Subject) -> list[str]:
    if subject.x.shape[1] == 2 or subject.plane:
        return [words.text(subject.name(n), 40) for n in subject.plane or (0, 1)]
    return ["first principal component", "second principal component"]


def _spec(
    places: tuple[Array, Array], decided: Array, sure: Array, flat: Array, labels: Array, names: list[str],
    titles: list[str],
) -> drawing.Spec:  # fmt: skip
    (x, y), many = (_axis(p, t) for p, t in zip(places, titles, strict=True)), len(names)
    colors = {"domain": names, "range": palette.series(many)}
    shades = {"domain": list(range(LEVELS)), "range": [0.1, 0.2, 0.32, 0.45]}
    floor = {
        "data": {"values": _stripes(places, decided, sure, names)}, "mark": {"type": "rect"},
        "encoding": {
            "x": {"field": "a", **x}, "x2": {"field": "b"}, "y": {"field": "c", **y}, "y2": {"field": "d"},
            "color": {"field": "k", "type": "nominal", "scale": colors},
            "opacity": {"field": "s", "type": "ordinal", "scale": shades, "legend": None},
        },
    }  # fmt: skip
    picked = words.evenly(list(range(len(flat))), MOST_POINTS)
    values = [{"a": float(flat[n, 0]), "c": float(flat[n, 1]), "k": names[labels[n]]} for n in picked]
    mark = {"type": "point", "filled": True, "size": 34, "opacity": 1, "strokeWidth": 0.6}
    dots = {
        "data": {"values": values}, "mark": mark | {"stroke": palette.color("paper")},
        "encoding": {
            "x": {"field": "a", **x}, "y": {"field": "c", **y},
            "color": {"field": "k", "type": "nominal", "scale": colors},
            "shape": {"field": "k", "type": "nominal", "scale": {"domain": names, "range": palette_shapes(many)}},
        },
    }  # fmt: skip
    return drawing.chart(floor, dots, height=360)


def palette_shapes(many: int) -> list[str]:
    """A shape for each class, so that classes are told apart without colours too."""
    shapes = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
    return [shapes[n % len(shapes)] for n in range(many)]


def _axis(places: Array, title: str) -> drawing.Spec:
    half = (places[1] - places[0]) / 2
    scale = {"domain": [float(places[0] - half), float(places[-1] + half)], "nice": False}
    return {"type": "quantitative", "title": title, "scale": scale, "axis": {"grid": False}}


def _stripes(
    places: tuple[Array, Array], decided: Array, sure: Array, names: list[str]
) -> list[drawing.Spec]:
    """Rectangles of one class and shade: neighbours in a row are one, which makes the drawing ten times smaller."""
    xs, ys = places
    dx, dy = float(xs[1] - xs[0]) / 2, float(ys[1] - ys[0]) / 2
    shade = np.minimum(LEVELS - 1, ((sure - 1 / len(names)) / (1 - 1 / len(names)) * LEVELS).astype(int))
    found = []
    for j, y in enumerate(ys.tolist()):
        start = 0
        for i in range(1, len(xs) + 1):
            here = (decided[j, start], shade[j, start])
            if i == len(xs) or (decided[j, i], shade[j, i]) != here:
                found.append({
                    "a": float(xs[start]) - dx, "b": float(xs[i - 1]) + dx, "c": y - dy, "d": y + dy,
                    "k": names[here[0]], "s": max(0, int(here[1])),
                })  # fmt: skip
                start = i
    return found
