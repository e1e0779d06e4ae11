"""Loss landscape: the loss over a plane of the weights, and the way of the training over it.

Of a run that kept snapshots the plane holds the two directions in which its weights moved most; else two random ones,
in which every unit changes by as much as it weighs. Source: Li et al., https://arxiv.org/abs/1712.09913.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from vitreous.looking.course import Course
from vitreous.looking.landscape import Losses, Plane, path_plane, random_plane
from vitreous.looking.operation import Array
from vitreous.looking.subject import MOST_NUMBERS, Subject
from vitreous.looking.view import Shown
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 90
TITLE = "Loss landscape"
MOST_SECONDS = 20
MOST_SNAPSHOTS = 24
SIZES = ((21, 256), (21, 64), (15, 32), (11, 32), (9, 16), (7, 16))  # places along a side, examples
BUDGET = 100_000_000_000  # multiply-adds: large networks are asked at fewer places, on fewer examples
MARGIN, NARROWEST = 0.2, 0.25  # beside the path; the least width of the second direction, of the first's
RANDOM_REACH = 1.0  # lengths of a filter
TABLE_SIDE = 7


def view(subject: Subject) -> Shown | None:
    """Only for runs: the loss of a network that a person gave is not known to be the one it was trained with."""
    course = subject.course
    if course is None:
        return None
    found = _of_the_film(subject, course)
    if found is None:
        kept = dict(words.evenly(list(course.snapshots.items()), MOST_SNAPSHOTS))
        plane = path_plane(subject.model, list(kept.values())) or random_plane(subject.model, subject.seed)
        if plane is None:
            return None
        found = measured(subject, course, plane, list(kept) if len(plane.path) else [])
    here = found | {"step": course.step}
    return Shown("landscape", TITLE, _caption(here), _parts(here), here)


def _of_the_film(subject: Subject, course: Course) -> dict[str, Any] | None:
    """What the film's last frame has measured: all its frames lie on one plane, and only the place moves."""
    later = subject.after.get("landscape", {})
    return dict(later) if course.step in later.get("steps", ()) else None


