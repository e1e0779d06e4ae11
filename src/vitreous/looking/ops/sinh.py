"""Hyperbolic sine: y = sinh x; its slope is cosh x.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class HyperbolicSine(Elementwise):
    """Any shape to the same."""

    names = ("sinh",)
    title = "hyperbolic sine"
    formula = "y = sinh x"
    derivative = "dL/dx = δ · (cosh x)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.sinh(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.cosh(x)
        return out
