"""SELU: y = s · (x if x > 0, else a (eˣ − 1)), with a and s such that mean 0 and variance 1 reproduce themselves.

Source: Klambauer et al., "Self-normalizing neural networks", https://arxiv.org/abs/1706.02515.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # the fixed point, from the paper's appendix


class SELU(Elementwise):
    """Any shape to the same."""

    names = ("selu",)
    title = "SELU: an ELU that keeps mean 0 and variance 1"
    formula = "y = s x if x > 0 else s a (eˣ − 1)"
    derivative = "dL/dx = δ · (s where x > 0, else s a eˣ)"
    use = "In plain deep dense networks without normalization, with its own initialization (LeCun's)."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = SCALE * np.where(x > 0, x, ALPHA * np.expm1(np.minimum(x, 0)))
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = SCALE * np.where(x > 0, 1, ALPHA * np.exp(np.minimum(x, 0))).astype(x.dtype)
        return out
