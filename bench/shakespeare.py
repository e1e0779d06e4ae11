"""Tiny Shakespeare, character by character: a transformer's validation loss after ten minutes on this machine.

The last 5% of the text are the test, the 5% before them validate. The best validation loss of any epoch
counts, in nats a character, as everybody else's does; the test's stands beside it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import child, data
from bench.results import goal

RECIPE: dict[str, Any] = {
    "model.name": "transformer", "model.width": 128, "model.layers": 4, "model.heads": 4, "model.dropout": 0.0,
    "data.length": 64, "train.batch_size": 32, "train.epochs": 7, "optimizer.lr": 2e-3, "optimizer.weight_decay": 0.1,
    "optimizer.betas": [0.9, 0.99], "train.baselines": False, "train.early_stopping": 0,
}  # fmt: skip
MINUTES = 10.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=60 * MINUTES, help="of training, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="over the recipe, for a trial"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    settings = {**RECIPE, "train.time_limit": arguments.seconds, "train.seed": arguments.seed}
    options = [part for setting in arguments.set for part in ("--set", setting)]
    with TemporaryDirectory() as folder:
        trained = child.train(data.find("text/tinyshakespeare.txt"), Path(folder) / "run", settings, *options)
        evaluation = (Path(folder) / "run" / "evaluation.json").read_text(encoding="utf-8")
    best = min(trained.history, key=lambda line: line["validation.loss"])
    result = trained.result
    return {
        "settings": settings | {"trial": arguments.set},
        "figures": {
            "best validation loss, nats": round(best["validation.loss"], 4),
            "of epoch": best["epoch"],
            "epochs": result["epochs"],
            "test loss, nats": round(result["test.loss"], 4),
            "training seconds": result["seconds"],
            "process seconds": round(trained.child.seconds, 1),
            "characters a second": round(result["steps"] * _batch_characters(settings) / result["seconds"]),
            "parameters": result["parameters"],
            "peak MiB": round(trained.child.peak_mib),
            "validation loss by epoch": [round(line["validation.loss"], 3) for line in trained.history],
        },
        "goals": [
            goal("validation loss, nats a character", round(best["validation.loss"], 4), at_most=1.75),
            goal("minutes of training", round(result["seconds"] / 60, 2), at_most=MINUTES + 0.2),
        ],
        "notes": [f"sample: {_sample(evaluation)!r}"],
    }


def _batch_characters(settings: dict[str, Any]) -> int:
    return int(settings["data.length"]) * int(settings["train.batch_size"])


def _sample(evaluation: str) -> str:
    samples = json.loads(evaluation).get("samples") or [{"text": ""}]
    return str(samples[0]["text"])[:200]
