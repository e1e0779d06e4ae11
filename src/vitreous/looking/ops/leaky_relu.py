"""Leaky ReLU: y = x if x > 0 else a·x; its slope is 1 where x > 0, else a.

Source: Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic models" (2013).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class LeakyReLU(Elementwise):
    """Any shape to the same."""

    names = ("leaky_relu",)
    title = "leaky ReLU: negative numbers shrink"
    formula = "y = x if x > 0 else a·x"
    derivative = "dL/dx = δ · (1 where x > 0, else a)"
    use = "In place of ReLU where units die: below zero a little still gets through."

    def value(self, x: Array, negative_slope: float = 0.01) -> Array:
        """Computes f(x)."""
        out: Array = np.where(x > 0, x, x * negative_slope)
        return out

    def slope(self, x: Array, y: Array, negative_slope: float = 0.01) -> Array:
        """Computes f'(x)."""
        out: Array = np.where(x > 0, 1, negative_slope).astype(x.dtype)
        return out
