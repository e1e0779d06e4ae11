"""``vitreous compare``."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer import Argument, Option

from vitreous.cli.command_train import Settings


def command(
    data: Annotated[
        list[str],
        Argument(help="A built-in name, a file or a folder; or several runs.", metavar="DATA | RUN RUN …"),
    ],
    target: Annotated[str | None, Option(help="The column to predict.")] = None,
    models: Annotated[str | None, Option(help="Which networks, comma-separated: linear,mlp,…")] = None,
    text: Annotated[str | None, Option(help="The column that holds the text.")] = None,
    time: Annotated[str | None, Option(help="The column that orders a series.")] = None,
    horizon: Annotated[int | None, Option(help="Steps ahead to forecast.")] = None,
    data_dir: Annotated[str | None, Option(help="Where downloaded sets lie.")] = None,
    epochs: Annotated[int | None, Option(help="Passes over the training data.")] = None,
    seeds: Annotated[int, Option(help="How often, each time on another split.", min=1)] = 1,
    seed: Annotated[int | None, Option(help="The first of them.")] = None,
    device: Annotated[str | None, Option(help="cpu, cuda, cuda:1, mps.")] = None,
    out: Annotated[Path | None, Option(help="The folder; below runs/ by default.")] = None,
    force: Annotated[bool, Option("--force", help="Overwrite runs that are in the folder.")] = False,
    config: Annotated[Path | None, Option(help="A TOML file of settings.")] = None,
    settings: Settings = None,
    json: Annotated[bool, Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train simple models and networks on one split and say which is worth using; or compare runs there are."""
    from rich.console import Console
    from rich.text import Text

    from vitreous.training.compare import compare
    from vitreous.training.events import Listener
    from vitreous.training.recipe import parse_setting

    console = Console(highlight=False, quiet=json)
    if not console.is_terminal:
        console = Console(highlight=False, quiet=json, width=80, color_system=None)
    if len(data) > 1:
        from vitreous.training.side_by_side import side_by_side

        return _show(side_by_side(data), console, json=json)
    with console.status("reading the data …") as status:

        class Lines(Listener):
            """A line for each model, and below them what is going on."""

            def stage(self, text: str) -> None:
                status.update(Text(f"{text} …"))

            def note(self, text: str) -> None:
                console.print(Text(f"  {text}"), style="dim")

        found = compare(
            data[0], target=target.split(",") if target and "," in target else target,
            models=[name.strip() for name in models.split(",") if name.strip()] if models else None,
            seeds=seeds, out=out, config=config, settings=dict(parse_setting(setting) for setting in settings or []),
            force=force, listener=Lines(), text=text, time=time, horizon=horizon,
            data_dir=data_dir, epochs=epochs, seed=seed, device=device,
        )  # fmt: skip
    return _show(found, console, json=json)


def _show(found: Any, console: Any, *, json: bool) -> None:
    """A comparison as a table, or as one JSON object."""
    from vitreous.files import plain

    if json:
        typer.echo(json_module.dumps(plain(found.to_json()), ensure_ascii=False))
    else:
        console.print(found)
