"""Natural logarithm: y = ln x; its slope is 1 / x.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Log(Elementwise):
    """Any shape to the same."""

    names = ("log",)
    title = "natural logarithm"
    formula = "y = ln x"
    derivative = "dL/dx = δ · (1 / x)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.log(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 / x
        return out
