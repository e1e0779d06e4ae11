"""Mish: y = x tanh(ln(1 + eˣ)); its slope is tanh s + x σ(x) (1 − tanh² s), s = ln(1 + eˣ).

Source: Misra, https://arxiv.org/abs/1908.08681.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Mish(Elementwise):
    """Any shape to the same."""

    names = ("mish",)
    title = "Mish: x tanh(softplus x)"
    formula = "y = x tanh(ln(1 + eˣ))"
    derivative = "dL/dx = δ · (tanh s + x σ(x) (1 − tanh² s), s = ln(1 + eˣ))"
    use = "As SiLU, in some detectors."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = x * np.tanh(np.logaddexp(0, x))
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = np.tanh(np.logaddexp(0, x)) + x * (1 - np.tanh(np.logaddexp(0, x)) ** 2) * 0.5 * (
            1 + np.tanh(0.5 * x)
        )
        return out
