"""Run folders made up for the tests: every kind of task, finished or cut short."""

from __future__ import annotations

import base64
import io
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

KINDS = (
    "multiclass",
    "binary",
    "multilabel",
    "regression",
    "forecast",
    "tagging",
    "next-token",
    "reconstruction",
)
RECIPE = """[data]
source = "digits"
test = 0.2

[model]
name = "mlp"
hidden = [128, 64]

[optimizer]
name = "adamw"
lr = 0.001

[schedule]
name = "cosine"

[train]
epochs = 12
seed = 0
"""

Files = dict[str, Any]


def png(seed: int = 0) -> str:
    draw = random.Random(seed)
    image = Image.frombytes("L", (8, 8), bytes(draw.randrange(256) for _ in range(64)))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def metrics(kind: str, split: str, progress: float) -> dict[str, float]:
    loss = 2.1 * math.exp(-3 * progress) + (0.08 if split == "train" else 0.12 + 0.05 * progress)
    if kind in ("regression", "forecast"):
        return {
            f"{split}.loss": loss,
            f"{split}.rmse": 41.25 + 9 * loss,
            f"{split}.mae": 30.5 + 7 * loss,
            f"{split}.r2": 0.82 - loss / 9,
        }
    if kind == "next-token":
        return {
            f"{split}.loss": loss,
            f"{split}.perplexity": math.exp(loss),
            f"{split}.bits_per_token": loss / math.log(2),
        }
    if kind == "reconstruction":
        return {f"{split}.loss": loss}
    if kind == "multilabel":
        return {f"{split}.loss": loss, f"{split}.macro_f1": 0.91 - loss / 4}
    return {
        f"{split}.loss": loss,
        f"{split}.accuracy": 0.985 - loss / 4,
        f"{split}.macro_f1": 0.983 - loss / 4,
    }


def history(kind: str, epochs: int) -> list[dict[str, Any]]:
    return [
        {
            "epoch": epoch,
            "step": epoch * 45,
            "epoch_seconds": 0.21,
            "seconds": 0.21 * epoch,
            "learning_rate": 0.001 * (0.5 + 0.5 * math.cos(math.pi * epoch / epochs)),
            **metrics(kind, "train", epoch / epochs),
            **metrics(kind, "validation", epoch / epochs),
            "gradient_norm": 1 / epoch,
            "examples_per_second": 61_000.0,
        }
        for epoch in range(1, epochs + 1)
    ]


def record(layers: int, steps: int) -> list[dict[str, Any]]:
    draw = random.Random(1)
    rows = []
    for step in range(steps):
        place = int(step * (1 + step / 90))
        rows.append(
            {
                "step": place,
                "epoch": place // 45,
                "loss": 2.3 * math.exp(-place / 150) + 0.1 * draw.random(),
                "gradient_norm": 2.0 * math.exp(-place / 200) + 0.2 * draw.random(),
                "learning_rate": 0.001 * (0.5 + 0.5 * math.cos(math.pi * step / steps)),
                "layers": {
                    str(2 * layer): {
                        "kind": "Linear" if layer % 2 == 0 else "ReLU",
                        "activation_mean": draw.random() - 0.5,
                        "activation_std": (0.4 + layer / 8) * (1 + place / 400) + 0.1 * draw.random(),
                        "zero_fraction": 0.0
                        if layer % 2 == 0
                        else min(0.95, 0.4 + place / 900 + 0.05 * draw.random()),
                        "saturated_fraction": 0.0,
                        "gradient_norm": 10 ** (-layer / 4) * (0.5 + draw.random()),
                        "weight_norm": 5.0,
                        "update_ratio": 0.002 * (0.5 + draw.random()) * math.exp(-place / 500),
                    }
                    for layer in range(layers)
                },
            }
        )
    return rows


def confusion(labels: list[str]) -> dict[str, Any]:
    draw = random.Random(2)
    counts = [
        [36 if a == b else draw.choice([0, 0, 0, 0, 1, 2]) for b in range(len(labels))]
        for a in range(len(labels))
    ]
    return {"labels": labels, "counts": counts}


def worst(kind: str) -> list[dict[str, Any]]:
    raws: list[Any] = [{"png_base64": png(place)} for place in range(6)]
    if kind in ("regression", "forecast", "multilabel"):
        raws = [{f"column {place}": place * 1.5 for place in range(15)} for _ in range(4)]
    if kind in ("binary", "tagging"):
        raws = ["A long review of a film that was neither good nor bad. " * 14] * 4
    return [
        {
            "index": 12 + place,
            "target": "3",
            "prediction": "8",
            "probability": 0.0123,
            "loss": 6.25,
            "raw": raw,
        }
        for place, raw in enumerate(raws)
    ]


def evaluation(kind: str, labels: list[str]) -> dict[str, Any]:
    """What every kind has, then what only some have."""
    checks = [
        ("initial loss", True, "2.31, expected ln 10 = 2.30"),
        ("one batch can be learned by heart", kind != "forecast", "loss 0.003 after 60 steps"),
        ("no gradient between examples", True, "largest 0"),
    ]
    return {
        "checks": [{"name": name, "passed": passed, "text": text} for name, passed, text in checks],
        "layers": [layer(*sizes) for sizes in ((0, 784, 128), (2, 128, 64), (4, 64, 10))],
        "worst": worst(kind),
        "baselines": baselines(kind),
        "verdict": "A network was the right tool: it is 2.6 points better than logistic regression.",
        "advice": ["The validation loss still fell in the last epoch: train longer."],
        **(of_classes(labels) if labels else {}),
        **of_kind(kind),
    }


