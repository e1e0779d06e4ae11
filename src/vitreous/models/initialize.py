"""Where weights start: so large that a signal keeps its size through the layers, and no larger.

A unit sums fan_in products, so its variance is fan_in · var(w) times that of its inputs.

* He et al. 2015: var(w) = 2 / fan_in. ReLU throws half the signal away, the 2 makes up for it.
* Glorot & Bengio 2010: var(w) = 2 / (fan_in + fan_out), for activations that are about x near zero.
"""

from __future__ import annotations

from typing import Literal, TypeVar

import torch
from torch import nn

Scheme = Literal["auto", "he", "glorot", "default"]
Module = TypeVar("Module", bound=nn.Module)

RELU_FAMILY = ("relu", "leaky_relu", "gelu", "silu")
LAST = 0.1  # gain of a last layer: first predictions all alike, so the first loss is near ln(classes)


@torch.no_grad()
def initialize(module: Module, activation: str, scheme: Scheme = "auto", gain: float = 1.0) -> Module:
    """Draw the weights of every dense and convolution layer anew; biases become zero.

    Args:
        module: What holds the layers.
        activation: What follows them: a ReLU-like one calls for He's scale, any other for Glorot's.
        scheme: "he" or "glorot" whatever follows; "default" leaves what PyTorch drew.
        gain: Factor on the weights (`LAST` for a last layer).

    Returns:
        The same module.
    """
    if scheme == "default":
        return module
    he = scheme == "he" or (scheme == "auto" and activation in RELU_FAMILY)
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.ConvTranspose2d):
            if he:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                nn.init.xavier_normal_(layer.weight)
            layer.weight.mul_(gain)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return module
