"""A trace on the terminal: the layers, the steps forward, the gradient on its way back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from vitreous.looking.flow import flow
from vitreous.looking.layer_calls import Shape
from vitreous.looking.structure import Structure

if TYPE_CHECKING:
    from vitreous.looking.trace import Trace

MOST_ROWS = 60  # what fits a few screens; the page and the JSON file have all
SUFFIXES = ("", "k", "M", "G", "T")


def summary(trace: Trace) -> Group:
    """Everything worth a glance."""
    parts: list[Any] = [_headline(trace), layer_table(trace.structure), step_table(trace), flow_table(trace)]
    bad = trace.not_a_number
    if bad is not None:
        where = f" in {bad.module}" if bad.module else ""
        parts.append(
            Text(
                f"The first NaN or infinity came from step {bad.number}: {bad.title}{where}.",
                style="bold red",
            )
        )
    missing = trace.without_gradient
    if missing:
        parts.append(
            Text(
                f"No gradient reached: {', '.join(missing[:8])}{' …' if len(missing) > 8 else ''}",
                style="yellow",
            )
        )
    parts += [Text(note, style="dim") for note in trace.notes]
    return Group(*(part for part in parts if part is not None))


def as_html(trace: Trace) -> str:
    """The summary for a notebook; nothing in it is a program."""
    console = Console(record=True, file=io.StringIO(), width=120)
    console.print(summary(trace))
    return console.export_html(
        inline_styles=True, code_format='<pre style="font-family:monospace">{code}</pre>'
    )


def layer_table(structure: Structure) -> Table:
    """Each layer with what it takes and gives, its parameters written out, and its part of the arithmetic."""
    table = _table("layer", "kind", "in", "out", right=("parameters", "share", "multiply-adds", "memory"))
    shown = [layer for layer in structure.layers if layer.parameters or layer.multiply_adds or layer.calls]
    for layer in shown[:MOST_ROWS]:
        table.add_row(
            Text("  " * layer.depth + (layer.name.rpartition(".")[2] or "(whole)")),
            layer.kind,
            _shapes(layer.inputs),
            _shapes(layer.outputs),
            layer.sum or (f"({layer.total_parameters:,})" if layer.total_parameters else "–"),
            f"{layer.share:.1%}" if layer.parameters else "",
            short(layer.multiply_adds) if layer.multiply_adds else "",
            bytes_of(layer.parameter_bytes + layer.output_bytes),
        )
    if len(shown) > MOST_ROWS:
        table.add_row(f"… {len(shown) - MOST_ROWS} more", *[""] * 7)
    table.add_row(
        "total",
        "",
        "",
        "",
        f"{structure.parameters:,}",
        f"{structure.trainable:,} learn",
        short(structure.multiply_adds),
        f"{bytes_of(structure.parameter_bytes)} + {bytes_of(structure.activation_bytes)}",
        style="bold",
    )
    return table


def step_table(trace: Trace) -> Table:
    """Every operation: what it is, its formula, the output's shape and numbers, and whether our numbers agree."""
    table = _table("", "operation", "in", "formula", "shape", right=("mean", "std", "by hand"))
    shown = [s for s in trace.steps if s.computes]
    for step in shown[:MOST_ROWS]:
        output = step.output
        is_float = output.dtype.kind == "f" and output.size
        table.add_row(
            str(step.number),
            step.operation,
            step.module or "(whole)",
            step.formula or step.note,
            _shapes((step.outputs[0].shape,)),
            f"{float(output.mean()):.4g}" if is_float else "",
            f"{float(output.std()):.4g}" if is_float else "",
            "✓" if step.by_hand else Text("torch's", style="yellow"),
        )
    if len(shown) > MOST_ROWS:
        table.add_row("", f"… {len(shown) - MOST_ROWS} more", *[""] * 6)
    return table


def flow_table(trace: Trace) -> Table | None:
    """The gradient by layer, on its way back."""
    found = flow(trace.steps)
    if not found:
        return None
    table = _table("way back", right=("gradient arrives", "goes on", "factor"))
    table.add_column("why", overflow="fold")
    for entry in found[:MOST_ROWS]:
        goes_on = "–" if entry.leaves is None else f"{entry.leaves:.3g}"
        table.add_row(
            entry.module or "(whole)",
            f"{entry.arrives:.3g}",
            goes_on,
            "–" if entry.factor is None else f"{entry.factor:.3g}",
            entry.why,
        )
    return table


def _headline(trace: Trace) -> Text:
    forward, back = trace.largest_errors
    counted = sum(1 for s in trace.steps if s.computes)
    text = Text.assemble(
        (trace.model, "bold"), f": {counted} operations, {trace.explained:.1%} of them by hand"
    )
    text.append(f" (largest difference from torch {forward:.1e} forward, {back:.1e} back)", style="dim")
    if trace.loss is not None:
        text.append(f"\n{trace.differentiated}: ", style="dim")
        text.append(f"{trace.loss:.6g}", style="bold")
    return text


def _table(*left: str, right: Sequence[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _shapes(shapes: Sequence[Shape]) -> str:
    return ", ".join("×".join(map(str, shape)) or "1" for shape in shapes[:3]) + (
        " …" if len(shapes) > 3 else ""
    )


def short(number: int) -> str:
    """1,234,567 as 1.23M."""
    value = float(number)
    for suffix in SUFFIXES:
        if abs(value) < 1000:
            return f"{value:.3g}{suffix}"
        value /= 1000
    return f"{value:.3g}P"


def bytes_of(number: int) -> str:
    """Bytes as KiB, MiB, GiB."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024:
            return f"{value:.3g} {unit}"
        value /= 1024
    return f"{value:.3g} TiB"
