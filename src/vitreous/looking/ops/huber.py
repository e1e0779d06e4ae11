"""Huber loss: L = mean(d²/2 where |d| ≤ δ, else δ (|d| − δ/2)), d = x − y; back dL/dx = min(max(d, −δ), δ) / n.

Squared near, absolute far: outliers pull with bounded force. Source: Huber, Ann. Math. Statist. 35 (1964).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.loss_reduction import PairLoss
from vitreous.looking.operation import Array


class Huber(PairLoss):
    """Prediction and target of one shape, to one number (or one each)."""

    names = ("huber_loss",)
    title = "Huber loss"
    formula = "L = mean(d²/2 where |d| ≤ δ, else δ (|d| − δ/2)), d = x − y"
    derivative = "dL/dx = min(max(d, −δ), δ) / n"

    def each(self, input: Array, target: Array, *options: Any) -> Array:
        """The loss of each element."""
        limit = float(options[0]) if options else 1.0
        d = input - target
        out: Array = np.where(np.abs(d) <= limit, 0.5 * d * d, limit * (np.abs(d) - 0.5 * limit))
        return out

    def slopes(self, input: Array, target: Array, *options: Any) -> tuple[Array, Array]:
        """By the prediction, and by the target."""
        limit = float(options[0]) if options else 1.0
        d = input - target
        by_input: Array = np.clip(d, -limit, limit)
        return by_input, -by_input
