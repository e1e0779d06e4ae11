"""``vitreous advise``."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from vitreous.cli.command_train import Settings


def command(
    data: Annotated[str, Argument(help="A built-in name, a file or a folder.", metavar="DATA")],
    target: Annotated[str | None, Option(help="The column to predict.")] = None,
    text: Annotated[str | None, Option(help="The column that holds the text.")] = None,
    tags: Annotated[str | None, Option(help="The column of space-separated tags, one a word.")] = None,
    time: Annotated[str | None, Option(help="The column that orders a series.")] = None,
    horizon: Annotated[int | None, Option(help="Steps ahead to forecast.")] = None,
    task: Annotated[str | None, Option(help="Set the task instead of inferring it.")] = None,
    data_dir: Annotated[str | None, Option(help="Where downloaded sets lie.")] = None,
    device: Annotated[str | None, Option(help="cpu, cuda, cuda:1, mps.")] = None,
    config: Annotated[Path | None, Option(help="A TOML file of settings.")] = None,
    settings: Settings = None,
    json: Annotated[bool, Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say whether a network is the right tool for your data, which one, and what it would gain."""
    from rich.console import Console

    from vitreous.files import plain
    from vitreous.training.advise import advise
    from vitreous.training.recipe import parse_setting

    found = advise(
        data, target=target.split(",") if target and "," in target else target, config=config,
        settings=dict(parse_setting(setting) for setting in settings or []), text=text, tags=tags, time=time,
        horizon=horizon, task=task, data_dir=data_dir, device=device,
    )  # fmt: skip
    if json:
        typer.echo(json_module.dumps(plain(found.to_json()), ensure_ascii=False))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=80, color_system=None)
    console.print(found)
