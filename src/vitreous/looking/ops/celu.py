"""CELU: y = x if x > 0 else a (e^(x/a) − 1); its slope is 1 where x > 0, else e^(x/a).

Source: Barron, https://arxiv.org/abs/1704.07483.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class CELU(Elementwise):
    """Any shape to the same."""

    names = ("celu",)
    title = "CELU: an ELU smooth for every a"
    formula = "y = x if x > 0 else a (e^(x/a) − 1)"
    derivative = "dL/dx = δ · (1 where x > 0, else e^(x/a))"
    use = "As ELU, with a slope that has no jump at zero for any a."

    def value(self, x: Array, alpha: float = 1.0) -> Array:
        """Computes f(x)."""
        out: Array = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha))
        return out

    def slope(self, x: Array, y: Array, alpha: float = 1.0) -> Array:
        """Computes f'(x)."""
        out: Array = np.where(x > 0, 1, np.exp(np.minimum(x, 0) / alpha)).astype(x.dtype)
        return out
