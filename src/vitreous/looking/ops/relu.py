"""ReLU: y = max(0, x); its slope is 1 where x > 0, else 0.

Source: Nair & Hinton, "Rectified linear units improve restricted Boltzmann machines" (2010).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class ReLU(Elementwise):
    """Any shape to the same."""

    names = ("relu",)
    title = "ReLU: negative numbers become 0"
    formula = "y = max(0, x)"
    derivative = "dL/dx = δ · (1 where x > 0, else 0)"
    use = (
        "The first choice between the layers of most networks, convolutional ones above all: "
        "cheap, and does not saturate above zero."
    )

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.maximum(x, 0)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = (x > 0).astype(x.dtype)
        return out
