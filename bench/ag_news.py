"""AG News, four classes of short news: networks trained from nothing beside TF-IDF and logistic regression.

7,600 texts: the last 1,000 are the test (``data.split=ordered``), the 6,600 before them train. The linear
model is measured in the same run, on the same rows, on word and word-pair TF-IDF.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import child, data
from bench.results import goal, mean

TEST_ROWS = 1000
SPLIT = {
    "data.text": "column_2,column_3", "data.target": "column_1", "data.header": False, "data.split": "ordered",
    "data.test": TEST_ROWS, "data.validation": 0, "train.baselines": False,
}  # fmt: skip
# Few texts: half the words of each are hidden while it trains (data.token_dropout's own choice).
RECIPES: dict[str, dict[str, Any]] = {
    "lstm": {
        "model.name": "lstm", "model.embedding": 64, "model.hidden": 64, "model.dropout": 0.5, "data.length": 48,
        "train.epochs": 10, "train.batch_size": 32, "optimizer.lr": 3e-3, "optimizer.weight_decay": 0.05,
    },
    "transformer": {
        "model.name": "transformer", "model.width": 64, "model.layers": 1, "model.heads": 4, "model.feed_forward": 64,
        "model.dropout": 0.3, "data.length": 48, "train.epochs": 8, "train.batch_size": 32, "optimizer.lr": 2e-3,
        "optimizer.weight_decay": 0.05,
    },
}  # fmt: skip


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default=",".join(RECIPES), help="comma-separated")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="over every recipe, for a trial"
    )


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    seeds = [int(seed) for seed in arguments.seeds.split(",")]
    figures: dict[str, Any] = {"TF-IDF + logistic regression": _linear()}
    linear = figures["TF-IDF + logistic regression"]["accuracy"]
    goals, settings = [], {}
    for name in arguments.only.split(","):
        settings[name] = {**SPLIT, **RECIPES[name]}
        runs = [_train(settings[name], seed, arguments.set) for seed in seeds]
        accuracy = mean([one.result["test.accuracy"] for one in runs])
        figures[name] = {
            "accuracy": accuracy, "least": min(one.result["test.accuracy"] for one in runs),
            "seconds": mean([one.result["seconds"] for one in runs]), "parameters": runs[0].result["parameters"],
            "train_accuracy": mean([one.result["train.accuracy"] for one in runs]),
        }  # fmt: skip
        goals.append(
            goal(f"{name} − linear model, in points", round(100 * (accuracy - linear), 2), at_least=-2.0)
        )
    return {"settings": {"seeds": seeds, **settings}, "figures": figures, "goals": goals}


def _train(settings: dict[str, Any], seed: int, more: list[str]) -> child.Trained:
    options = [part for setting in more for part in ("--set", setting)]
    with TemporaryDirectory() as folder:
        trained = child.train(
            data.find("text/ag_news_test.csv"),
            Path(folder) / "run",
            {**settings, "train.seed": seed},
            *options,
        )
    result = trained.result
    print(f"  seed {seed}: {result['test.accuracy']:.4f} in {result['seconds']:.0f} s", file=sys.stderr)
    return trained


def _linear() -> dict[str, Any]:
    """The better of single words, and words and word pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    with data.find("text/ag_news_test.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    texts, labels = [f"{row[1]} {row[2]}" for row in rows], [row[0] for row in rows]
    found = []
    for pairs in (1, 2):
        start = time.perf_counter()
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, pairs), sublinear_tf=True),
            LogisticRegression(C=10, max_iter=1000),
        )
        model.fit(texts[:-TEST_ROWS], labels[:-TEST_ROWS])
        accuracy = float(model.score(texts[-TEST_ROWS:], labels[-TEST_ROWS:]))
        found.append(
            {
                "accuracy": accuracy,
                "seconds": round(time.perf_counter() - start, 2),
                "parameters": int(model[-1].coef_.size),
            }
        )
    return max(found, key=lambda one: one["accuracy"])
