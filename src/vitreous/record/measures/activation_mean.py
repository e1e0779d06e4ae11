"""Mean of a layer's output: far from zero means the next layer starts from a bias."""

from __future__ import annotations

from torch import Tensor

NAME = "activation_mean"
UNIT = "1"
SEES = "activation"


def measure(activation: Tensor) -> Tensor:
    """Mean over every element; one pass."""
    return activation.mean()
