"""The learning-rate range test: raise the rate each step and watch where the loss falls fastest.

Smith 2017 (https://arxiv.org/abs/1506.01186); the suggestion is the rate of the steepest fall, as
Howard and Gugger describe it (https://www.fast.ai).
"""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

import torch
from torch import nn

from vitreous.data.types import BatchPlan, Data
from vitreous.training.evaluate import forward, to_device
from vitreous.training.losses import Loss
from vitreous.training.optimizers import make_optimizer
from vitreous.training.recipe import Recipe

LOWEST, HIGHEST, STEPS = 1e-6, 1.0, 100
SMOOTHING = 0.9


def range_test(
    model: nn.Module, data: Data, recipe: Recipe, loss: Loss, device: torch.device
) -> dict[str, Any]:
    """Trains a copy for up to 100 steps while the rate grows geometrically from 1e-6 to 1.

    Returns:
        ``lr`` and smoothed ``loss`` by step, and ``suggested``, the rate of the steepest fall.
    """
    probe = copy.deepcopy(model).to(device).train()
    optimizer = make_optimizer(probe, recipe.optimizer)
    rates: list[float] = []
    losses: list[float] = []
    average = 0.0
    with torch.random.fork_rng(devices=[]):
        for step, batch in enumerate(_batches(data, recipe)):
            rate = LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1))
            for group in optimizer.param_groups:
                group["lr"] = rate
            x, y = to_device(batch, device)
            optimizer.zero_grad()
            value = loss(forward(probe, x), y)
            value.backward()
            optimizer.step()
            average = SMOOTHING * average + (1 - SMOOTHING) * value.item()
            smooth = average / (1 - SMOOTHING ** (step + 1))
            if not math.isfinite(smooth) or (losses and smooth > 4 * min(losses)):
                break
            rates.append(rate)
            losses.append(smooth)
            if step + 1 == STEPS:
                break
    return {"lr": rates, "loss": losses, "suggested": _steepest(rates, losses)}


def _batches(data: Data, recipe: Recipe) -> Any:
    size = int(recipe.train.batch_size)
    whole = len(data.train) >= size  # a last batch of one would be too few for batch normalization
    for epoch in itertools.count():
        yield from data.train.batches(BatchPlan(size, seed=recipe.train.seed, epoch=epoch, drop_last=whole))


def _steepest(rates: list[float], losses: list[float]) -> float:
    if len(losses) < 3:
        return LOWEST
    slopes = [
        (losses[i + 1] - losses[i - 1]) / (math.log(rates[i + 1]) - math.log(rates[i - 1]))
        for i in range(1, len(losses) - 1)
    ]
    return rates[1 + min(range(len(slopes)), key=slopes.__getitem__)]
