"""Exponential less one: y = eˣ − 1; its slope is y + 1.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Expm1(Elementwise):
    """Any shape to the same."""

    names = ("expm1",)
    title = "exponential less one"
    formula = "y = eˣ − 1"
    derivative = "dL/dx = δ · (y + 1)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.expm1(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = y + 1
        return out
