"""Soft margin loss: L = mean(ln(1 + exp(−y x))), y = ±1; back dL/dx = −y σ(−y x) / n.

Logistic loss for targets of −1 and 1. Source: Cox (1958).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.loss_reduction import PairLoss
from vitreous.looking.operation import Array


class SoftMargin(PairLoss):
    """Prediction and target of one shape, to one number (or one each)."""

    names = ("soft_margin_loss",)
    title = "soft margin loss"
    formula = "L = mean(ln(1 + exp(−y x))), y = ±1"
    derivative = "dL/dx = −y σ(−y x) / n"

    def each(self, input: Array, target: Array, *options: Any) -> Array:
        """The loss of each element."""
        out: Array = np.logaddexp(0, -target * input)
        return out

    def slopes(self, input: Array, target: Array, *options: Any) -> tuple[Array, Array]:
        """By the prediction, and by the target."""
        by_input: Array = -target * 0.5 * (1 - np.tanh(0.5 * target * input))
        return by_input, -input * 0.5 * (1 - np.tanh(0.5 * target * input))
