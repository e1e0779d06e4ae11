"""Smooth L1 loss: L = mean(d²/(2β) where |d| < β, else |d| − β/2), d = x − y; back dL/dx = min(max(d/β, −1), 1) / n.

Huber's loss over its bound. Source: Girshick, "Fast R-CNN", https://arxiv.org/abs/1504.08083.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.loss_reduction import PairLoss
from vitreous.looking.operation import Array


class SmoothL1(PairLoss):
    """Prediction and target of one shape, to one number (or one each)."""

    names = ("smooth_l1_loss",)
    title = "smooth L1 loss"
    formula = "L = mean(d²/(2β) where |d| < β, else |d| − β/2), d = x − y"
    derivative = "dL/dx = min(max(d/β, −1), 1) / n"

    def each(self, input: Array, target: Array, *options: Any) -> Array:
        """The loss of each element."""
        beta = float(options[0]) if options else 1.0
        d = input - target
        out: Array = (
            np.abs(d) if beta == 0 else np.where(np.abs(d) < beta, 0.5 * d * d / beta, np.abs(d) - 0.5 * beta)
        )
        return out

    def slopes(self, input: Array, target: Array, *options: Any) -> tuple[Array, Array]:
        """By the prediction, and by the target."""
        beta = float(options[0]) if options else 1.0
        d = input - target
        by_input: Array = np.sign(d) if beta == 0 else np.clip(d / beta, -1, 1)
        return by_input, -by_input
