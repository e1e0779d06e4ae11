"""Standard deviation of a layer's output: the size of the signal that reaches the next layer.

Shrinking with depth is a signal that dies, growing one that explodes (He et al. 2015,
https://arxiv.org/abs/1502.01852).
"""

from __future__ import annotations

from torch import Tensor

NAME = "activation_std"
UNIT = "1"
SEES = "activation"


def measure(activation: Tensor) -> Tensor:
    """Population standard deviation over every element; two passes."""
    return activation.std(correction=0)
