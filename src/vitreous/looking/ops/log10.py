"""Logarithm to base ten: y = log₁₀ x; its slope is 1 / (x ln 10).

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Log10(Elementwise):
    """Any shape to the same."""

    names = ("log10",)
    title = "logarithm to base ten"
    formula = "y = log₁₀ x"
    derivative = "dL/dx = δ · (1 / (x ln 10))"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.log10(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 / (x * np.log(10).astype(x.dtype))
        return out
