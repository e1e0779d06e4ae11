"""CIFAR-10 on a GPU: ResNet-18 with the stem for small images, bf16, compiled, the images resident on the device.

Trains on all 50,000 images; the test images are scored once, at the end. Seconds to 93% come from a run
that holds 5,000 of the training images out: the first epoch counts whose validation accuracy reaches 93%,
with the time validation took. Where there is no GPU the result says so.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import child, data
from bench.results import goal

ACCURACY, QUICK = 0.945, 0.93
RECIPE: dict[str, Any] = {
    "model.name": "resnet18", "model.stem": "cifar", "data.augment": True, "train.epochs": 30, "train.batch_size": 512,
    "train.precision": "bf16", "train.compile": True, "train.label_smoothing": 0.1, "optimizer.name": "sgd",
    "optimizer.lr": 0.4, "optimizer.momentum": 0.9, "optimizer.nesterov": True, "optimizer.weight_decay": 5e-4,
    "schedule.name": "one-cycle", "schedule.warmup": 0.2, "train.early_stopping": 0, "train.baselines": False,
}  # fmt: skip
HELD_OUT = 5000


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", default="0")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="over the recipe, for a trial"
    )
    parser.add_argument("--device", default="cuda")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    device = _device(arguments.device)
    if device is None:
        return {"figures": {"result": "not run: no CUDA device"}, "notes": ["not run: no CUDA device"]}
    source = data.find("cifar10-images.tar.xz")
    recipe = {**RECIPE, "train.epochs": arguments.epochs, "train.device": arguments.device}
    figures: dict[str, Any] = {"device": device}
    accuracies = []
    for seed in [int(seed) for seed in arguments.seeds.split(",")]:
        whole = _train(source, {**recipe, "data.validation": 0, "train.seed": seed}, arguments.set)
        figures[f"whole, seed {seed}"] = _row(whole)
        accuracies.append(whole.result["test.accuracy"])
        print(f"  seed {seed}: {accuracies[-1]:.4f} in {whole.result['seconds']:.0f} s", file=sys.stderr)
    timed = _train(source, {**recipe, "data.validation": HELD_OUT}, arguments.set)
    figures["with validation"] = _row(timed)
    reached = [line["seconds"] for line in timed.history if line["validation.accuracy"] >= QUICK]
    figures["seconds to 93% of validation"] = round(reached[0], 1) if reached else None
    accuracy = sum(accuracies) / len(accuracies)
    return {
        "settings": {**recipe, "trial": arguments.set},
        "figures": figures,
        "goals": [goal("test accuracy", round(accuracy, 5), at_least=ACCURACY)],
        "notes": [
            "seconds are of training, compiling included, reading the archive not; images/s: the median epoch"
        ],
    }


def _train(source: Path, settings: dict[str, Any], more: list[str]) -> child.Trained:
    options = [part for setting in more for part in ("--set", setting)]
    with TemporaryDirectory() as folder:
        return child.train(source, Path(folder) / "run", settings, *options)


def _row(trained: child.Trained) -> dict[str, Any]:
    import statistics

    history = trained.history
    return {
        "test_accuracy": trained.result["test.accuracy"],
        "train_accuracy": trained.result.get("train.accuracy"),
        "seconds": trained.result["seconds"],
        "process_seconds": round(trained.child.seconds, 1),
        "images_per_second": round(statistics.median(line["examples_per_second"] for line in history)),
        "first_epoch_seconds": history[0]["epoch_seconds"],
        "epochs": trained.result["epochs"],
    }


def _device(name: str) -> str | None:
    """The GPU's name; None where PyTorch sees none."""
    import torch

    return torch.cuda.get_device_name(name) if torch.cuda.is_available() else None
