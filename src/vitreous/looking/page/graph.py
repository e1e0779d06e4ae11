"""The network drawn: layers from top to bottom in the order they ran, lines for what flows, arcs for what skips.

A layer that runs twice stands there twice. Networks of very many layers are drawn by their blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from vitreous.looking.steps import Step
from vitreous.looking.structure import Structure
from vitreous.report import values as words

MOST_NODES = 90
WIDTH, HEIGHT, GAP, LEFT = 330, 34, 16, 8
LANE = 14
CHARACTERS = 42

# Families of layers and the series colour of each; what is in none is grey.
FAMILIES = {
    "s0": ("Linear", "Bilinear"), "s2": ("Conv",), "s1": ("ReLU", "GELU", "SiLU", "Tanh", "Sigmoid", "ELU", "Softmax"),
    "s3": ("Norm",), "s4": ("Pool", "Flatten", "Upsample"), "s5": ("LSTM", "GRU", "RNN", "Attention", "Transformer"),
}  # fmt: skip


@dataclass
class Node:
    """One box: what ran in a layer in one go.

    Attributes:
        module: The layer's name.
        kind: Its class, or the operations where it is none of the network's.
        shape: Of what it gave.
        step: Its first step, which the box links to.
        before: Places of the boxes whose numbers it takes.
    """

    module: str
    kind: str
    shape: tuple[int, ...] = ()
    step: int = 0
    before: set[int] = field(default_factory=set)


def nodes(steps: Sequence[Step], structure: Structure, most: int = MOST_NODES) -> list[Node]:
    """Boxes in the order they ran: by layer, or by as many levels of blocks as give few enough boxes."""
    deepest = max((s.module.count(".") + 1 for s in steps), default=1)
    for depth in range(deepest, 0, -1):
        found = _grouped(steps, structure, depth)
        if len(found) <= most:
            return found
    return found[:most]


def _grouped(steps: Sequence[Step], structure: Structure, depth: int) -> list[Node]:
    kinds = {layer.name: layer.kind for layer in structure.layers}
    found: list[Node] = []
    place_of: dict[Step, int] = {}
    last = ""
    for step in steps:
        if not step.computes:
            continue
        name = ".".join(step.module.split(".")[:depth])
        if not found or name != last:
            kind = kinds.get(name, "") if name and name != "loss" else step.operation
            found.append(Node(name, kind, step=step.number))
            last = name
        elif not name or name == "loss":
            found[-1].kind = f"{found[-1].kind}, {step.operation}"
        node, place = found[-1], len(found) - 1
        place_of[step] = place
        node.shape = step.outputs[0].shape
        for value in step.inputs:
            source = -1 if value.role == "input" else place_of.get(value.step) if value.step else None
            if source is not None and source != place:
                node.before.add(source)
    return found


def draw(steps: Sequence[Step], structure: Structure, marked: Collection[str] = ()) -> str:
    """The drawing as SVG; only shapes and text, colours as CSS variables.

    Args:
        steps: What ran.
        structure: Kinds of the layers.
        marked: Layers that a finding names.
    """
    found = nodes(steps, structure)
    arcs = [(a, b) for b, node in enumerate(found) for a in node.before if b - a > 1]
    lanes = _lanes(arcs)
    width = LEFT + WIDTH + LANE * (max(lanes.values(), default=0) + 2)
    height = (len(found) + 1) * (HEIGHT + GAP)
    root = ElementTree.Element("svg", viewBox=f"0 0 {width} {height}", width=str(width), height=str(height))
    for b, node in enumerate(found):
        if b - 1 in node.before or (b == 0 and -1 in node.before):
            x = LEFT + WIDTH / 2
            _line(root, f"M{x} {_top(b) - GAP}V{_top(b) - 1}")
    for (a, b), lane in lanes.items():
        x, out = LEFT + WIDTH, LEFT + WIDTH + LANE * (lane + 1)
        start, end = _top(a) + HEIGHT / 2 + 4, _top(b) + HEIGHT / 2 - 4
        _line(
            root,
            f"M{x} {start}H{out - 6}Q{out} {start} {out} {start + 6}V{end - 6}Q{out} {end} {out - 6} {end}H{x + 1}",
        )
    _box(
        root, Node("input", "", next((v.shape for s in steps for v in s.inputs if v.role == "input"), ())), -1
    )
    for place, node in enumerate(found):
        _box(
            root,
            node,
            place,
            any(f"{name}.".startswith(f"{node.module}.") and node.module for name in marked),
        )
    return ElementTree.tostring(root, encoding="unicode")


def _lanes(arcs: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """Each arc's lane at the right: the innermost that is free all along it."""
    taken: list[list[tuple[int, int]]] = []
    found = {}
    for a, b in sorted(arcs, key=lambda arc: (arc[1] - arc[0], arc)):
        lane = next((n for n, used in enumerate(taken) if all(b <= c or d <= a for c, d in used)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((a, b))
        found[a, b] = lane
    return found


def _top(place: int) -> float:
    return (place + 1) * (HEIGHT + GAP) + 2


def _line(root: ElementTree.Element, path: str) -> None:
    ElementTree.SubElement(root, "path", {"d": path, "class": "flow"})


def _box(root: ElementTree.Element, node: Node, place: int, marked: bool = False) -> None:
    parent = root
    if place >= 0:
        parent = ElementTree.SubElement(root, "a", {"href": f"#step-{node.step}"})
    y = _top(place)
    color = next((c for c, kinds in FAMILIES.items() if any(kind in node.kind for kind in kinds)), "muted")
    ElementTree.SubElement(parent, "rect", {
        "x": str(LEFT), "y": str(y), "width": str(WIDTH), "height": str(HEIGHT), "rx": "5",
        "class": "box marked" if marked else "box",
    })  # fmt: skip
    ElementTree.SubElement(parent, "rect", {
        "x": str(LEFT), "y": str(y), "width": "5", "height": str(HEIGHT), "fill": f"var(--{color})",
    })  # fmt: skip
    shape = " × ".join(map(str, node.shape)) or "1 number"
    name = words.text(node.module or "(the network itself)", CHARACTERS - 2)
    _text(parent, LEFT + 14, y + 14, f"{name} !" if marked else name, "name")
    _text(parent, LEFT + 14, y + 28, words.text(node.kind, CHARACTERS - len(shape) // 2), "kind")
    _text(parent, LEFT + WIDTH - 8, y + 28, shape, "shape")


def _text(parent: ElementTree.Element, x: float, y: float, said: str, style: str) -> None:
    ElementTree.SubElement(parent, "text", {"x": str(x), "y": str(y), "class": style}).text = said


def said(steps: Sequence[Step], structure: Structure) -> list[tuple[str, str, str, str]]:
    """The drawing as rows for who cannot see it: layer, kind, shape, what it takes."""
    found = nodes(steps, structure)
    names = ["input", *(node.module or "(the network itself)" for node in found)]
    return [
        (
            names[n + 1], node.kind, " × ".join(map(str, node.shape)),
            ", ".join(names[b + 1] for b in sorted(node.before)),
        )
        for n, node in enumerate(found)
    ]  # fmt: skip
