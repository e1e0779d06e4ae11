"""Negative: y = −x; its slope is −1.

Source: any algebra text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Negative(Elementwise):
    """Any shape to the same."""

    names = (
        "neg",
        "negative",
    )
    title = "negative"
    formula = "y = −x"
    derivative = "dL/dx = δ · (−1)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = -x
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.full_like(x, -1)
        return out
