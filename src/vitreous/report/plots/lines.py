"""Lines over epochs, steps or anything else that is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vitreous.report import palette
from vitreous.report.drawing import Spec, chart

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
    names = list(series)
    encoding = {
        "x": _x_axis(series, x, log_x),
        "y": {
            "field": "y",
            "type": "quantitative",
            "title": y,
            "scale": {"type": "log"} if log else {"zero": False},
            "axis": _format(share, log),
        },
        "color": {
            "field": "s",
            "type": "nominal",
            "scale": {"domain": names, "range": palette.series(len(names))},
            "legend": {} if len(names) > 1 else None,
        },
    }
    if len(names) == 2:
        dashes = {"domain": names, "range": [[5, 4], [1, 0]]}
        encoding["strokeDash"] = {"field": "s", "type": "nominal", "scale": dashes, "legend": None}
    few = max((len(points) for points in series.values()), default=0) <= _FEW
    drawn: list[Spec] = [{"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding}]
    if few:
        dots = {key: value for key, value in encoding.items() if key != "strokeDash"}
        drawn.append({"mark": {"type": "point", "filled": True, "size": 28, "opacity": 1}, "encoding": dots})
    if mark:
        drawn = [*_marked(mark, _x_axis(series, x, log_x)), *drawn]
    rows = [{"x": a, "y": b, "s": name} for name, points in series.items() for a, b in points]
    return chart(*drawn, data={"values": rows})


def _x_axis(series: Mapping[str, Points], title: str, log: bool) -> Spec:
    places = [place for points in series.values() for place, _ in points]
    low, high = min(places, default=0.0), max(places, default=1.0)
    if low == high:
        low, high = low - 1, high + 1
    counted = all(place == int(place) for place in places)
    axis: Spec = (
        {"format": "~e"} if log else {"format": ",d", "tickMinStep": 1} if counted else {"format": "~g"}
    )
    scale: Spec = {"type": "log", "nice": False} if log else {"domain": [low, high], "nice": False}
    return {"field": "x", "type": "quantitative", "title": title, "scale": scale, "axis": axis}


def _format(share: bool, log: bool) -> Spec:
    if share:
        return {"format": "~%"}
    return {"format": "~e", "tickCount": 4, "labelOverlap": True} if log else {"format": "~g"}


def _marked(mark: tuple[float, str], x: Spec) -> list[Spec]:
    """A vertical line with a word beside it."""
    place, word = mark
    low, high = x["scale"].get("domain", (None, None))
    left = low is None or place < (low + high) / 2
    data = {"values": [{"x": place}]}
    rule = {"type": "rule", "strokeDash": [2, 3], "color": palette.color("muted"), "strokeWidth": 1.5}
    label = {
        "type": "text",
        "align": "left" if left else "right",
        "dx": 5 if left else -5,
        "y": 8,
        "text": word,
        "color": palette.color("muted"),
        "fontSize": 12,
    }
    encoding = {"x": x}
    return [
        {"data": data, "mark": rule, "encoding": encoding},
        {"data": data, "mark": label, "encoding": encoding},
    ]
