"""One step of training as a ring: data, forward, loss, backward, the optimizer's step, and again.

Each station has the example's own number, and leads to the part of the page that shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from vitreous.looking.trace import Trace
from vitreous.looking.update import Update
from vitreous.report import numbers
from vitreous.report import values as words

WIDTH, HEIGHT = 372, 226
BOX = (126, 40)
# Middles of the boxes, clockwise from the top; between two of them an arrow.
PLACES = ((186, 22), (307, 98), (262, 200), (110, 200), (65, 98))
ARROWS = (
    "M250 22H293Q307 22 307 36V76",
    "M301 119L292 178",
    "M198 200H175",
    "M80 179L71 121",
    "M65 77V36Q65 22 79 22H121",
)
TIPS = ((307, 77, 90), (291, 179, 99), (174, 200, 180), (71, 120, -81), (122, 22, 0))  # x, y, degrees
LETTERS = 21  # that fit into a box


@dataclass(frozen=True)
class Station:
    """A part of the step: what it is, its number, and where on the page it is shown."""

    name: str
    number: str
    link: str


def stations(trace: Trace, update: Update) -> list[Station]:
    """The five parts with the trace's numbers: shapes, operations, the loss, the gradient's size, the update's."""
    computed = [s for s in trace.steps if s.computes]
    loss = next((s for s in reversed(computed) if s.output.size == 1), computed[-1])
    shapes = ", ".join(" × ".join(map(str, v.shape)) for v in trace.inputs.values())
    gradient = _size([np.asarray(g) for g in trace.gradients.values()])
    change = _size([c.change for c in update.changes.values()])
    weights = _size([c.before for c in update.changes.values()])
    share = f" ({change / weights:.2%})" if weights else ""
    first = next(iter(computed))
    return [
        Station("data", shapes, f"step-{first.number}"),
        Station("forward", f"{len(computed)} operations", "forward"),
        Station("loss", numbers.plain(trace.loss), f"step-{loss.number}"),
        Station("backward", f"‖gradient‖ {numbers.plain(gradient)}", "back"),
        Station(f"step of {update.optimizer}", f"‖Δw‖ {numbers.plain(change, 3)}{share}", "update"),
    ]


def _size(arrays: Sequence[np.ndarray]) -> float:
    """The root of the sum of all squares."""
    return float(np.sqrt(sum(float(np.square(a.astype(np.float64)).sum()) for a in arrays)))


def draw(found: Sequence[Station]) -> str:
    """The ring as SVG: shapes, text and links; colours as CSS variables."""
    size = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "width": str(WIDTH), "height": str(HEIGHT)}
    root = ElementTree.Element("svg", size)
    for path, (x, y, turn) in zip(ARROWS, TIPS, strict=True):
        ElementTree.SubElement(root, "path", {"d": path, "class": "flow"})
        tip = {"d": "M0 0L-8 4V-4Z", "transform": f"translate({x} {y}) rotate({turn})", "class": "tip"}
        ElementTree.SubElement(root, "path", tip)
    _text(root, WIDTH / 2, 104, "one step of training,", "")
    _text(root, WIDTH / 2, 119, "over and over", "")
    width, height = BOX
    for station, (x, y) in zip(found, PLACES, strict=True):
        link = ElementTree.SubElement(root, "a", {"href": f"#{station.link}"})
        ElementTree.SubElement(link, "rect", {
            "x": f"{x - width / 2:g}", "y": f"{y - height / 2:g}", "width": str(width), "height": str(height),
            "rx": "5", "class": "box",
        })  # fmt: skip
        _text(link, x, y - 3, station.name, "name")
        _text(link, x, y + 13, words.text(station.number, LETTERS + 4), "kind")
    return ElementTree.tostring(root, encoding="unicode")


def _text(parent: ElementTree.Element, x: float, y: float, said: str, style: str) -> None:
    ElementTree.SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", "class": style}).text = said