def measured(subject: Subject, course: Course, plane: Plane, steps: list[int]) -> dict[str, Any]:
    """The loss over the plane, in numbers.

    Args:
        subject: Whose weights are the origin.
        course: Its way.
        plane: Which plane.
        steps: Of the snapshots on it.
    """
    side, most = size(subject.multiply_adds)
    each = max(1, int(np.prod(subject.input.shape)))
    many = min(len(course.examples), most, max(1, MOST_NUMBERS // each))
    inputs, targets = course.examples.take(
        np.linspace(0, len(course.examples) - 1, many).astype(int).tolist()
    )
    losses = Losses(subject.model, course.loss, inputs, torch.as_tensor(targets), subject.seed)
    xs, ys = axes(plane.path, side)
    found = losses.over(plane, xs, ys, MOST_SECONDS)
    return {
        "x": xs, "y": ys, "loss": found, "path": plane.path, "steps": steps, "kept": plane.kept, "examples": many,
        "split": course.split, "here": losses.at(plane, 0, 0),
        "parameters": sum(map(torch.numel, plane.first.values())),
        "on_path": [losses.at(plane, float(a), float(b)) for a, b in plane.path],
    }  # fmt: skip


def size(multiply_adds: int) -> tuple[int, int]:
    """How many places along a side, and examples, a network of such a cost is asked at."""
    for side, many in SIZES:
        if side * side * many * multiply_adds <= BUDGET:
            return side, many
    return SIZES[-1]


def axes(path: Array, side: int) -> tuple[Array, Array]:
    """Places along both directions: around the path and the network's own place, or a filter's length to each side."""
    if not len(path):
        both = np.linspace(-RANDOM_REACH, RANDOM_REACH, side)
        return both, both
    every = np.vstack([path, [[0.0, 0.0]]])
    low, high = every.min(0), every.max(0)
    wide = float((high - low).max())
    half = np.maximum(high - low, NARROWEST * wide) * (0.5 + MARGIN)
    middle = (low + high) / 2
    first, second = (np.linspace(m - h, m + h, side) for m, h in zip(middle, half, strict=True))
    return first, second


def _caption(found: dict[str, Any]) -> str:
    many = f"{numbers.count(found['examples'])} {found['split']} examples"
    said = f"The loss on {many} over a plane through all {numbers.count(found['parameters'])} weights that learn. "
    if len(found["path"]):
        one, two = (numbers.percent(share) for share in found["kept"])
        said += (
            f"Its two directions are those in which the weights moved most over {len(found['steps'])} snapshots: they "
            f"keep {one} and {two} of the variance of that path, which is drawn as it falls on the plane (the weights "
            "themselves lie a little beside it, so their loss is another). "
        )
    else:
        said += (
            "Its two directions are random, each filter as long as the network's own: at 1 every unit has changed by "
            "as much as it weighs. With train.keep_checkpoints=12 a run's own path is shown. "
        )
    places = found["loss"].size
    said += "Layers that normalize keep their statistics. "
    done = int(np.count_nonzero(~np.isnan(found["loss"])))
    left = "" if done == places else f"; the time was enough for {done} of them, from the middle outwards"
    return said + f"{places} places in at most {MOST_SECONDS} seconds{left}."


def _parts(found: dict[str, Any]) -> list[Any]:
    loss, path = found["loss"], found["path"]
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return [Table(["what", "value"], [["loss", "no finite number anywhere on the plane"]])]
    j, i = np.unravel_index(np.argmin(np.where(np.isfinite(loss), loss, np.inf)), loss.shape)
    where = f"{numbers.plain(float(found['x'][i]))}, {numbers.plain(float(found['y'][j]))}"
    label = (
        f"From {numbers.plain(float(finite.min()))} at {where} to {numbers.plain(float(finite.max()))}; "
        f"{numbers.plain(found['here'])} at the network's own weights, 0, 0."
    )
    spec = _spec(found, bounds(finite), _titles(found))
    parts: list[Any] = [figure("The loss over the plane", spec, label, table=_grid(found))]
    if len(path):
        rows = [
            [numbers.count(step), *(numbers.plain(float(v)) for v in (*place, on_plane))]
            for step, place, on_plane in zip(found["steps"], path, found["on_path"], strict=True)
        ]
        columns = ["step", "first direction", "second direction", "loss on the plane"]
        parts.append(Table(columns, rows, "The way of the training", right=frozenset({0, 1, 2, 3})))
    return parts


def _titles(found: dict[str, Any]) -> tuple[str, str]:
    if not len(found["path"]):
        return "first random direction", "second random direction"
    shares = (numbers.percent(share) for share in found["kept"])
    one, two = (
        f"{name} direction ({share})" for name, share in zip(("first", "second"), shares, strict=True)
    )
    return one, two


def _grid(found: dict[str, Any]) -> Table:
    """Some of the places as rows, the top one first as in the drawing."""
    across = words.evenly(list(range(len(found["x"]))), TABLE_SIDE)
    down = words.evenly(list(range(len(found["y"]))), TABLE_SIDE)[::-1]
    rows = [
        [numbers.plain(float(found["y"][j])), *(_written(float(found["loss"][j, i])) for i in across)]
        for j in down
    ]
    columns = ["second \\ first", *(numbers.plain(float(found["x"][i])) for i in across)]
    return Table(columns, rows, right=frozenset(range(len(columns))))


def _written(value: float) -> str:
    return numbers.plain(value) if np.isfinite(value) else "–"


def bounds(finite: Array) -> Array:
    """The limits of the shades, [LEVELS + 1]: evenly spaced, or by factors where the loss spans more than ten times."""
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and high > 10 * low:
        return np.geomspace(low, high, palette.LEVELS + 1)
    return np.linspace(low, high if high > low else low + 1e-9, palette.LEVELS + 1)


def _spec(found: dict[str, Any], limits: Array, titles: tuple[str, str]) -> drawing.Spec:
    x, y = (_axis(found[name], title) for name, title in zip("xy", titles, strict=True))
    names = words.distinct([f"to {numbers.plain(float(limit), 3)}" for limit in limits[1:]])
    colors = {"domain": names, "range": [palette.color(f"h{n}") for n in range(palette.LEVELS)]}
    place = {"x": {"field": "a", **x}, "y": {"field": "c", **y}}
    floor = {
        "data": {"values": _stripes(found, limits, names)},
        "mark": {"type": "rect", "y2Offset": -0.7},  # rows overlap a little: no seam of paper between them
        "encoding": {
            **place, "x2": {"field": "b"}, "y2": {"field": "d"},
            "color": {"field": "k", "type": "nominal", "scale": colors, "legend": {"columns": 4}},
        },
    }  # fmt: skip
    return drawing.chart(floor, *_way(found, place), height=400)


def _way(found: dict[str, Any], place: drawing.Spec) -> list[drawing.Spec]:
    """The path as a line with a dot a snapshot, and where the network stands."""
    now = found["step"]
    points = [
        {"a": float(a), "c": float(b), "o": step}
        for step, (a, b) in zip(found["steps"], found["path"], strict=True)
        if now is None or step <= now
    ]
    here = {"a": 0.0, "c": 0.0} if now is None or not points else {k: points[-1][k] for k in "ac"}
    ends = [here | {"w": "here"}, *([points[0] | {"w": "start"}] if len(points) > 1 else [])]
    color = palette.color("s1")
    line = {"type": "line", "color": color, "strokeWidth": 2}
    dot = {"type": "point", "filled": True, "size": 40, "color": color, "opacity": 1}
    dot |= {"stroke": palette.color("paper")}
    mark = {**dot, "size": 110, "strokeWidth": 1.5}
    halo = {"type": "text", "dy": -13, "fontSize": 12, "fontWeight": "bold", "align": "left", "dx": 6}
    around = {**halo, "stroke": palette.color("paper"), "strokeWidth": 4, "color": palette.color("paper")}
    text = {"text": {"field": "w", "type": "nominal"}}
    order = {"order": {"field": "o", "type": "quantitative"}}
    return [
        {"data": {"values": points}, "mark": line, "encoding": {**place, **order}},
        {"data": {"values": points}, "mark": dot, "encoding": place},
        {"data": {"values": ends[:1]}, "mark": mark, "encoding": place},
        {"data": {"values": ends}, "mark": around, "encoding": {**place, **text}},
        {"data": {"values": ends}, "mark": {**halo, "color": palette.color("ink")}, "encoding": {**place, **text}},
    ]  # fmt: skip


def _axis(places: Array, title: str) -> drawing.Spec:
    half = float(places[1] - places[0]) / 2
    scale = {"domain": [float(places[0]) - half, float(places[-1]) + half], "nice": False, "zero": False}
    return {"type": "quantitative", "title": title, "scale": scale, "axis": {"grid": False}}


def _stripes(found: dict[str, Any], limits: Array, names: Sequence[str]) -> list[drawing.Spec]:
    """Rectangles of one shade: neighbours in a row are one. Where there is no finite number, nothing is drawn."""
    xs, ys, loss = found["x"], found["y"], found["loss"]
    dx, dy = float(xs[1] - xs[0]) / 2, float(ys[1] - ys[0]) / 2
    shade = np.where(np.isfinite(loss), np.clip(np.searchsorted(limits, loss) - 1, 0, palette.LEVELS - 1), -1)
    drawn = []
    for j, row in enumerate(shade.tolist()):
        start = 0
        for level, run in itertools.groupby(row):
            end = start + len(list(run))
            if level >= 0:
                drawn.append({
                    "a": float(xs[start]) - dx, "b": float(xs[end - 1]) + dx, "c": float(ys[j]) - dy,
                    "d": float(ys[j]) + dy, "k": names[level],
                })  # fmt: skip
            start = end
    return drawn
