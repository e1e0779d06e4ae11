"""Share of a layer's outputs that are exactly zero: the sparsity of ReLU, and its death at 1."""

from __future__ import annotations

from torch import Tensor, nn

NAME = "zero_fraction"
UNIT = "share"
SEES = "activation"
LAYERS = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.ELU, nn.Dropout)


def measure(activation: Tensor) -> Tensor:
    """Share of elements equal to zero, in [0, 1]; one pass."""
    return (activation == 0).float().mean()
