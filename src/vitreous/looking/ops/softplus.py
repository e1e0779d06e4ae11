"""Softplus: y = ln(1 + e^(βx)) / β; its slope is σ(βx).

Beyond βx > threshold it is x itself, as in torch. Source: Dugas et al., "Incorporating second-order functional
knowledge" (2000).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Softplus(Elementwise):
    """Any shape to the same."""

    names = ("softplus",)
    title = "softplus: a smooth ReLU"
    formula = "y = ln(1 + e^(βx)) / β"
    derivative = "dL/dx = δ · (σ(βx))"
    use = "Where a number must be above zero: a variance, a rate."

    def value(self, x: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
        """Computes f(x)."""
        out: Array = np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta)
        return out

    def slope(self, x: Array, y: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
        """Computes f'(x)."""
        out: Array = np.where(x * beta > threshold, 1, 0.5 * (1 + np.tanh(0.5 * x * beta))).astype(x.dtype)
        return out
