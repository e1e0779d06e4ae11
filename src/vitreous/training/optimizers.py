"""The optimizer of a recipe, by PyTorch's own implementations, fused into one kernel where it can be."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    with _without_compiler():
        return _make(_groups(model, recipe), recipe)


def adam(parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """Plain Adam, for probes."""
    with _without_compiler():
        return torch.optim.Adam(parameters, lr=lr)


def step(optimizer: torch.optim.Optimizer) -> None:
    """One update, as ``optimizer.step()`` makes it.

    Called below PyTorch's wrappers, which import its compiler: a second that a run which compiles
    nothing would wait for, and some microseconds a step.
    """
    with torch.no_grad():
        inspect.unwrap(type(optimizer).step)(optimizer)
    optimizer._opt_called = True  # type: ignore[attr-defined]  # what the schedulers look at


def adam_on_the_same_tensors(optimizer: torch.optim.Optimizer) -> Callable[[], None] | None:
    """The update of a fused Adam whose parameters, gradients and moments stay the same tensors.

    What `step` does on every call, sorting them by device and type and checking them, takes as long
    as the update of a small network; this does it once. None for any other optimizer.
    """
    kernel = {torch.optim.Adam: torch._fused_adam_, torch.optim.AdamW: torch._fused_adamw_}.get(
        type(optimizer)
    )
    if kernel is None or len(optimizer.param_groups) > 1:
        return None
    group = optimizer.param_groups[0]
    parameters = group["params"]
    states = [optimizer.state[p] for p in parameters]
    steps = [state["step"] for state in states]
    tensors = (
        parameters,
        [p.grad for p in parameters],
        [state["exp_avg"] for state in states],
        [state["exp_avg_sq"] for state in states],
    )
    beta1, beta2 = group["betas"]
    constants = {"beta1": beta1, "beta2": beta2, "weight_decay": group["weight_decay"], "eps": group["eps"]}

    def update() -> None:
        with torch.no_grad():
            torch._foreach_add_(steps, 1)
            kernel(*tensors, [], steps, lr=group["lr"], amsgrad=False, maximize=False, **constants)

    return update


def clear(parameters: list[nn.Parameter]) -> None:
    """Forgets the gradients, as ``optimizer.zero_grad()`` does."""
    for parameter in parameters:
        parameter.grad = None


def _make(groups: list[dict[str, Any]], recipe: OptimizerRecipe) -> torch.optim.Optimizer:
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


@contextmanager
def _without_compiler() -> Iterator[None]:
    """While an optimizer is made, the method whose wrapper imports the compiler stands unwrapped."""
    wrapped = torch.optim.Optimizer.add_param_group
    torch.optim.Optimizer.add_param_group = inspect.unwrap(wrapped)  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.optim.Optimizer.add_param_group = wrapped  # type: ignore[method-assign]


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
