"""Hard swish: y = x · min(max(x + 3, 0), 6) / 6; its slope is 0 below −3, 1 above 3, (2x + 3) / 6 between.

Source: Howard et al., "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Hardswish(Elementwise):
    """Any shape to the same."""

    names = ("hardswish",)
    title = "hard swish: x times a gate of straight lines"
    formula = "y = x · min(max(x + 3, 0), 6) / 6"
    derivative = "dL/dx = δ · (0 below −3, 1 above 3, (2x + 3) / 6 between)"
    use = "As SiLU where arithmetic must be cheap: MobileNetV3."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = x * np.clip(x + 3, 0, 6) / 6
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.where(x <= -3, 0, np.where(x < 3, (2 * x + 3) / 6, 1)).astype(x.dtype)
        return out
