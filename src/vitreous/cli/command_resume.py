"""``vitreous resume``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option


def command(
    run: Annotated[Path, Argument(help="The run's folder.", metavar="RUN")],
    json: Annotated[bool, Option("--json", help="JSON lines on standard output, nothing else.")] = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    trust: Annotated[
        bool, Option("--trust", help="Load the network's code even if the run was not trained here.")
    ] = False,
) -> None:
    """Go on with a run that was stopped, from its last checkpoint."""
    from vitreous.cli.live import make_listener
    from vitreous.training.api import resume

    resume(run, trust=trust, listener=make_listener(as_json=json, quiet=quiet))
