"""Points and intervals: the headline beside its baselines, calibration, predictions against truth."""

from __future__ import annotations

from collections.abc import Sequence

from vitreous.report import palette
from vitreous.report.drawing import PLAIN, WIDTH, Spec, chart
from vitreous.report.metrics import Score

_ROOM = {"left": 16, "right": 4, "top": 4, "bottom": 4}  # page fonts can be wider than the one measured


def intervals(scores: Sequence[Score], names: Sequence[str], *, title: str, share: bool) -> Spec:
    """One row a model: its value as a point, its interval as a line; the first one stands out.

    Args:
        scores: What is compared, ours first.
        names: Distinct, short names of the same.
        title: The metric.
        share: Whether it is written as a percentage.
    """
    rows = [
        {"w": name, "v": score.value, "l": score.low, "h": score.high, "c": "ours" if place == 0 else "other"}
        for place, (name, score) in enumerate(zip(names, scores, strict=True))
    ]
    who = {
        "field": "w",
        "type": "nominal",
        "sort": None,
        "title": None,
        "scale": {"domain": list(names)},
        "axis": {"labelColor": palette.color("ink"), "labelLimit": 170},
    }
    colors = {"domain": ["ours", "other"], "range": [palette.color("s0"), palette.color("muted")]}
    color = {"field": "c", "type": "nominal", "scale": colors, "legend": None}
    axis = {"format": "~%" if share else PLAIN, "grid": True, "tickCount": 4}
    scale = {"zero": False, "nice": True, "padding": 12}
    x = {"type": "quantitative", "title": title, "scale": scale, "axis": axis}
    ranges = [row for row in rows if row["l"] is not None and row["h"] is not None]
    layers: list[Spec] = [
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {"y": who, "x": {"field": "v", **x}, "color": color},
        }
    ]
    if ranges:
        encoding = {"y": who, "x": {"field": "l", **x}, "x2": {"field": "h"}, "color": color}
        rule = {"type": "rule", "strokeWidth": 3, "strokeCap": "round"}
        layers.insert(0, {"data": {"values": ranges}, "mark": rule, "encoding": encoding})
    return chart(*layers, data={"values": rows}, height=34 * len(rows) + 56, padding=_ROOM)


def calibration(bins: Sequence[dict[str, float]]) -> Spec:
    """What the network claimed against how often it was right; below, how many claims of each size.

    Args:
        bins: With low, high, confidence, accuracy and count.
    """
    axis = {"format": "~%", "grid": True}
    x = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": axis}
    size = {"width": WIDTH - 70}
    upper = {**size, "height": 200, "layer": [_diagonal([0, 1]), _reliability(x)]}
    lower = {**size, "height": 50, **_histogram(x)}
    data = {"values": list(bins)}
    return {"data": data, "vconcat": [upper, lower], "spacing": 10, "config": chart()["config"]}


def _reliability(x: Spec) -> Spec:
    y = {"field": "accuracy", "type": "quantitative", "title": "was right", "scale": {"domain": [0, 1]}}
    dots = {"filled": True, "size": 50, "color": palette.color("s0"), "opacity": 1}
    return {
        "mark": {"type": "line", "color": palette.color("s0"), "strokeWidth": 2, "point": dots},
        "encoding": {"x": {"field": "confidence", "title": None, **x}, "y": {**y, "axis": {"format": "~%"}}},
    }


def _histogram(x: Spec) -> Spec:
    axis = {"tickCount": 2, "format": "~s"}
    return {
        "mark": {"type": "rect", "color": palette.color("s0"), "opacity": 0.55},
        "encoding": {
            "x": {"field": "low", "title": "said to be sure", **x},
            "x2": {"field": "high"},
            "y": {"field": "count", "type": "quantitative", "title": "examples", "axis": axis},
            "y2": {"datum": 0},
        },
    }


def scatter(pairs: Sequence[tuple[float, float]], *, x: str, y: str) -> Spec:
    """Predictions against truth, with the line on which both agree.

    Args:
        pairs: (truth, prediction).
        x: Title of the horizontal axis.
        y: Title of the vertical axis.
    """
    every = [value for pair in pairs for value in pair]
    low, high = min(every), max(every)
    ends = [low, high] if high > low else [low - 1, high + 1]
    scale = {"domain": ends, "nice": True, "zero": False}
    axis = {"format": PLAIN}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 26, "opacity": 0.5, "color": palette.color("s0")},
        "encoding": {
            "x": {"field": "a", "type": "quantitative", "title": x, "scale": scale, "axis": axis},
            "y": {"field": "b", "type": "quantitative", "title": y, "scale": scale, "axis": axis},
        },
    }
    values = [{"a": truth, "b": predicted} for truth, predicted in pairs]
    return chart(_diagonal(ends), dots, data={"values": values}, height=360)


def _diagonal(ends: Sequence[float]) -> Spec:
    return {
        "data": {"values": [{"a": end, "b": end} for end in ends]},
        "mark": {"type": "line", "color": palette.color("muted"), "strokeDash": [3, 4], "strokeWidth": 1.2},
        "encoding": {
            "x": {"field": "a", "type": "quantitative"},
            "y": {"field": "b", "type": "quantitative"},
        },
    }
