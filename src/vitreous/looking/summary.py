"""A trace on the terminal: the layers, the steps forward, the gradient on its way back."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, Group
from rich.table import Table
from rich.text import Text

from vitreous.looking.flow import flow
from vitreous.looking.layer_calls import Shape
from vitreous.looking.structure import Structure

if TYPE_CHECKING:
    from vitreous.looking.trace import Trace

MOST_ROWS = 60  # what fits a few screens; the page and the JSON file have all
WIDE = 110  # columns: below, a table leaves out what the page and the JSON file have besides
LONG_NAME = 19  # letters of a name that fit on one line
SUFFIXES = ("", "k", "M", "G", "T")


@dataclass(frozen=True)
class Fitted:
    """What is drawn once it is known how many columns there are."""

    draw: Callable[[bool], Any]  # whether they are many

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        yield self.draw(options.max_width >= WIDE)


def summary(trace: Trace) -> Fitted:
    """Everything worth a glance."""
    return Fitted(lambda wide: _summary(trace, wide))


def _summary(trace: Trace, wide: bool) -> Group:
    marked = {name for mark in trace.marks for name in mark.layers}
    layers = layer_table(trace.structure, wide, marked)
    parts: list[Any] = [_headline(trace), layers, step_table(trace, wide), flow_table(trace)]
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
    for mark in trace.marks:
        where = f" ({', '.join(mark.layers[:8])})" if mark.layers else ""
        parts.append(Text(f"Found in this run: {mark.fault}{where}: {mark.said}", style="yellow"))
    parts += [Text(note, style="dim") for note in trace.notes]
    return Group(*(part for part in parts if part is not None))


def as_html(trace: Trace) -> str:
    """The summary for a notebook; nothing in it is a program."""
    console = Console(record=True, file=io.StringIO(), width=120)
    console.print(summary(trace))
    return console.export_html(
        inline_styles=True, code_format='<pre style="font-family:monospace">{code}</pre>'
    )


def layer_table(structure: Structure, wide: bool = True, marked: Collection[str] = ()) -> Any:
    """Each layer with what it takes and gives, its parameters written out, and its part of the arithmetic.

    Args:
        structure: Whose layers.
        wide: Whether there are many columns.
        marked: Layers that a finding names: a sign stands behind them.
    """
    more = ("share", "multiply-adds", "memory") if wide else ()
    table = _table("layer", "kind", "in", "out", right=("parameters", *more))
    shown = [layer for layer in structure.layers if layer.parameters or layer.multiply_adds or layer.calls]
    named = {layer.name for layer in shown}
    for layer in shown[:MOST_ROWS]:
        depth, name = _place(layer.name, named)
        numbers = (
            f"{layer.share:.1%}" if layer.parameters else "",
            short(layer.multiply_adds) if layer.multiply_adds else "",
            bytes_of(layer.parameter_bytes + layer.output_bytes),
        )
        _row(
            table,
            "  " * depth + (name or "(whole)") + (" !" if layer.name in marked else ""),
            layer.kind,
            _shapes(layer.inputs),
            _shapes(layer.outputs),
            layer.sum or (f"({layer.total_parameters:,})" if layer.total_parameters else "–"),
            *numbers[: len(more)],
        )
    if len(shown) > MOST_ROWS:
        table.add_row(f"… {len(shown) - MOST_ROWS} more", *[""] * (4 + len(more)))
    return Group(table, _totals(structure))


def _totals(structure: Structure) -> Text:
    return Text(
        f"{structure.parameters:,} parameters, {structure.trainable:,} of them learn; "
        f"{short(structure.multiply_adds)} multiply-adds; memory: {bytes_of(structure.parameter_bytes)} "
        f"of parameters and {bytes_of(structure.activation_bytes)} of outputs",
        style="bold",
    )


def step_table(trace: Trace, wide: bool = True) -> Table:
    """Every operation: what it is, its formula, the output's shape and numbers, and whether our numbers agree."""
    table = _table(
        *("", "operation", "in"), *(("formula",) if wide else ()), "shape", right=("mean", "std", "by hand")
    )
    shown = [s for s in trace.steps if s.computes]
    for step in shown[:MOST_ROWS]:
        output = step.output
        is_float = output.dtype.kind == "f" and output.size
        name, formula = step.operation.strip("_"), step.formula or step.note
        where = step.module or "(whole)"
        _row(
            table,
            str(step.number),
            *((name, where, formula) if wide else (f"{name}\n{formula}", _folded(where))),
            _shapes((step.outputs[0].shape,)),
            f"{float(output.mean()):.3g}" if is_float else "",
            f"{float(output.std()):.3g}" if is_float else "",
            "✓" if step.by_hand else Text("torch's", style="yellow"),
        )
    if len(shown) > MOST_ROWS:
        table.add_row("", f"… {len(shown) - MOST_ROWS} more")
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
        _row(
            table,
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
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in left:
        table.add_column(name, overflow="fold")
    for name in right:
        table.add_column(name, justify="right", overflow="fold")
    return table


def _row(table: Table, *cells: str | Text) -> None:
    """Adds what people wrote as it is: brackets in a name or a formula are no markup."""
    table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))


def _place(name: str, named: Collection[str]) -> tuple[int, str]:
    """How deep a layer stands under those that are shown, and its name within the last of them."""
    parents = [at for at, letter in enumerate(name) if letter == "." and name[:at] in named]
    return len(parents) + bool(name), name[parents[-1] + 1 :] if parents else name


def _folded(name: str) -> str:
    """A long name over several lines, broken at its dots."""
    lines = [""]
    for part in name.split("."):
        if lines[-1] and len(lines[-1]) + len(part) >= LONG_NAME:
            lines.append("")
        lines[-1] += f"{part}."
    return "\n".join(lines)[:-1]


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
