"""Power of two: y = 2ˣ; its slope is y ln 2.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Exp2(Elementwise):
    """Any shape to the same."""

    names = ("exp2",)
    title = "power of two"
    formula = "y = 2ˣ"
    derivative = "dL/dx = δ · (y ln 2)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.exp2(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = y * np.log(2).astype(x.dtype)
        return out
