"""Share of sigmoid or tanh outputs within 1% of their limits, where the slope is below 4%."""

from __future__ import annotations

from torch import Tensor, nn

NAME = "saturated_fraction"
UNIT = "share"
SEES = "activation"
LAYERS = (nn.Sigmoid, nn.Tanh)
MARGIN = 0.01


def measure(activation: Tensor) -> Tensor:
    """Share of elements above 0.99, or at the lower limit: below 0.01 for sigmoid, -0.99 for tanh.

    The lower limit is told from the values: only tanh gives negative ones.
    """
    floor = -(activation.amin() < 0).float()
    high = activation > 1 - MARGIN
    low = activation < floor + MARGIN
    return (high | low).float().mean()
