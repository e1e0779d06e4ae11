"""Coloured grids: a confusion matrix, and layers over steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vitreous.report import numbers, palette
from vitreous.report.drawing import Spec, chart

# Shares of a row that start the next shade; small errors must not look like none.
_STEPS = (0.0005, 0.01, 0.05, 0.2, 0.5, 0.8)
_WITH_COUNTS = 15


def confusion(labels: Sequence[str], counts: Sequence[Sequence[float]]) -> Spec:
    """Counts by true and predicted class, shaded by their share of the row.

    Args:
        labels: Distinct, short names, in the order of the counts.
        counts: A row a true class.
    """
    cells: list[dict[str, Any]] = []
    for truth, row in zip(labels, counts, strict=True):
        total = sum(row) or 1
        for predicted, found in zip(labels, row, strict=True):
            shade = sum(found / total >= step for step in _STEPS)
            cells.append({"t": truth, "p": predicted, "h": shade, "n": _short(found) if found else ""})
    many = len(labels)
    size = 460 if many <= _WITH_COUNTS else 560
    layers = [_cells(labels, labels, "predicted", "true")]
    if many <= _WITH_COUNTS:
        layers.append(_words(12 if many <= 10 else 10))
    own_inks = {"scale": {"color": "independent"}}
    height = size if many > 4 else 70 * many + 90
    return chart(*layers, data={"values": cells}, width=size, height=height, resolve=own_inks)


def layers(names: Sequence[str], steps: Sequence[str], levels: Sequence[Sequence[float | None]]) -> Spec:
    """One quantity by layer (rows) and step (columns).

    Args:
        names: Distinct names of the layers, from the input on.
        steps: The steps, as they are written.
        levels: For each layer, for each step, the shade between 0 and 1; None where nothing is known.
    """
    cells = [
        {"t": name, "p": step, "h": palette.level(share)}
        for name, row in zip(names, levels, strict=True)
        for step, share in zip(steps, row, strict=True)
        if share is not None
    ]
    spec = _cells(steps, names, "step", "")
    spec["encoding"]["x"]["axis"] = {
        "labelAngle": 0,
        "labelOverlap": "greedy",
        "domain": False,
        "labelSeparation": 12,
    }
    return chart(spec, data={"values": cells}, height=max(160, 16 * len(names) + 60))


def _short(found: float) -> str:
    return f"{found / 1000:.0f}k" if found >= 100_000 else numbers.count(found)


def _cells(columns: Sequence[str], rows: Sequence[str], across: str, down: str) -> Spec:
    room = 360 // max(len(columns), 1)
    turn = {"labelAngle": 0 if max(map(len, columns), default=0) * 7 <= room else -45}
    scale = {
        "domain": list(range(palette.LEVELS)),
        "range": [palette.color(f"h{shade}") for shade in range(palette.LEVELS)],
    }
    return {
        "mark": {
            "type": "rect",
            "stroke": palette.color("paper"),
            "strokeWidth": 1 if len(rows) <= 20 else 0.5,
        },
        "encoding": {
            "x": _band("p", columns, across, {"domain": False, "ticks": False, "labelLimit": 90, **turn}),
            "y": _band("t", rows, down or None, {"labelLimit": 90}),
            "color": {"field": "h", "type": "ordinal", "scale": scale, "legend": None},
        },
    }


def _band(field: str, domain: Sequence[str], title: str | None, axis: Spec) -> Spec:
    return {
        "field": field,
        "type": "nominal",
        "sort": None,
        "title": title,
        "scale": {"domain": list(domain), "padding": 0},
        "axis": axis,
    }


def _words(size: int) -> Spec:
    ink = {
        "domain": list(range(palette.LEVELS)),
        "range": [palette.color(f"k{shade}") for shade in range(palette.LEVELS)],
    }
    return {
        "mark": {"type": "text", "fontSize": size},
        "encoding": {
            "x": {"field": "p", "type": "nominal", "sort": None},
            "y": {"field": "t", "type": "nominal", "sort": None},
            "text": {"field": "n", "type": "nominal"},
            "color": {"field": "h", "type": "ordinal", "scale": ink, "legend": None},
        },
    }
