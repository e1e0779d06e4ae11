"""Activations by name: the non-linearity between two linear maps.

Without one, a stack of layers is a single linear map: W2(W1 x) = (W2 W1) x.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import nn

Activation = Literal["sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "softmax", "identity"]

ACTIVATIONS: dict[Activation, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,  # 1 / (1 + e^-x), in (0, 1); flat at both ends
    "tanh": nn.Tanh,  # in (-1, 1); flat at both ends
    "relu": nn.ReLU,  # max(0, x); no gradient below zero, so a unit can die
    "leaky_relu": lambda: nn.LeakyReLU(0.01),  # max(0.01 x, x); cannot die
    "gelu": nn.GELU,  # x Φ(x), least value -0.170 (Hendrycks & Gimpel 2016)
    "silu": nn.SiLU,  # x sigmoid(x), least value -0.278 (also called Swish)
    "softmax": lambda: nn.Softmax(dim=-1),  # positive, sums to 1 over the last axis
    "identity": nn.Identity,  # nothing at all
}


def activation_layer(name: Activation) -> nn.Module:
    """A fresh activation module.

    Args:
        name: One of `Activation`.
    """
    return ACTIVATIONS[name]()
