"""Hard sigmoid: y = min(max(x + 3, 0), 6) / 6; its slope is 1/6 where −3 < x < 3, else 0.

Source: Howard et al., "Searching for MobileNetV3", https://arxiv.org/abs/1905.02244.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Hardsigmoid(Elementwise):
    """Any shape to the same."""

    names = ("hardsigmoid",)
    title = "hard sigmoid: a sigmoid of straight lines"
    formula = "y = min(max(x + 3, 0), 6) / 6"
    derivative = "dL/dx = δ · (1/6 where −3 < x < 3, else 0)"
    use = "As a sigmoid where arithmetic must be cheap: on phones."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.clip(x + 3, 0, 6) / 6
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = ((x > -3) & (x < 3)).astype(x.dtype) / 6
        return out
