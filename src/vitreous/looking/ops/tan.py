"""Tangent: y = tan x; its slope is 1 + y².

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Tangent(Elementwise):
    """Any shape to the same."""

    names = ("tan",)
    title = "tangent"
    formula = "y = tan x"
    derivative = "dL/dx = δ · (1 + y²)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.tan(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 + y * y
        return out
