"""``vitreous doctor``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

# Options that are not the doctor's are the script's; behind -- everything is.
PASS_ON = {"ignore_unknown_options": True}


def command(
    script: Annotated[Path, Argument(help="The training script, as it is.", metavar="SCRIPT.PY")],
    arguments: Annotated[
        list[str] | None,
        Argument(help="The script's own; behind -- where the doctor has the same.", metavar="ARGUMENTS"),
    ] = None,
    json: Annotated[Path | None, Option(help="Write the verdict as JSON.", metavar="FILE")] = None,
    html: Annotated[Path | None, Option(help="Write the verdict as a page.", metavar="FILE")] = None,
    patch: Annotated[bool, Option(help="Print the fix as a unified diff, where it is mechanical.")] = False,
    steps: Annotated[int | None, Option(help="The most steps of one run.", min=1)] = None,
    time: Annotated[float, Option(help="Seconds for everything together.", min=5)] = 60.0,
    no_prove: Annotated[
        bool, Option("--no-prove", help="Make no experiments: name only what is certain.")
    ] = False,
    verbose: Annotated[
        bool, Option(help="Show evidence, rejected suspects and what was not checked.")
    ] = False,
) -> None:
    """Say why a training script does not learn: the cause, the line, the fix, and the proof.

    Exit status: 0 healthy, 1 something is wrong, 2 the script could not be run.
    """
    from rich.console import Console

    from vitreous.doctor.diagnose import Options, diagnose
    from vitreous.doctor.terminal import plain, shown

    console = Console(highlight=False)
    progress = Console(stderr=True, highlight=False)
    with progress.status("starting") as status:
        verdict, evidence = diagnose(
            script,
            arguments or [],
            Options(steps=steps, seconds=time, prove=not no_prove, patch=patch),
            say=status.update,
        )
        diff = ""
        if patch:
            from vitreous.doctor.patch import unified

            diff = unified(verdict)
    if console.is_terminal:
        console.print(shown(verdict, verbose=verbose))
    else:
        print(plain(verdict, verbose=verbose))
    if patch:
        console.print(diff or "No fix of these is mechanical.", markup=False, soft_wrap=True)
    if json is not None:
        verdict.write_json(json)
    if html is not None:
        from vitreous.doctor.page import write

        write(verdict, evidence, html)
    sys.stdout.flush()
    raise typer.Exit(verdict.exit_status)
