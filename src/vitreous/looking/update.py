"""What one optimizer step would change, worked out by hand: SGD with momentum, Adam and AdamW with their moments.

Sources: Robbins & Monro (1951) for SGD, Polyak (1964) for momentum; Kingma & Ba, https://arxiv.org/abs/1412.6980, for
Adam; Loshchilov & Hutter, https://arxiv.org/abs/1711.05101, for AdamW. Formulas as torch has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from vitreous.errors import UsageError, did_you_mean
from vitreous.looking.operation import Array
from vitreous.looking.steps import to_array

FORMULAS = {
    "sgd": "v ← μ v + g;  w ← w − lr v",
    "adam": "m ← β₁ m + (1 − β₁) g,  s ← β₂ s + (1 − β₂) g²;  w ← w − lr (m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + ε)",
    "adamw": "w ← w − lr λ w, then as Adam",
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "sgd": {"lr": 0.01, "momentum": 0.0, "dampening": 0.0, "nesterov": False, "weight_decay": 0.0},
    "adam": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
    "adamw": {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01},
}
CLASSES = {torch.optim.SGD: "sgd", torch.optim.AdamW: "adamw", torch.optim.Adam: "adam"}


@dataclass(frozen=True)
class Change:
    """One parameter, before and after.

    Attributes:
        name: The parameter's.
        before: The weights.
        gradient: dL/dw.
        moments: By name, after the step: ``momentum``, or Adam's ``first`` and ``second``.
        change: What is added to the weights.
        ratio: Norm of the change over norm of the weights; about 1e-3 is usual.
    """

    name: str
    before: Array
    gradient: Array
    moments: dict[str, Array]
    change: Array
    ratio: float

    @property
    def after(self) -> Array:
        """The weights behind the step."""
        return self.before + self.change


@dataclass(frozen=True)
class Update:
    """One step of an optimizer, not taken.

    Attributes:
        optimizer: "sgd", "adam" or "adamw".
        formula: Its rule.
        step: Which step it would be, from 1.
        changes: For every parameter with a gradient.
    """

    optimizer: str
    formula: str
    step: int
    changes: dict[str, Change]

    def __getitem__(self, name: str) -> Change:
        return self.changes[name]


def update(
    model: nn.Module, gradients: Mapping[str, Array], optimizer: Any, options: Mapping[str, Any]
) -> Update:
    """Works out a step; changes nothing.

    Args:
        model: Its parameters are the weights.
        gradients: dL/dw by name.
        optimizer: A name, or a torch optimizer whose settings and moments are used.
        options: Settings for a name.

    Raises:
        UsageError: when there is no such optimizer or setting.
    """
    named = dict(model.named_parameters())
    if isinstance(optimizer, torch.optim.Optimizer):
        kind = next((name for known, name in CLASSES.items() if isinstance(optimizer, known)), None)
        if kind is None:
            raise UsageError(
                f"a step of {type(optimizer).__name__} is not known by hand.", where="optimizer",
                hint=f"Known: {', '.join(DEFAULTS)}.",
            )  # fmt: skip
        settings = {id(p): group for group in optimizer.param_groups for p in group["params"]}
    else:
        kind = str(optimizer)
        if kind not in DEFAULTS:
            raise UsageError(
                f"there is no optimizer {kind!r}.", where="optimizer", hint=did_you_mean(kind, DEFAULTS)
            )
        for name in options:
            if name not in DEFAULTS[kind]:
                raise UsageError(
                    f"{kind} has no setting {name!r}.", where=name, hint=did_you_mean(name, DEFAULTS[kind])
                )
        settings = {}
    changes, step = {}, 1
    for name, gradient in gradients.items():
        parameter = named[name]
        state: Mapping[str, Any] = {}
        chosen = {**DEFAULTS[kind], **options}
        if isinstance(optimizer, torch.optim.Optimizer):
            if id(parameter) not in settings:
                continue  # not among those it trains
            chosen, state = {**chosen, **settings[id(parameter)]}, optimizer.state.get(parameter, {})
        before = to_array(parameter).copy()
        change, moments, step = (
            _sgd(before, gradient, chosen, state)
            if kind == "sgd"
            else _adam(before, gradient, chosen, state, decoupled=kind == "adamw")
        )
        length = float(np.linalg.norm(before))
        ratio = float(np.linalg.norm(change)) / length if length else float("inf")
        changes[name] = Change(name, before, gradient, moments, change, ratio)
    return Update(kind, FORMULAS[kind], step, changes)


def _sgd(
    w: Array, g: Array, settings: Mapping[str, Any], state: Mapping[str, Any]
) -> tuple[Array, dict[str, Array], int]:
    g = g + settings["weight_decay"] * w if settings["weight_decay"] else g
    moments = {}
    if settings["momentum"]:
        old = state.get("momentum_buffer")
        v = g if old is None else settings["momentum"] * to_array(old) + (1 - settings["dampening"]) * g
        moments["momentum"] = v
        g = g + settings["momentum"] * v if settings["nesterov"] else v
    return -settings["lr"] * g, moments, 1


def _adam(
    w: Array, g: Array, settings: Mapping[str, Any], state: Mapping[str, Any], *, decoupled: bool
) -> tuple[Array, dict[str, Array], int]:
    lr, (beta1, beta2), decay = float(settings["lr"]), settings["betas"], settings["weight_decay"]
    shrink = -lr * decay * w if decoupled else np.zeros_like(w)
    if not decoupled and decay:
        g = g + decay * w
    step = int(state.get("step", 0)) + 1
    first = beta1 * (to_array(state["exp_avg"]) if "exp_avg" in state else np.zeros_like(w)) + (1 - beta1) * g
    second = (
        beta2 * (to_array(state["exp_avg_sq"]) if "exp_avg_sq" in state else np.zeros_like(w))
        + (1 - beta2) * g * g
    )
    corrected = first / (1 - beta1**step)
    size = np.sqrt(second / (1 - beta2**step)) + settings["eps"]
    return shrink - lr * corrected / size, {"first": first, "second": second}, step
