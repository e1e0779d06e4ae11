"""From a Vega-Lite specification to an SVG that may stand in the page.

The drawing is rebuilt from an allow-list of elements and attributes: whatever a label may hold, what
reaches the page is shapes and text.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from vitreous.report.palette import VARIABLES, color

Spec = dict[str, Any]

WIDTH = 440  # small enough to be read on a phone when scaled to its width
HEIGHT = 240
PLAIN = ".6~g"  # 0.001, 250, 1e-7: without a precision of its own d3 writes 250 as 3e+2
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {"svg", "g", "path", "line", "rect", "circle", "text", "tspan"}
_ATTRIBUTES = frozenset(
    [
        "viewBox",
        "transform",
        "d",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "dx",
        "dy",
        "cx",
        "cy",
        "r",
        "width",
        "height",
        "opacity",
        "fill-opacity",
        "stroke-opacity",
        "stroke-width",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "text-anchor",
        "font-size",
        "font-weight",
        "font-style",
    ]
)
_INHERITED = ("fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor")
_LONG_FRACTION = re.compile(r"(\.\d\d)\d+")
_LAST_ZEROS = re.compile(r"\.0+\b|(\.\d*[1-9])0+\b")


def chart(*layers: Spec, width: int = WIDTH, height: int = HEIGHT, **more: Any) -> Spec:
    """Layers as one plot of a fixed size, in the house's style."""
    return {
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "layer": list(layers),
        "config": style(),
        **more,
    }


def style() -> Spec:
    """The look that all plots share."""
    return {
        "aria": False,
        "background": None,
        "padding": 4,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelColor": color("muted"),
            "titleColor": color("muted"),
            "gridColor": color("grid"),
            "domainColor": color("line"),
            "tickColor": color("line"),
            "labelLimit": 150,
            "tickCount": 5,
        },
        "axisX": {"grid": False},
        "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
        "legend": {
            "orient": "top",
            "title": None,
            "labelFontSize": 12,
            "labelColor": color("ink"),
            "labelLimit": 130,
            "symbolSize": 160,
            "symbolStrokeWidth": 2.5,
            "columns": 4,
            "offset": 8,
        },
        "text": {"fontSize": 12, "color": color("ink")},
    }


def svg(spec: Spec) -> str:
    """The plot as inline SVG, colours as CSS variables, hidden from screen readers (the figure speaks).

    Args:
        spec: A Vega-Lite specification with its data inline.
    """
    import vl_convert

    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    root = _rebuilt(ElementTree.fromstring(drawn))
    if root is None:  # pragma: no cover - vl_convert always gives an svg element
        return ""
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")


def _rebuilt(source: ElementTree.Element) -> ElementTree.Element | None:
    """A copy with allowed elements and attributes only, empty groups left out."""
    name = source.tag.removeprefix(_SVG)
    if name not in _ELEMENTS or source.get("display") == "none":
        return None
    result = ElementTree.Element(name)
    result.text = source.text if name in ("text", "tspan") else None
    for key, value in source.attrib.items():
        if key in ("fill", "stroke"):
            result.set(key, VARIABLES.get(value, "none"))
        elif key in _ATTRIBUTES and (key, value) != ("opacity", "1"):
            result.set(key, _LAST_ZEROS.sub(r"\1", _LONG_FRACTION.sub(r"\1", value)))
    result.extend(child for child in map(_rebuilt, source) if child is not None)
    if name == "g":
        if not len(result):
            return None
        _share(result)
    if name == "path" and result.get("fill") is None and result.get("stroke") is None:
        return None  # the invisible backgrounds of groups
    return result


def _share(group: ElementTree.Element) -> None:
    """Moves what all children of a group say alike to the group: half the size of a grid of cells."""
    for key in _INHERITED:
        said = {child.get(key) for child in group}
        if len(group) > 1 and len(said) == 1 and None not in said:
            group.set(key, said.pop() or "")
            for child in group:
                del child.attrib[key]
