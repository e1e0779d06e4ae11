"""Hard shrink: y = x where |x| > λ, else 0; its slope is 1 where |x| > λ, else 0.

Source: Donoho & Johnstone, "Ideal spatial adaptation by wavelet shrinkage" (1994).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Hardshrink(Elementwise):
    """Any shape to the same."""

    names = ("hardshrink",)
    title = "hard shrink: small numbers become 0"
    formula = "y = x where |x| > λ, else 0"
    derivative = "dL/dx = δ · (1 where |x| > λ, else 0)"
    use = "For sparse codes: what is small becomes zero."

    def value(self, x: Array, lambd: float = 0.5) -> Array:
        """Computes f(x)."""
        out: Array = np.where(np.abs(x) > lambd, x, 0)
        return out

    def slope(self, x: Array, y: Array, lambd: float = 0.5) -> Array:
        """Computes f'(x)."""
        out: Array = (np.abs(x) > lambd).astype(x.dtype)
        return out
