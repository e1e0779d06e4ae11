"""Lines over epochs, steps or anything else that is counted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from vitreous.report import palette
from vitreous.report.drawing import PLAIN, Spec, chart

Points = Sequence[tuple[float, float]]
_FEW = 40  # points are marked where there are no more


def lines(
    series: Mapping[str, Points],
    *,
    x: str,
    y: str,
    log: bool = False,
    log_x: bool = False,
    mark: tuple[float, str] | None = None,
    share: bool = False,
) -> Spec:
    """One line a series.

    Args:
        series: Points by name; names are distinct.
        x: Title of the horizontal axis.
        y: Title of the vertical axis.
        log: Whether y is logarithmic (all y above 0).
        log_x: Whether x is.
        mark: A place on x to mark, and what to write there.
        share: Whether y is written as a percentage.
    """
    across = _x_axis(series, x, log_x)
    heights = [value for points in series.values() for _, value in points]
    encoding = {
        "x": across,
        "y": {"field": "y", "type": "quantitative", "title": y, **_y_axis(heights, share, log)},
    }
    drawn = _strokes(series, encoding, room=20 if mark else 8)
    if mark:
        drawn = [*_marked(mark, across, above=len(series) > 1), *drawn]
    rows = [{"x": a, "y": b, "s": name} for name, points in series.items() for a, b in points]
    return chart(*drawn, data={"values": rows})


def _strokes(series: Mapping[str, Points], axes: Spec, *, room: int) -> list[Spec]:
    """The lines, with dots where points are few; of two lines the first is dashed."""
    names = list(series)
    color = {
        "field": "s",
        "type": "nominal",
        "scale": {"domain": names, "range": palette.series(len(names))},
        "legend": {"symbolType": "stroke", "offset": room} if len(names) > 1 else None,
    }
    dots = {**axes, "color": color}
    encoding = dict(dots)
    if len(names) == 2:
        dashes = {"domain": names, "range": [[5, 4], [1, 0]]}
        encoding["strokeDash"] = {"field": "s", "type": "nominal", "scale": dashes}
    width = 2 if len(names) < 4 else 1.4
    drawn: list[Spec] = [{"mark": {"type": "line", "strokeWidth": width}, "encoding": encoding}]
    if max((len(points) for points in series.values()), default=0) <= _FEW:
        drawn.append({"mark": {"type": "point", "filled": True, "size": 28, "opacity": 1}, "encoding": dots})
    return drawn


def _x_axis(series: Mapping[str, Points], title: str, log: bool) -> Spec:
    places = [place for points in series.values() for place, _ in points]
    low, high = min(places, default=0.0), max(places, default=1.0)
    if low == high:
        low, high = low - 1, high + 1
    counted = all(place == int(place) for place in places)
    axis: Spec = (
        {"format": "~e"} if log else {"format": ",d", "tickMinStep": 1} if counted else {"format": PLAIN}
    )
    scale: Spec = {"type": "log", "nice": False} if log else {"domain": [low, high], "nice": False}
    return {"field": "x", "type": "quantitative", "title": title, "scale": scale, "axis": axis}


def _y_axis(found: Sequence[float], share: bool, log: bool) -> Spec:
    if not log:
        return {"scale": {"zero": False}, "axis": {"format": "~%" if share else PLAIN}}
    low, high = min(found) / 1.15, max(found) * 1.15
    scale = {"type": "log", "domain": [low, high], "nice": False}
    return {"scale": scale, "axis": {"format": PLAIN, "values": _log_ticks(low, high)}}


def _log_ticks(low: float, high: float) -> list[float]:
    """Round numbers between two others: powers of ten, with 2 and 5 where there is room."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    every = max(1, len(exponents) // 5)
    leads = (1, 2, 5) if len(exponents) <= 3 else (1,)
    ticks = [float(f"{lead}e{exponent}") for exponent in exponents[::every] for lead in leads]
    return [tick for tick in ticks if low <= tick <= high]


def _marked(mark: tuple[float, str], x: Spec, *, above: bool) -> list[Spec]:
    """A vertical line with a word at its upper end; above the plot where a legend makes room for it."""
    place, word = mark
    low, high = x["scale"].get("domain", (None, None))
    left = low is None or place < (low + high) / 2
    data = {"values": [{"x": place}]}
    rule = {"type": "rule", "strokeDash": [2, 3], "color": palette.color("muted"), "strokeWidth": 1.5}
    label = {
        "type": "text",
        "align": "left" if left else "right",
        "dx": 5 if left else -5,
        "y": -8 if above else 8,
        "text": word,
        "color": palette.color("muted"),
        "fontSize": 12,
    }
    encoding = {"x": x}
    return [
        {"data": data, "mark": rule, "encoding": encoding},
        {"data": data, "mark": label, "encoding": encoding},
    ]
