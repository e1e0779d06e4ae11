"""ReLU that stops at 6: y = min(max(0, x), 6); its slope is 1 where 0 < x < 6, else 0.

Source: Krizhevsky, "Convolutional deep belief networks on CIFAR-10" (2010).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class ReLU6(Elementwise):
    """Any shape to the same."""

    names = ("relu6",)
    title = "ReLU that stops at 6"
    formula = "y = min(max(0, x), 6)"
    derivative = "dL/dx = δ · (1 where 0 < x < 6, else 0)"
    use = "As ReLU for arithmetic of few bits: MobileNet."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.clip(x, 0, 6)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = ((x > 0) & (x < 6)).astype(x.dtype)
        return out
