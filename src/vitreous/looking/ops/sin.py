"""Sine: y = sin x; its slope is cos x.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Sine(Elementwise):
    """Any shape to the same."""

    names = ("sin",)
    title = "sine"
    formula = "y = sin x"
    derivative = "dL/dx = δ · (cos x)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.sin(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.cos(x)
        return out
