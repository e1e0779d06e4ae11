"""``vitreous runs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument


def command(
    folder: Annotated[Path, Argument(help="Where the runs lie.", metavar="[FOLDER]")] = Path("runs"),
) -> None:
    """List the runs of a folder with their headline metric."""
    from vitreous.report import metrics, numbers, run_files
    from vitreous.training.run import list_runs

    found = list_runs(folder)
    if not found:
        typer.echo(f"No runs in {folder}.")
        return
    for run in found:
        head = metrics.headline(run_files.read(run.folder))
        shown = f"{numbers.label(head.metric)} {numbers.metric(head.metric, head.ours.value)}" if head else ""
        typer.echo(f"{run.folder!s:<40} {run.status:<11} {shown}".rstrip())
