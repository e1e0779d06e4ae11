"""Hyperbolic tangent: y = tanh x; its slope is 1 − y².

Source: LeCun et al., "Efficient backprop" (1998).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Tanh(Elementwise):
    """Any shape to the same."""

    names = ("tanh",)
    title = "hyperbolic tangent: any number into (−1, 1)"
    formula = "y = tanh x"
    derivative = "dL/dx = δ · (1 − y²)"
    use = "In recurrent networks, and at the end where outputs lie between −1 and 1; saturates in deep ones."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.tanh(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 - y * y
        return out
