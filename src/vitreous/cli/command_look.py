"""``vitreous look``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

if TYPE_CHECKING:
    from vitreous.looking.trace import Trace


def command(
    target: Annotated[
        str, Argument(help="A run's folder, file.py:Class or package.module:callable.", metavar="TARGET")
    ],
    input: Annotated[Path | None, Option(help="A batch for the network: an .npy file.")] = None,
    label: Annotated[Path | None, Option(help="Its targets: an .npy file.")] = None,
    sample: Annotated[int, Option(help="Which of the run's test examples.")] = 0,
    loss: Annotated[str | None, Option(help="cross-entropy, mse, mae, huber, binary-cross-entropy.")] = None,
    training: Annotated[
        bool, Option("--training", help="In training mode: with dropout and batch statistics.")
    ] = False,
    html: Annotated[Path | None, Option(help="Write one offline page with everything.")] = None,
    json: Annotated[Path | None, Option(help="Write everything to a JSON file.")] = None,
    numbers: Annotated[int, Option(help="Most numbers of one tensor in the JSON file.")] = 64,
    trust: Annotated[
        bool, Option("--trust", help="Load the run's own code even if not trained here.")
    ] = False,
    through_training: Annotated[
        bool, Option("--through-training", help="What a run has learned at each of its snapshots, as one page.")
    ] = False,
    export: Annotated[
        Path | None, Option(help="With --through-training: a folder for each picture as PNG or SVG and a GIF.")
    ] = None,
    frames: Annotated[int, Option(help="With --through-training: most snapshots shown.")] = 12,
) -> None:
    """Show every number of one step through a network, forward and back, each recomputed by hand."""
    from rich.console import Console

    from vitreous.looking.target import look_at

    if through_training:
        _film(target, html, export, frames, sample, trust)
        return
    trace = look_at(
        target, input=input, label=label, sample=sample, loss=loss, training=training, trust=trust
    )
    if json is not None:
        trace.write_json(json, numbers=numbers)
    if html is not None:
        _page(trace, target, html, sample if input is None else None, trust)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120, color_system=None)
    console.print(trace)
    for path in (json, html):
        if path is not None:
            typer.echo(f"written: {path}")


def _page(trace: Trace, target: str, html: Path, sample: int | None, trust: bool) -> None:
    """The page; of a run also what it has learned."""
    from vitreous.looking.page.target import write_page

    write_page(trace, target, html, sample=sample, trust=trust)


def _film(target: str, html: Path | None, export: Path | None, frames: int, sample: int, trust: bool) -> None:
    """The page of a run's snapshots."""
    from vitreous.looking.film import film

    for path in film(target, html=html, export=export, frames=frames, sample=sample, trust=trust):
        typer.echo(f"written: {path}")
