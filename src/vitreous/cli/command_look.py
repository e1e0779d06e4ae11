"""``vitreous look``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option


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
    json: Annotated[Path | None, Option(help="Write everything to a JSON file.")] = None,
    numbers: Annotated[int, Option(help="Most numbers of one tensor in the JSON file.")] = 64,
    trust: Annotated[
        bool, Option("--trust", help="Load the run's own code even if not trained here.")
    ] = False,
) -> None:
    """Show every number of one step through a network, forward and back, each recomputed by hand."""
    from rich.console import Console

    from vitreous.looking.target import look_at

    trace = look_at(
        target, input=input, label=label, sample=sample, loss=loss, training=training, trust=trust
    )
    if json is not None:
        trace.write_json(json, numbers=numbers)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120, color_system=None)
    console.print(trace)
    if json is not None:
        typer.echo(f"written: {json}")
