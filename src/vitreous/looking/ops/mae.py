"""Mean absolute error: L = mean(|x − y|); back dL/dx = sign(x − y) / n.

Source: Laplace (1774).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.loss_reduction import PairLoss
from vitreous.looking.operation import Array


class MeanAbsoluteError(PairLoss):
    """Prediction and target of one shape, to one number (or one each)."""

    names = ("l1_loss",)
    title = "mean absolute error"
    formula = "L = mean(|x − y|)"
    derivative = "dL/dx = sign(x − y) / n"

    def each(self, input: Array, target: Array, *options: Any) -> Array:
        """The loss of each element."""
        out: Array = np.abs(input - target)
        return out

    def slopes(self, input: Array, target: Array, *options: Any) -> tuple[Array, Array]:
        """By the prediction, and by the target."""
        by_input: Array = np.sign(input - target)
        return by_input, -by_input
