"""``vitreous train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

Settings = Annotated[
    list[str] | None,
    Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any setting of the recipe, e.g. model.hidden=[32,16]; repeatable.",
    ),
]


def command(
    data: Annotated[str, Argument(help="A built-in name, a file or a folder.", metavar="DATA")],
    model: Annotated[
        str | None, Option(help="A name of the zoo, file.py:Class or package.module:callable.")
    ] = None,
    target: Annotated[str | None, Option(help="The column to predict.")] = None,
    text: Annotated[str | None, Option(help="The column that holds the text.")] = None,
    tags: Annotated[str | None, Option(help="The column of space-separated tags, one a word.")] = None,
    time: Annotated[str | None, Option(help="The column that orders a series.")] = None,
    horizon: Annotated[int | None, Option(help="Steps ahead to forecast.")] = None,
    task: Annotated[str | None, Option(help="Set the task instead of inferring it.")] = None,
    data_dir: Annotated[str | None, Option(help="Where downloaded sets lie.")] = None,
    epochs: Annotated[int | None, Option(help="Passes over the training data.")] = None,
    batch_size: Annotated[str | None, Option(help="Examples a step, or 'full'.")] = None,
    lr: Annotated[float | None, Option(help="Peak learning rate.")] = None,
    seed: Annotated[int | None, Option(help="Of the split, the weights and the order.")] = None,
    device: Annotated[str | None, Option(help="cpu, cuda, cuda:1, mps.")] = None,
    init: Annotated[
        str | None, Option(help="Weights to start from: safetensors, weights-only .pt, or a run.")
    ] = None,
    freeze: Annotated[str | None, Option(help="'backbone', or a prefix of parameter names.")] = None,
    unfreeze_at: Annotated[int | None, Option(help="Epoch (from 0) at which all of it learns.")] = None,
    find_lr: Annotated[bool, Option("--find-lr", help="Take the learning rate from a range test.")] = False,
    shard: Annotated[bool, Option("--shard", help="Under torchrun: FSDP2 instead of DDP.")] = False,
    out: Annotated[Path | None, Option(help="The run's folder; below runs/ by default.")] = None,
    force: Annotated[bool, Option("--force", help="Overwrite a run that is in the folder.")] = False,
    config: Annotated[Path | None, Option(help="A TOML file of settings.")] = None,
    settings: Settings = None,
    no_baselines: Annotated[bool, Option("--no-baselines", help="Leave the simple models out.")] = False,
    json: Annotated[bool, Option("--json", help="JSON lines on standard output, nothing else.")] = False,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Print nothing but errors.")] = False,
) -> None:
    """Train a network on your data; test it, compare it with simple baselines, save it and draw a report."""
    from vitreous.cli.live import make_listener
    from vitreous.training.api import free_folder, make_recipe, start
    from vitreous.training.recipe import parse_setting

    size = int(batch_size) if batch_size and batch_size.isdigit() else batch_size
    targets = target.split(",") if target and "," in target else target
    short = {
        "model": model, "target": targets, "text": text, "tags": tags, "time": time, "horizon": horizon, "task": task,
        "data_dir": data_dir, "epochs": epochs, "batch_size": size, "lr": lr, "seed": seed, "device": device,
        "init": init, "freeze": freeze, "unfreeze_at": unfreeze_at, "shard": shard or None,
        "baselines": False if no_baselines else None,
    }  # fmt: skip
    dotted = dict(parse_setting(setting) for setting in settings or [])
    recipe = make_recipe(data, config=config, settings=dotted, short=short)
    folder = out or free_folder(recipe)
    listener = make_listener(as_json=json, quiet=quiet)
    start(data, recipe, folder, force=force, find_rate=find_lr, listener=listener)
