"""Every ``auto`` of a recipe becomes a value, once data and network are known."""

from __future__ import annotations

import math
from typing import Any

import torch

from vitreous import models
from vitreous.data.types import Data
from vitreous.errors import RecipeError
from vitreous.training.loop import steps_per_epoch
from vitreous.training.recipe import Recipe

TARGET_STEPS = 3000  # enough for most small problems; early stopping ends the rest
WITH_ACCURACY = ("binary", "multiclass", "multilabel", "tagging", "next-token")
TINY = 50  # examples below which the whole set is one batch and epochs cost nothing


def resolve(recipe: Recipe, data: Data) -> tuple[Recipe, str | None]:
    """The recipe with nothing left open, and why this network was chosen where nobody named one.

    A model's own suggestions come between the general defaults and what a person set.

    Raises:
        RecipeError: when a setting does not suit the data or this machine.
    """
    if recipe.train.mixup and data.input.kind == "tokens":
        raise RecipeError("train.mixup blends numbers, but the inputs are tokens.", hint="Set train.mixup=0.")
    if recipe.train.monitor == "accuracy" and data.task.kind not in WITH_ACCURACY:
        raise RecipeError(
            f"train.monitor cannot be 'accuracy': {data.task.kind} has none.", hint="Leave it at 'loss'."
        )
    settings: dict[str, Any] = {}
    name, reason = recipe.model.name, None
    if name == "auto":
        name, reason = models.choose(data.input, data.task, len(data.train))
        settings["model.name"] = name
    suggested = models.suggested(name)
    settings |= {key: value for key, value in suggested.items() if not recipe.was_set(key)}
    recipe = recipe.with_settings(settings)
    examples = len(data.train)
    batch_size = _batch_size(recipe, data)
    steps = steps_per_epoch(examples, batch_size)
    epochs = recipe.train.epochs
    if epochs == "auto":
        epochs = 1000 if examples <= TINY else min(100, max(5, math.ceil(TARGET_STEPS / steps)))
    device = choose_device(recipe.train.device)
    settings = {
        "train.batch_size": batch_size,
        "train.epochs": epochs,
        "train.device": str(device),
        "train.precision": _precision(recipe, device),
    }
    if recipe.train.early_stopping == "auto":
        settings["train.early_stopping"] = max(5, int(epochs) // 5)
    if examples <= TINY and not recipe.was_set("optimizer.lr") and "optimizer.lr" not in suggested:
        settings["optimizer.lr"] = 0.02
    return recipe.with_settings(settings), reason


def choose_device(name: str) -> torch.device:
    """The named device, or the fastest there is.

    Raises:
        RecipeError: when it does not exist here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise RecipeError(f"There is no device {name!r}.", hint="Use cpu, cuda, cuda:1 or mps.") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise RecipeError(
            f"{name} was asked for, but PyTorch sees no CUDA device here.", hint="Use --device cpu."
        )
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RecipeError(f"{name} was asked for, but there are {torch.cuda.device_count()} CUDA devices.")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise RecipeError("mps was asked for, but PyTorch sees no Apple GPU here.", hint="Use --device cpu.")
    return device


def _batch_size(recipe: Recipe, data: Data) -> int:
    wanted, examples = recipe.train.batch_size, len(data.train)
    if wanted == "full":
        return examples
    if wanted != "auto":
        return min(wanted, examples)
    if examples <= TINY:
        return examples
    if data.task.kind == "next-token":
        return min(32, examples)
    if examples < 1000:
        return 16
    return 64 if examples < 200_000 else 1024


def _precision(recipe: Recipe, device: torch.device) -> str:
    wanted = recipe.train.precision
    if wanted != "auto":
        return wanted
    return "bf16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