def layer(place: int, fan_in: int, fan_out: int) -> dict[str, Any]:
    return {
        "name": str(place),
        "kind": "Linear",
        "input_shape": [fan_in],
        "output_shape": [fan_out],
        "parameters": fan_in * fan_out + fan_out,
        "sum": f"{fan_in}·{fan_out} + {fan_out}",
    }


def baselines(kind: str) -> list[dict[str, Any]]:
    names = {"regression": "rmse", "forecast": "rmse", "next-token": "perplexity", "multilabel": "macro_f1"}
    name = names.get(kind, "accuracy")
    value = {"rmse": 58.5, "perplexity": 14.5}.get(name, 0.9472)
    measured = {name: value, f"{name}.low": value * 0.97, f"{name}.high": value * 1.03}
    note = "on 10,000 of 60,000 rows"
    return [
        {"name": "logistic regression", "parameters": 650, "seconds": 0.3, "metrics": measured, "note": note},
        {"name": "boosted trees", "parameters": 31_000, "seconds": 4.1, "metrics": {name: value * 0.99}},
    ]


def of_classes(labels: list[str]) -> dict[str, Any]:
    bins = [
        {
            "low": place / 10,
            "high": (place + 1) / 10,
            "confidence": place / 10 + 0.05,
            "accuracy": place / 10 + 0.02,
            "count": 3 + place**3,
        }
        for place in range(10)
    ]
    falling = [2.3 - 1.5 / (1 + math.exp(12 - place / 2)) + math.exp(place / 2 - 22.5) for place in range(48)]
    scores = {"precision": 0.97, "recall": 0.9567, "f1": 0.9633, "support": 36}
    return {
        "confusion": confusion(labels),
        "per_class": [{"class": label, **scores} for label in labels],
        "calibration": {"bins": bins, "expected_calibration_error": 0.0213},
        "find_lr": {
            "lr": [10 ** (-6 + place / 8) for place in range(48)],
            "loss": falling,
            "suggested": 0.0012,
        },
    }


def of_kind(kind: str) -> dict[str, Any]:
    if kind == "regression":
        draw = random.Random(3)
        target = [draw.gauss(150, 60) for _ in range(300)]
        predicted = [value * 0.8 + 30 + draw.gauss(0, 30) for value in target]
        return {"residuals": {"target": target, "prediction": predicted}}
    if kind == "forecast":
        line = [math.sin(step / 3) for step in range(24)]
        return {"forecast": {"target": [line, line], "prediction": [[value * 0.9 for value in line]] * 2}}
    if kind == "next-token":
        return {"samples": [{"prompt": "To be", "text": "To be or not to be,\nthat is the question."}]}
    return {}


NAMES = {"binary": ["bad", "good"], "tagging": ["NOUN", "VERB", "X"]}
ENVIRONMENT = {
    "vitreous": "0.1.0",
    "torch": "2.13.0",
    "python": "3.11.2",
    "platform": "Linux x86_64",
    "processor": "an ordinary one",
    "threads": "2",
    "device": "cpu",
    "command": "vitreous train digits --model mlp",
    "data fingerprint": "9f2c44d0",
}


def result_of(kind: str, epochs: int) -> dict[str, Any]:
    result: dict[str, Any] = {"model": "mlp", "data": "digits", "task": kind, "parameters": 109386}
    result |= {"seconds": 3.24, "epochs": epochs, "best_epoch": max(epochs - 2, 1), "status": "finished"}
    result |= metrics(kind, "train", 1) | metrics(kind, "validation", 1) | metrics(kind, "test", 0.95)
    result["test.examples"] = 360
    for name in ("test.accuracy", "test.rmse", "test.macro_f1"):
        if name in result:
            result[f"{name}.low"], result[f"{name}.high"] = result[name] * 0.985, result[name] * 1.012
    if "test.accuracy" in result:
        result |= {"test.roc_auc": 0.9987, "test.expected_calibration_error": 0.0213}
    return result


def files(
    kind: str = "multiclass", *, epochs: int = 12, classes: int = 10, layers: int = 5, steps: int = 140
) -> Files:
    """All files of a finished run, as values."""
    labels = [str(place) for place in range(classes)] if kind == "multiclass" else NAMES.get(kind, [])
    notes = [
        "1,797 images of 8 × 8 pixels.",
        "Pixels scaled by their mean and deviation on the training split.",
    ]
    return {
        "recipe.toml": RECIPE,
        "environment.json": dict(ENVIRONMENT),
        "preprocessing.json": {
            "kind": "builtin",
            "task": {"kind": kind, "outputs": len(labels) or 1, "classes": labels, "target": "digit"},
            "input": {"kind": "image", "shape": [1, 8, 8], "vocabulary": 0},
            "notes": notes,
            "values": {},
        },
        "result.json": result_of(kind, epochs),
        "history.jsonl": history(kind, epochs),
        "record.jsonl": record(layers, steps),
        "evaluation.json": evaluation(kind, labels),
    }


def save(folder: Path, contents: Files) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in contents.items():
        if isinstance(value, str):
            written = value
        elif name.endswith("l"):
            written = "".join(json.dumps(row) + "\n" for row in value)
        else:
            written = json.dumps(value)
        (folder / name).write_text(written, encoding="utf-8")
    return folder


@pytest.fixture
def run_files() -> Callable[..., Files]:
    """Makes the files of a finished run as values: ``run_files("regression", epochs=3)``."""
    return files


@pytest.fixture
def save_run(tmp_path: Path) -> Callable[..., Path]:
    """Saves such files as a run folder: ``save_run(files, "name")``."""
    return lambda contents, name="run": save(tmp_path / name, contents)


@pytest.fixture(params=KINDS)
def any_run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A finished run of each kind of task."""
    return save(tmp_path / request.param, files(request.param))
