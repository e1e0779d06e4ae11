"""``vitreous look``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from vitreous.errors import UsageError


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
    numbers: Annotated[int, Option(help="Most numbers of one tensor in the JSON file.", min=1)] = 64,
    trust: Annotated[
        bool, Option("--trust", help="Load the run's own code even if not trained here.")
    ] = False,
    through_training: Annotated[
        bool,
        Option(
            "--through-training", help="What a run had learned at each of its snapshots: --html, --export."
        ),
    ] = False,
    export: Annotated[
        Path | None, Option(help="With --through-training: FILE.gif plays; .png and .svg show all moments.")
    ] = None,
    frames: Annotated[int, Option(help="With --through-training: most moments shown.")] = 12,
    views: Annotated[str, Option(help="Only these views, by name: boundary,filters. All by default.")] = "",
    plane: Annotated[
        str, Option(help="Two inputs that the decision boundary is drawn over: 'age,income'.")
    ] = "",
) -> None:
    """Show every number of one step through a network, forward and back, each recomputed by hand."""
    from vitreous.looking.target import look_at

    only = _named(views)
    if through_training:
        return _film(
            target,
            html=html,
            export=export,
            frames=frames,
            sample=sample,
            trust=trust,
            views=only,
            plane=plane,
        )
    if export is not None:
        raise UsageError("it belongs to --through-training.", where="--export")
    trace = look_at(
        target, input=input, label=label, sample=sample, loss=loss, training=training, trust=trust
    )
    if json is not None:
        trace.write_json(json, numbers=numbers)
    if html is not None:
        from vitreous.looking.page.target import write_page

        shown = sample if input is None else None
        write_page(trace, target, html, sample=shown, trust=trust, plane=plane, only=only)
    return _say(trace, json, html)


def _film(target: str, **options: Any) -> None:
    """The views at several moments of a run."""
    from vitreous.looking.film.command import film

    made, written = film(target, **options)
    for frame in made:
        typer.echo(frame.title)
    _say_written(*written)


def _say(trace: Any, *written: Path | None) -> None:
    """The summary, and which files there are."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=80, color_system=None)
    console.print(trace)
    _say_written(*written)


def _say_written(*paths: Path | None) -> None:
    for path in paths:
        if path is not None:
            typer.echo(f"written: {path}")


def _named(views: str) -> list[str] | None:
    """The views by name; None for all."""
    from vitreous.looking.view import named

    return named([name.strip() for name in views.split(",") if name.strip()]) or None
