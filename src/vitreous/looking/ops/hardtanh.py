"""Hard tanh: y = min(max(x, low), high); its slope is 1 between the ends, else 0.

Source: Collobert, "Large scale machine learning" (2004).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Hardtanh(Elementwise):
    """Any shape to the same."""

    names = ("hardtanh",)
    title = "hard tanh: cut off at both ends"
    formula = "y = min(max(x, low), high)"
    derivative = "dL/dx = δ · (1 between the ends, else 0)"
    use = "As tanh where arithmetic must be cheap, and to clip."

    def value(self, x: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
        """Computes f(x)."""
        out: Array = np.clip(x, min_val, max_val)
        return out

    def slope(self, x: Array, y: Array, min_val: float = -1.0, max_val: float = 1.0) -> Array:
        """Computes f'(x)."""
        out: Array = ((x > min_val) & (x < max_val)).astype(x.dtype)
        return out
