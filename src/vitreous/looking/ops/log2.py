"""Logarithm to base two: y = log₂ x; its slope is 1 / (x ln 2).

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Log2(Elementwise):
    """Any shape to the same."""

    names = ("log2",)
    title = "logarithm to base two"
    formula = "y = log₂ x"
    derivative = "dL/dx = δ · (1 / (x ln 2))"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.log2(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 / (x * np.log(2).astype(x.dtype))
        return out
