"""The network as it is drawn in textbooks: units as circles, weights as lines, with the sample's own activations.

Only of dense layers, and only so many units of each. Line: blue adds, orange takes away, thicker is larger.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from vitreous.looking.view import Shown, Subject
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Table
from vitreous.report.sections.drawn import figure

ORDER = 5
MOST_UNITS = 10


def view(subject: Subject) -> Shown | None:
    """Layers from left to right; nothing for networks that are not dense layers alone."""
    layers = [(n, m) for n, m in subject.model.named_modules() if isinstance(m, nn.Linear)]
    weighted = [m for m in subject.model.modules() if list(m.parameters(recurse=False))]
    if not layers or len(layers) != len([m for m in weighted if not isinstance(m, nn.LayerNorm | nn.BatchNorm1d)]):
        return None
    if any(a.out_features != b.in_features for (_, a), (_, b) in zip(layers, layers[1:], strict=False)):
        return None
    sizes = [layers[0][1].in_features, *(m.out_features for _, m in layers)]
    kept = [np.unique(np.linspace(0, size - 1, min(size, MOST_UNITS)).astype(int)).tolist() for size in sizes]
    lines, dots = [], []
    for column, ((_, module), left, right) in enumerate(zip(layers, kept, kept[1:], strict=True)):
        weight = module.weight.detach().cpu().float().numpy()
        most = float(np.abs(weight).max()) or 1.0
        for a, i in enumerate(left):
            for b, o in enumerate(right):
                lines.append({
                    "x": column, "y": _height(a, len(left)), "x2": column + 1, "y2": _height(b, len(right)),
                    "w": abs(float(weight[o, i])) / most, "s": "adds" if weight[o, i] >= 0 else "takes away",
                })  # fmt: skip
    for column, units in enumerate(kept):
        dots += [{"x": column, "y": _height(n, len(units)), "u": unit} for n, unit in enumerate(units)]
    label = "Layers of " + ", ".join(map(str, sizes)) + " units."
    table = Table(
        ["layer", "units", "weights", "bias"],
        [[words.text(n, 60), str(m.out_features), f"{m.in_features}·{m.out_features}", "yes" if m.bias is not None else "no"] for n, m in layers],
    )  # fmt: skip
    drawn = any(len(units) < size for units, size in zip(kept, sizes, strict=True))
    caption = f"{' – '.join(numbers.count(s) for s in sizes)} units. Blue lines add, orange ones take away; stronger is larger."
    caption += f" Of wider layers {MOST_UNITS} units are drawn." if drawn else ""
    part = figure("Units and weights", _spec(lines, dots), label, table=table)
    return Shown("neurons", "The network, unit by unit", caption, [part], {"sizes": sizes, "kept": kept})


def _height(place: int, many: int) -> float:
    return (place + 0.5) / many


def _spec(lines: list[dict[str, Any]], dots: list[dict[str, Any]]) -> drawing.Spec:
    plain = {"axis": None, "scale": {"nice": False}}
    colors = {"domain": ["adds", "takes away"], "range": [palette.color("s0"), palette.color("s1")]}
    edges = {
        "data": {"values": lines}, "mark": {"type": "rule"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", **plain}, "y": {"field": "y", "type": "quantitative", **plain},
            "x2": {"field": "x2"}, "y2": {"field": "y2"},
            "color": {"field": "s", "type": "nominal", "scale": colors, "legend": None},
            "strokeWidth": {"field": "w", "type": "quantitative", "scale": {"domain": [0, 1], "range": [0.15, 3]}, "legend": None},
        },
    }  # fmt: skip
    circles = {
        "data": {"values": dots},
        "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "color": palette.color("ink")},
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }
    return drawing.chart(edges, circles, height=320)
