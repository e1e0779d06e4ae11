"""``vitreous predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def command(
    run: Annotated[Path, Argument(help="The run's folder.", metavar="RUN")],
    data: Annotated[Path, Argument(help="Raw inputs, as the run was trained on.", metavar="INPUT")],
    out: Annotated[
        Path | None, Option("--out", "-o", help="A .csv, .parquet or .json file; standard output by default.")
    ] = None,
    trust: Annotated[
        bool, Option("--trust", help="Load the network's code even if the run was not trained here.")
    ] = False,
) -> None:
    """Predict for raw inputs with a trained network."""
    from vitreous.training.predictions import write

    write(run, data, out, trust=trust)
