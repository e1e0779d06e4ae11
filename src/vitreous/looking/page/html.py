"""The page of a trace, written in one piece: one file, nothing loaded, a script that only reads what is in it."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vitreous.looking import writing
from vitreous.looking.flow import Flow, flow
from vitreous.looking.operation import Array
from vitreous.looking.page import cycle, graph, opening
from vitreous.looking.page.content import Content, agreement
from vitreous.looking.structure import Layer
from vitreous.looking.summary import bytes_of, short
from vitreous.looking.trace import Trace
from vitreous.looking.update import Update
from vitreous.looking.view import Shown
from vitreous.report import drawing, numbers, palette
from vitreous.report import values as words
from vitreous.report.blocks import Bullets, Figure, Paragraph, Table
from vitreous.report.sections.drawn import figure

HERE = Path(__file__).parent
MOST_UPDATES = 40
MOST_BARS = 40


def write(trace: Trace, path: Path, *, title: str = "", views: Sequence[Shown] = (), lead: str = "",
          optimizer: str = "adam", options: Mapping[str, Any] | None = None) -> Path:  # fmt: skip
    """Writes the page, whole or not at all.

    Args:
        trace: What is shown.
        path: Where to.
        title: What was looked at; the network's class by default.
        views: What the network has learned.
        lead: What the views were made of.
        optimizer: Whose step is worked out.
        options: Its settings.

    Raises:
        VitreousError: when the file cannot be written.
    """
    page = render(trace, title=title, views=views, lead=lead, optimizer=optimizer, options=options)
    return writing.write(path, page, "the page")


def render(trace: Trace, *, title: str = "", views: Sequence[Shown] = (), lead: str = "",
           optimizer: str = "adam", options: Mapping[str, Any] | None = None) -> str:  # fmt: skip
    """The page as text."""
    content = Content.of(trace)
    forward, back = content.forward(), content.back()
    counted = [s for s in trace.steps if s.computes]
    errors = trace.largest_errors
    step = trace.update(optimizer, **(options or {})) if trace.gradients else None
    told = {
        "title": words.text(title or trace.model, 120), "summary": _summary(trace),
        "cycle": _svg(cycle.draw(cycle.stations(trace, step))) if step is not None else "",
        "explained": numbers.percent(trace.explained),
        "operations": len(counted), "largest": f"largest difference {errors[0]:.1e} forward, {errors[1]:.1e} back",
        "marks": _marks(trace), "problems": _problems(trace), "notes": [words.text(n, 300) for n in trace.notes],
        "forward": forward, "back": back,
        "graph": _svg(graph.draw(trace.steps, trace.structure, marked(trace))),
        "graph_rows": Table(["layer", "kind", "gives", "takes"], graph.said(trace.steps, trace.structure)),
        "by_hand": by_hand(trace), "views": views, "views_lead": lead, **_layers(trace), **_way_back(trace),
        **_update(content, step, options or {}),
    }  # fmt: skip
    told["sampled"] = f"{content.shelf.sampled} of {len(content.shelf.tensors)} tensors sampled"
    data = {"tensors": content.shelf.tensors, "steps": content.steps, "opened": content.opened}
    return fill("template.html", (HERE / "page.js").read_text(encoding="utf-8"), data, told)


def fill(template: str, script: str, data: Any, told: Mapping[str, Any], folder: Path = HERE) -> str:
    """A template with its script and data; the script is allowed by its hash, and nothing else runs."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    import vitreous
    from vitreous import report

    environment = Environment(
        loader=FileSystemLoader([folder, HERE, Path(report.__file__).parent]), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    script = _without_indent(script)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    plain = json.dumps(_finite(data), separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        plain = plain.replace(sign, f"\\u{ord(sign):04x}")
    page = environment.get_template(template).render(
        script=Markup(script), script_hash=f"sha256-{digest}", data=Markup(plain), colors=Markup(palette.css()),
        version=vitreous.__version__, **told,
    )  # fmt: skip
    return page.encode("utf-8", errors="replace").decode("utf-8")


def _without_indent(script: str) -> str:
    """The same script without what only its readers need; it has no text over several lines."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _finite(value: Any) -> Any:
    """The same with NaN and infinities as words, which JSON has no numbers for."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    return value


def _svg(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text.replace(" />", "/>"))


def _summary(trace: Trace) -> str:
    s = trace.structure
    parts = [
        words.text(trace.model, 60), f"{numbers.count(s.parameters)} parameters",
        f"{short(s.multiply_adds)} multiply-adds",
    ]  # fmt: skip
    if trace.loss is not None:
        parts.append(f"{words.text(trace.differentiated, 60)} {trace.loss:.6g}")
    return ", ".join(parts) + "."


def _problems(trace: Trace) -> list[str]:
    found = []
    bad = trace.not_a_number
    if bad is not None:
        where = words.text(bad.module, 60) or "the network"
        found.append(f"The first NaN or infinity came from step {bad.number}: {bad.title}, in {where}.")
    if trace.without_gradient:
        named = ", ".join(words.text(n, 60) for n in trace.without_gradient[:12])
        found.append(f"No gradient reached {len(trace.without_gradient)} parameters: {named}.")
    return found


def _layers(trace: Trace) -> dict[str, Any]:
    s = trace.structure
    named = marked(trace)
    rows = [_layer(layer, layer.name in named) for layer in s.layers]
    columns = ["layer", "kind", "in", "out", "parameters", "share", "multiply-adds", "share", "memory"]
    total = [
        "total",
        "",
        "",
        "",
        f"{s.parameters:,}",
        "",
        short(s.multiply_adds),
        "",
        bytes_of(s.parameter_bytes),
    ]
    table = Table(columns, rows, "Layers", right=frozenset({5, 6, 7, 8}), total=total)
    lead = (
        f"{len(s.layers)} layers, {numbers.count(s.trainable)} of {numbers.count(s.parameters)} parameters can learn; "
        f"weights take {bytes_of(s.parameter_bytes)}, what the way back needs of the way forward "
        f"{bytes_of(s.activation_bytes)}."
    )
    return {"layers": table, "structure_lead": lead}


def marked(trace: Trace) -> set[str]:
    """The layers that findings of the run name."""
    return {name for mark in trace.marks for name in mark.layers}


def _marks(trace: Trace) -> list[dict[str, Any]]:
    """Findings of the run, each layer with where its first operation is shown."""
    found = []
    for mark in trace.marks:
        first = [(n, next((s.number for s in trace.steps if s.computes and _within(s.module, n)), None))
                 for n in mark.layers[:8]]  # fmt: skip
        links = [(words.text(n, 80), "#structure" if step is None else f"#step-{step}") for n, step in first]
        found.append({"fault": mark.fault, "said": mark.said, "layers": links})
    return found


def _within(module: str, name: str) -> bool:
    return f"{module}.".startswith(f"{name}.")


def _layer(layer: Layer, is_marked: bool = False) -> list[str]:
    inner = f"({layer.total_parameters:,})" if layer.total_parameters else ""
    return [
        "\u00a0" * 3 * layer.depth + (words.text(layer.name.rpartition(".")[2], 60) or "(the whole)")
        + (" ! found" if is_marked else ""),
        words.text(layer.kind, 40), _shapes(layer.inputs), _shapes(layer.outputs), layer.sum or inner,
        f"{layer.share:.1%}" if layer.parameters else "", short(layer.multiply_adds) if layer.multiply_adds else "",
        f"{layer.cost:.1%}" if layer.multiply_adds else "", bytes_of(layer.parameter_bytes + layer.output_bytes),
    ]  # fmt: skip


def _shapes(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join("×".join(map(str, shape)) or "1" for shape in shapes[:3]) + (
        " …" if len(shapes) > 3 else ""
    )


def _way_back(trace: Trace) -> dict[str, Any]:
    found = flow(trace.steps)
    if not found:
        return {"flow": [], "back_lead": ""}
    lead = "From the loss to the input: what came in (δ, and ‖δ‖ its size), the local derivative, what goes out. "
    lead += f"L is {words.text(trace.differentiated, 60)}."
    named = [entry for entry in found if entry.arrives > 0]
    blocks: list[Any] = [_flow_figure(named)] if len(named) > 1 else []
    telling = [(None, words.text(f.module, 60) or "the network itself", _told(f)) for f in found if f.why]
    blocks.append(
        Paragraph("Nowhere does the gradient shrink or grow by more than ten from one layer to the next.")
        if not telling
        else Table(
            ["layer", "what happens", "why"],
            [[name, *said] for _, name, said in telling],
            "Where it shrinks or grows",
        )
    )
    return {"flow": blocks, "back_lead": lead}


def _told(entry: Flow) -> list[str]:
    if entry.factor is None:
        return ["", entry.why]
    way = (
        f"grows {entry.factor:.3g} times" if entry.factor > 1 else f"shrinks to {entry.factor:.2g} of itself"
    )
    return [way, entry.why]


def _flow_figure(found: Sequence[Flow]) -> Figure:
    kept = words.evenly(list(reversed(found)), MOST_BARS)
    names = words.distinct([words.text(f.module, 24) or "(whole)" for f in kept])
    rows = [{"n": name, "v": f.arrives} for name, f in zip(names, kept, strict=True)]
    encoding = {
        "y": {"field": "n", "type": "nominal", "sort": None, "title": None, "scale": {"domain": names}},
        "x": {
            "field": "v", "type": "quantitative", "title": "size of the gradient (root mean square)",
            "scale": {"type": "log"}, "axis": {"format": "~e", "grid": True, "tickCount": 4},
        },
    }  # fmt: skip
    mark = {"type": "point", "filled": True, "size": 70, "color": palette.color("s0"), "opacity": 1}
    spec = drawing.chart(
        {"mark": mark, "encoding": encoding}, data={"values": rows}, height=18 * len(rows) + 60
    )
    table = Table(
        ["layer", "arrives", "goes on", "factor"],
        [[n, *map(numbers.plain, (f.arrives, f.leaves, f.factor))] for n, f in zip(names, kept, strict=True)],
        right=frozenset({1, 2, 3}),
    )
    label = f"From {numbers.plain(kept[-1].arrives)} at {names[-1]} to {numbers.plain(kept[0].arrives)} at {names[0]}."
    return figure("Gradient by layer, from the input on", spec, label, caption="Logarithmic.", table=table)


def _update(content: Content, found: Update | None, options: Mapping[str, Any]) -> dict[str, Any]:
    if found is None:
        return {"update": Table([], []), "update_steps": [], "update_lead": "", "update_formula": ""}
    rows = [
        [words.text(name, 60), *map(_norm, (c.gradient, c.before, c.change)), numbers.plain(c.ratio)]
        for name, c in found.changes.items()
    ]
    table = Table(
        ["parameter", "‖gradient‖", "‖weights‖", "‖change‖", "change / weights"], rows, "By parameter",
        right=frozenset({1, 2, 3, 4}),
        note="‖·‖ is the size: the root of the sum of squares. About 0.001 is usual for the last column.",
    )  # fmt: skip
    settings = ", ".join(f"{name} {value}" for name, value in options.items())
    lead = f"One step of {found.optimizer}{f' ({settings})' if settings else ''} from fresh moments; it is worked out, "
    lead += "not taken."
    return {
        "update": table, "update_formula": found.formula, "update_lead": lead,
        "update_steps": [_change(content, found, name, n) for n, name in enumerate(list(found.changes)[:MOST_UPDATES])],
    }  # fmt: skip


def _norm(array: Array) -> str:
    return numbers.plain(float(np.linalg.norm(array.astype(np.float64))))


def _change(content: Content, found: Update, name: str, number: int) -> dict[str, Any]:
    change = found.changes[name]
    key = f"c{number}"
    shown = content.show(
        "What is added to the weights",
        change.change,
        key,
        opens=f"update|{key}",
        name="Δw",
        rows=True,
        most=256,
    )
    content.opened[key] = {}
    for index in opening.chosen(change.change, content.shelf.tensors.get(key))[:12]:
        parts: list[tuple[str, Any]] = [("w before", change.before), ("g: the gradient", change.gradient)]
        parts += [
            (f"{moment} moment, after" if found.optimizer != "sgd" else moment, m)
            for moment, m in change.moments.items()
        ]
        parts += [("w after", change.after), ("Δw: w after − w before", change.change)]
        terms = [
            [said, [float(f"{float(a[index]):.7g}")], float(f"{float(a[index]):.7g}")] for said, a in parts
        ]
        content.opened[key][",".join(map(str, index))] = ["steps", terms[-1][2], terms, 0, 0.0, found.formula]
    return {
        "module": words.text(name, 80),
        "title": f"ratio {numbers.plain(change.ratio)}",
        "numbers": [shown],
    }


def by_hand(trace: Trace) -> list[Any]:
    """A row an operation with its worst error, and what is not explained."""
    by_name: dict[str, list[Any]] = {}
    for step in trace.steps:
        if step.computes:
            by_name.setdefault(step.operation, []).append(step)
    rows = []
    for name, steps in by_name.items():
        known = [s for s in steps if s.by_hand]
        worst = [max((e for e in (getattr(s, way) for s in known) if e is not None), default=None)
                 for way in ("error_forward", "error_backward")]  # fmt: skip
        rows.append(
            [
                name,
                steps[0].title,
                str(len(steps)),
                str(len(known)),
                *("–" if e is None else f"{e:.1e}" for e in worst),
            ]
        )
    table = Table(
        ["operation", "in words", "calls", "by hand", "forward", "back"], rows, right=frozenset({2, 3, 4, 5})
    )
    unknown: list[tuple[bool | None, str, str]] = [
        (None, "", f"Step {s.number}, {s.operation} in {s.module or 'the network'}: {words.text(s.note, 200)}")
        for s in trace.unexplained[:50]
    ]  # fmt: skip
    return [table, *([Paragraph("Shown with torch's numbers:"), Bullets(unknown)] if unknown else [])]


__all__ = ["agreement", "fill", "render", "write"]
