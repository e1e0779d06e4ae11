"""Threshold: y = x where x > t, else v; its slope is 1 where x > t, else 0.

Source: McCulloch & Pitts (1943), with a line above the threshold as in torch.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Threshold(Elementwise):
    """Any shape to the same."""

    names = ("threshold",)
    title = "threshold: numbers up to it are replaced"
    formula = "y = x where x > t, else v"
    derivative = "dL/dx = δ · (1 where x > t, else 0)"

    def value(self, x: Array, threshold: float, value: float) -> Array:
        """Computes f(x)."""
        out: Array = np.where(x > threshold, x, value)
        return out

    def slope(self, x: Array, y: Array, threshold: float, value: float) -> Array:
        """Computes f'(x)."""
        out: Array = (x > threshold).astype(x.dtype)
        return out
