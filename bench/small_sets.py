"""Small sets: iris by five folds, the loan table and XOR learned whole, what one neuron cannot do, a spiral.

Iris is scored on rows that were never trained on. The loan table and XOR have four rows each: they are
learned, not generalized from, and scored on the same four.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import child
from bench.results import goal, mean

# 120 flowers train: a small network, held back, learns what a large one would only remember.
IRIS: dict[str, Any] = {
    "model": "mlp", "options": {"hidden": [32, 16], "dropout": 0.2}, "epochs": 60, "lr": 1e-2, "weight_decay": 1.0,
    "early_stopping": False, "validation": 0.0,
}  # fmt: skip
SPIRAL = {"train.epochs": 100, "train.batch_size": 32, "optimizer.lr": 1e-2}


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seeds", default="0,1,2")


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    trained = {
        "loan, perceptron": ("loan", {"model.name": "perceptron"}),
        "loan, defaults": ("loan", {}),
        "xor, perceptron": ("xor", {"model.name": "perceptron"}),
        "xor, two layers": ("xor", {"model.name": "mlp", "model.hidden": [8]}),
        "spiral, linear": ("spiral", {**SPIRAL, "model.name": "linear"}),
        "spiral, mlp": ("spiral", {**SPIRAL, "model.name": "mlp", "model.hidden": [64, 64]}),
    }
    figures: dict[str, Any] = {
        "iris, five folds": _row([_iris(seed, IRIS) for seed in seeds]),
        "iris, defaults": _row([_iris(seed, {}) for seed in seeds]),
    }
    for name, (source, settings) in trained.items():
        figures[name] = _row([_accuracy(source, {**settings, "train.seed": seed}) for seed in seeds])
    gained = figures["spiral, mlp"]["mean"] - figures["spiral, linear"]["mean"]
    return {
        "settings": {
            "seeds": seeds, "iris": IRIS,
            **{name: settings for name, (_, settings) in trained.items()},
        },
        "figures": figures,
        "goals": [
            goal("iris", figures["iris, five folds"]["mean"], at_least=0.95),
            goal("loan, perceptron", figures["loan, perceptron"]["least"], at_least=1.0),
            goal("loan, defaults", figures["loan, defaults"]["least"], at_least=1.0),
            goal("XOR, perceptron", figures["xor, perceptron"]["most"], at_most=0.75),
            goal("XOR, two layers", figures["xor, two layers"]["least"], at_least=1.0),
            goal("spiral: mlp − linear", round(gained, 5), at_least=0.3),
        ],
    }  # fmt: skip


def _row(accuracies: list[float]) -> dict[str, float]:
    return {"mean": mean(accuracies), "least": round(min(accuracies), 5), "most": round(max(accuracies), 5)}


def _iris(seed: int, options: dict[str, Any]) -> float:
    """Accuracy of `vitreous.Classifier`, mean of five folds."""
    from sklearn.datasets import load_iris
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    import vitreous as vt

    x, y = load_iris(return_X_y=True)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    return float(cross_val_score(vt.Classifier(random_state=seed, **options), x, y, cv=folds).mean())


def _accuracy(source: str, settings: dict[str, Any]) -> float:
    with TemporaryDirectory() as folder:
        trained = child.train(source, Path(folder) / "run", settings, "--no-baselines")
    return float(trained.result["test.accuracy"])
