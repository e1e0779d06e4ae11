"""Square root: y = √x; its slope is 1 / (2 y).

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class SquareRoot(Elementwise):
    """Any shape to the same."""

    names = ("sqrt",)
    title = "square root"
    formula = "y = √x"
    derivative = "dL/dx = δ · (1 / (2 y))"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.sqrt(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 0.5 / y
        return out
