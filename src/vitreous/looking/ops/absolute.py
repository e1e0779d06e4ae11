"""Absolute value: y = |x|; its slope is sign(x), 0 at 0.

Source: any calculus text; at 0 the subgradient 0 is taken, as in torch.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Absolute(Elementwise):
    """Any shape to the same."""

    names = (
        "abs",
        "absolute",
        "__abs__",
    )
    title = "absolute value"
    formula = "y = |x|"
    derivative = "dL/dx = δ · (sign(x), 0 at 0)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.abs(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.sign(x)
        return out
