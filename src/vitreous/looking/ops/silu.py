"""SiLU (Swish): y = x σ(x); its slope is σ(x) (1 + x (1 − σ(x))).

Source: Elfwing, Uchibe & Doya, https://arxiv.org/abs/1702.03118.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class SiLU(Elementwise):
    """Any shape to the same."""

    names = ("silu",)
    title = "SiLU (Swish): x times its own gate"
    formula = "y = x σ(x)"
    derivative = "dL/dx = δ · (σ(x) (1 + x (1 − σ(x))))"
    use = "Between the layers of newer convolutional networks (EfficientNet) and language models."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = x * (0.5 * (1 + np.tanh(0.5 * x)))
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 0.5 * (1 + np.tanh(0.5 * x)) * (1 + x * 0.5 * (1 - np.tanh(0.5 * x)))
        return out
