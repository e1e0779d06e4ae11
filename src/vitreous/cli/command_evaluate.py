"""``vitreous evaluate``."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option


def command(
    run: Annotated[Path, Argument(help="The run's folder.", metavar="RUN")],
    data: Annotated[
        Path | None, Argument(help="Labelled data; the run's own test split by default.", metavar="[DATA]")
    ] = None,
    json: Annotated[bool, Option("--json", help="One JSON object on standard output.")] = False,
    trust: Annotated[
        bool, Option("--trust", help="Load the network's code even if the run was not trained here.")
    ] = False,
) -> None:
    """Measure a trained network on its test split, or on other labelled data."""
    from vitreous.files import plain
    from vitreous.report import numbers
    from vitreous.training.run import Run

    found = Run(run, trust=trust).evaluate(data)
    if json:
        typer.echo(json_module.dumps(plain({**found.metrics, "examples": found.examples})))
        return
    typer.echo(f"{found.examples:,} examples of {data or 'the test split'}")
    for name, value in found.metrics.items():
        if name.endswith((".low", ".high")):
            continue
        interval = ""
        if f"{name}.low" in found.metrics:
            low, high = found.metrics[f"{name}.low"], found.metrics[f"{name}.high"]
            interval = f"  ({numbers.metric(name, low)} to {numbers.metric(name, high)})"
        typer.echo(f"  {numbers.label(name):<24} {numbers.metric(name, value)}{interval}")
