"""One over the square root: y = 1 / √x; its slope is −y³ / 2.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class ReciprocalSquareRoot(Elementwise):
    """Any shape to the same."""

    names = ("rsqrt",)
    title = "one over the square root"
    formula = "y = 1 / √x"
    derivative = "dL/dx = δ · (−y³ / 2)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = 1 / np.sqrt(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = -0.5 * y**3
        return out
