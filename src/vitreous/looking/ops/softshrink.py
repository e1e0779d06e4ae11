"""Soft shrink: y = sign(x) max(|x| − λ, 0); its slope is 1 where |x| > λ, else 0.

Source: Donoho, "De-noising by soft-thresholding" (1995).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Softshrink(Elementwise):
    """Any shape to the same."""

    names = ("softshrink",)
    title = "soft shrink: numbers move towards 0 by λ"
    formula = "y = sign(x) max(|x| − λ, 0)"
    derivative = "dL/dx = δ · (1 where |x| > λ, else 0)"
    use = "For sparse codes: all shrinks by λ; a step of ISTA."

    def value(self, x: Array, lambd: float = 0.5) -> Array:
        """Computes f(x)."""
        out: Array = np.sign(x) * np.maximum(np.abs(x) - lambd, 0)
        return out

    def slope(self, x: Array, y: Array, lambd: float = 0.5) -> Array:
        """Computes f'(x)."""
        out: Array = (np.abs(x) > lambd).astype(x.dtype)
        return out
