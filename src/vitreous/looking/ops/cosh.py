"""Hyperbolic cosine: y = cosh x; its slope is sinh x.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class HyperbolicCosine(Elementwise):
    """Any shape to the same."""

    names = ("cosh",)
    title = "hyperbolic cosine"
    formula = "y = cosh x"
    derivative = "dL/dx = δ · (sinh x)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.cosh(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.sinh(x)
        return out
