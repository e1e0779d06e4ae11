"""Mean squared error: L = mean((x − y)²); back dL/dx = 2 (x − y) / n.

Ten times as far off costs a hundred times as much. Source: Gauss (1809).
"""

from __future__ import annotations

from typing import Any

from vitreous.looking.loss_reduction import PairLoss
from vitreous.looking.operation import Array


class MeanSquaredError(PairLoss):
    """Prediction and target of one shape, to one number (or one each)."""

    names = ("mse_loss",)
    title = "mean squared error"
    formula = "L = mean((x − y)²)"
    derivative = "dL/dx = 2 (x − y) / n"

    def each(self, input: Array, target: Array, *options: Any) -> Array:
        """The loss of each element."""
        out: Array = (input - target) ** 2
        return out

    def slopes(self, input: Array, target: Array, *options: Any) -> tuple[Array, Array]:
        """By the prediction, and by the target."""
        by_input: Array = 2 * (input - target)
        return by_input, -by_input
