"""The network as it is drawn in textbooks: units as circles, weights as lines.

Only of dense layers, and only so many units of each. Line: blue adds, orange takes away, thicker is larger.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from torch import nn

from vitreous.looking.subject import Subject
from vitreous.looking.view import Shown
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 5
MOST_UNITS = 8
Rows = list[dict[str, Any]]


def view(subject: Subject) -> Shown | None:
    """Layers from left to right; nothing for networks that are not dense layers alone."""
    layers = dense_chain(subject.model)
    if not layers:
        return None
    sizes = [layers[0][1].in_features, *(m.out_features for _, m in layers)]
    kept = [np.unique(np.linspace(0, size - 1, min(size, MOST_UNITS)).astype(int)).tolist() for size in sizes]
    lines: Rows = []
    for column, (_, module) in enumerate(layers):
        lines += _lines(column, module, kept[column], kept[column + 1])
    dots = [{"x": c, "y": _height(n, len(units))} for c, units in enumerate(kept) for n in range(len(units))]
    columns = ["layer", "units", "weights", "smallest", "largest", "bias"]
    table = Table(columns, [_row(n, m) for n, m in layers], right=frozenset({1, 2, 3, 4}))
    label = "Layers of " + ", ".join(map(str, sizes)) + " units."
    caption = f"{' – '.join(numbers.count(s) for s in sizes)} units. Blue lines add, orange ones take away; "
    caption += "thicker is larger, within a layer."
    if any(len(units) < size for units, size in zip(kept, sizes, strict=True)):
        caption += f" Of wider layers {MOST_UNITS} units are drawn."
    part = figure("Units and weights", _spec(lines, dots), label, table=table)
    return Shown("neurons", "The network, unit by unit", caption, [part], {"sizes": sizes, "kept": kept})


def dense_chain(model: nn.Module) -> list[tuple[str, nn.Linear]]:
    """The dense layers, where they are all that has weights (but norms), each as wide as the next takes; else none."""
    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
    others = (nn.Linear, nn.LayerNorm, nn.BatchNorm1d)
    if any(list(m.parameters(recurse=False)) and not isinstance(m, others) for m in model.modules()):
        return []
    fits = all(a.out_features == b.in_features for (_, a), (_, b) in pairwise(layers))
    return layers if fits else []


def _row(name: str, module: nn.Linear) -> list[str]:
    weight = module.weight.detach()
    ends = [numbers.plain(float(v)) for v in (weight.min(), weight.max())]
    sizes = [str(module.out_features), f"{module.in_features}·{module.out_features}"]
    return [words.text(name, 60), *sizes, *ends, "yes" if module.bias is not None else "no"]


def _lines(column: int, module: nn.Linear, left: list[int], right: list[int]) -> Rows:
    weight = module.weight.detach().cpu().float().numpy()
    most = float(np.abs(weight).max()) or 1.0
    return [
        {
            "x": column, "y": _height(a, len(left)), "x2": column + 1, "y2": _height(b, len(right)),
            "w": abs(float(weight[o, i])) / most, "s": "adds" if weight[o, i] >= 0 else "takes away",
        }
        for a, i in enumerate(left) for b, o in enumerate(right)
    ]  # fmt: skip


def _height(place: int, many: int) -> float:
    return (place + 0.5) / many


def _spec(lines: Rows, dots: Rows) -> drawing.Spec:
    plain = {"type": "quantitative", "axis": None, "scale": {"nice": False}}
    colors = {"domain": ["adds", "takes away"], "range": [palette.color("s0"), palette.color("s1")]}
    width = {"domain": [0, 1], "range": [0.15, 3]}
    edges = {
        "data": {"values": lines}, "mark": {"type": "rule"},
        "encoding": {
            "x": {"field": "x", **plain}, "y": {"field": "y", **plain}, "x2": {"field": "x2"}, "y2": {"field": "y2"},
            "color": {"field": "s", "type": "nominal", "scale": colors, "legend": None},
            "strokeWidth": {"field": "w", "type": "quantitative", "scale": width, "legend": None},
        },
    }  # fmt: skip
    circles = {
        "data": {"values": dots},
        "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "color": palette.color("ink")},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
        },
    }
    return drawing.chart(edges, circles, height=320)
