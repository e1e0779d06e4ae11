"""Cosine: y = cos x; its slope is −sin x.

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Cosine(Elementwise):
    """Any shape to the same."""

    names = ("cos",)
    title = "cosine"
    formula = "y = cos x"
    derivative = "dL/dx = δ · (−sin x)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.cos(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = -np.sin(x)
        return out
