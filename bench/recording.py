"""What the record of gradients and activations costs, and that it changes no weight.

The same training with the record as it is by default and with only its first step recorded, in turn.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from bench import child, data
from bench.results import goal, middle

NEVER = 1_000_000_000  # a record of the first step and then none


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--source", default="mnist")
    parser.add_argument(
        "--every", type=int, default=0, help="steps between recorded ones; 0 is the default schedule"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    seconds: dict[str, list[float]] = {"on": [], "off": []}
    weights: set[bytes] = set()
    lines = {}
    for _ in range(arguments.repeats):
        for name in seconds:
            with tempfile.TemporaryDirectory() as folder:
                trained = child.train(
                    arguments.source, Path(folder) / "run", _settings(name, arguments), "--no-baselines"
                )
                weights.add((Path(folder) / "run" / "model.safetensors").read_bytes())
                lines[name] = (Path(folder) / "run" / "record.jsonl").read_text(encoding="utf-8").count("\n")
            seconds[name] += trained.epoch_seconds[1:] or trained.epoch_seconds  # the first warms up
    first = {name: middle(found) for name, found in seconds.items()}
    ratio = first["on"] / first["off"]
    return {
        "settings": {"repeats": arguments.repeats, **_settings("on", arguments)},
        "figures": {
            name: {"epoch_seconds": first[name], "least": min(seconds[name]), "recorded_steps": lines[name]}
            for name in first
        },
        "ratios": {"on / off": round(ratio, 4)},
        "goals": [
            goal("epoch seconds with the record / without", round(ratio, 4), at_most=1.05),
            goal("different final weights over all runs", len(weights), at_most=1),
        ],
    }  # fmt: skip


def _settings(name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "model.name": "mlp", "model.hidden": [128, 64], "train.epochs": arguments.epochs, "train.batch_size": 64,
        "data.validation": 0, "train.threads": 1, "train.record_every": arguments.every if name == "on" else NEVER,
    }  # fmt: skip
    if arguments.source == "mnist":
        settings["data.folder"] = str(data.find("mnist"))
    return settings
