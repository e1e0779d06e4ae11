"""Exponential: y = eˣ; its slope is y.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Exp(Elementwise):
    """Any shape to the same."""

    names = ("exp",)
    title = "exponential"
    formula = "y = eˣ"
    derivative = "dL/dx = δ · (y)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.exp(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = y
        return out
