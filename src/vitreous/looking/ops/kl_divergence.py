"""Kullback-Leibler divergence: L = Σ y (ln y − x), x the logarithm of a probability; back, dL/dx = −y.

With ``log_target`` y is a logarithm too. The mean is over elements; "batchmean" divides by the examples. Source:
Kullback & Leibler, "On information and sufficiency" (1951).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from vitreous.looking.loss_reduction import open_reduced, reduced, share
from vitreous.looking.operation import Array, Index, Opened, Operation, unbroadcast


class KLDivergence(Operation):
    """Two tensors of one shape, to one number (or one each)."""

    names = ("kl_div",)
    title = "Kullback-Leibler divergence"
    formula = "L = mean(y (ln y − x))"
    derivative = "dL/dx = −y / n,  dL/dy = (ln y + 1 − x) / n"

    def forward(
        self, input: Array, target: Array, reduction: Any = "mean", log_target: bool = False
    ) -> Array:
        """Reduced; 0 ln 0 is 0."""
        return reduced(self._each(input, target, log_target), reduction)

    def backward(
        self, grad: Array, input: Array, target: Array, reduction: Any = "mean", log_target: bool = False
    ) -> dict[str, Any]:
        """To both."""
        delta = share(grad, np.broadcast_arrays(input, target)[0].size, reduction)
        y = np.exp(target) if log_target else target
        with np.errstate(divide="ignore"):
            to_target = y * (target - input + 1) if log_target else np.where(y > 0, np.log(y) + 1, 0) - input
        return {
            "input": unbroadcast(delta * -y, input.shape),
            "target": unbroadcast(np.asarray(delta * to_target), target.shape),
        }

    def open_element(
        self, index: Index, input: Array, target: Array, reduction: Any = "mean", log_target: bool = False
    ) -> Opened:
        """The terms of the elements."""
        return open_reduced(self.formula, self._each(input, target, log_target), reduction, index)

    def _each(self, x: Array, y: Array, log_target: bool) -> Array:
        out: Array = np.exp(y) * (y - x) if log_target else special.xlogy(y, y) - y * x
        return out
