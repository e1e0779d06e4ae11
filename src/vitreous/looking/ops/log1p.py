"""Logarithm of one and x: y = ln(1 + x); its slope is 1 / (1 + x).

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Log1p(Elementwise):
    """Any shape to the same."""

    names = ("log1p",)
    title = "logarithm of one and x"
    formula = "y = ln(1 + x)"
    derivative = "dL/dx = δ · (1 / (1 + x))"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.log1p(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 / (1 + x)
        return out
