"""Figures from points: the plot, the sentence a screen reader says, and the table behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from vitreous.report import drawing, numbers, values
from vitreous.report.blocks import Figure, Table
from vitreous.report.drawing import Spec
from vitreous.report.plots.lines import Points, lines

MOST_POINTS = 500
MOST_ROWS = 40


def figure(title: str, spec: Spec, label: str, *, caption: str = "", table: Table | None = None) -> Figure:
    """A figure of any specification."""
    return Figure(title, f"{title}. {label}", Markup(drawing.svg(spec)), caption, table)


def line_figure(
    title: str,
    series: Mapping[str, Points],
    *,
    x: str,
    y: str,
    metric: str = "",
    log: bool = False,
    log_x: bool = False,
    mark: tuple[float, str] | None = None,
    caption: str = "",
) -> Figure | None:
    """A figure of lines; None if no series has a point.

    Args:
        title: What is shown.
        series: Points by name.
        x: Title of the horizontal axis.
        y: Title of the vertical axis.
        metric: Whose way of writing numbers to use.
        log: Whether y is logarithmic; only where all values are above 0.
        log_x: Whether x is.
        mark: A place on x to mark, and what to write there.
        caption: A sentence below.
    """
    names = values.distinct(list(series))
    shown = {
        name: values.evenly(points, MOST_POINTS)
        for name, points in zip(names, series.values(), strict=True)
        if points
    }
    if not shown:
        return None
    log = log and all(value > 0 for points in shown.values() for _, value in points)
    spec = lines(shown, x=x, y=y, log=log, log_x=log_x, mark=mark, share=numbers.is_share(metric))
    said = [_said(name, points, metric, x) for name, points in shown.items()]
    label = " ".join([*said, *([f"Marked: {mark[1]}."] if mark else [])])
    return figure(title, spec, label, caption=caption, table=_points_table(shown, x, metric))


def points(rows: Sequence[Mapping[str, object]], x: str, y: str) -> list[tuple[float, float]]:
    """The rows that have both numbers."""
    pairs = ((values.number(row.get(x)), values.number(row.get(y))) for row in rows)
    return [(a, b) for a, b in pairs if a is not None and b is not None]


def _said(name: str, shown: Points, metric: str, x: str) -> str:
    first, last = shown[0], shown[-1]
    if len(shown) == 1:
        return f"{name}: {numbers.metric(metric, first[1])} at {x} {numbers.plain(first[0])}."
    return (
        f"{name}: from {numbers.metric(metric, first[1])} at {x} {numbers.plain(first[0])} "
        f"to {numbers.metric(metric, last[1])} at {x} {numbers.plain(last[0])}."
    )


def _points_table(shown: Mapping[str, Points], x: str, metric: str) -> Table:
    """The values at common places, every so many of them where there are many."""
    places = sorted({place for line in shown.values() for place, _ in line})
    by_name = [dict(line) for line in shown.values()]
    kept = values.evenly(places, MOST_ROWS)
    rows = [
        [numbers.plain(place), *(numbers.metric(metric, line.get(place)) for line in by_name)]
        for place in kept
    ]
    note = "" if len(kept) == len(places) else f"{len(kept)} of {numbers.count(len(places))}, evenly spaced."
    return Table([x, *shown], rows, right=frozenset(range(len(shown) + 1)), note=note)
