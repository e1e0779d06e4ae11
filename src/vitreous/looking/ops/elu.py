"""ELU: y = x if x > 0 else a (eˣ − 1); its slope is 1 where x > 0, else a eˣ.

Source: Clevert, Unterthiner & Hochreiter, https://arxiv.org/abs/1511.07289.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class ELU(Elementwise):
    """Any shape to the same."""

    names = ("elu",)
    title = "ELU: negative numbers level off at −a"
    formula = "y = x if x > 0 else a (eˣ − 1)"
    derivative = "dL/dx = δ · (1 where x > 0, else a eˣ)"
    use = "In place of ReLU where outputs should be about zero on average."

    def value(self, x: Array, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Array:
        """Computes f(x)."""
        out: Array = scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) * input_scale))
        return out

    def slope(
        self, x: Array, y: Array, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0
    ) -> Array:
        """Computes f'(x)."""
        out: Array = scale * np.where(
            x > 0, 1, alpha * input_scale * np.exp(np.minimum(x, 0) * input_scale)
        ).astype(x.dtype)
        return out
