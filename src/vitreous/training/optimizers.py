"""The optimizer of a recipe, by PyTorch's own implementations, fused into one kernel where it can be."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from vitreous.models import weights
from vitreous.training.recipe import OptimizerRecipe


def make_optimizer(model: nn.Module, recipe: OptimizerRecipe) -> torch.optim.Optimizer:
    """The optimizer over every parameter of the model, frozen ones too (they may thaw later).

    With ``layer_decay`` d < 1 each stage nearer the input learns d times slower than the one above
    (discriminative learning rates: Howard and Ruder 2018, https://arxiv.org/abs/1801.06146).
    """
    groups = _groups(model, recipe)
    decay: dict[str, Any] = {"lr": recipe.lr, "weight_decay": recipe.weight_decay}
    if recipe.name == "sgd":
        return torch.optim.SGD(
            groups,
            **decay,
            momentum=recipe.momentum,
            nesterov=recipe.nesterov and recipe.momentum > 0,
            fused=True,
        )
    if recipe.name == "rmsprop":
        return torch.optim.RMSprop(groups, **decay, momentum=recipe.momentum)
    kind = torch.optim.Adam if recipe.name == "adam" else torch.optim.AdamW
    return kind(groups, **decay, betas=recipe.betas, fused=True)


def _groups(model: nn.Module, recipe: OptimizerRecipe) -> list[dict[str, Any]]:
    named = dict(model.named_parameters())
    if recipe.layer_decay == 1:
        return [{"params": list(named.values())}]
    stages = weights.stages(model)
    return [
        {
            "params": [named[name] for name in stage],
            "lr": recipe.lr * recipe.layer_decay ** (len(stages) - 1 - depth),
        }
        for depth, stage in enumerate(stages)
    ]
