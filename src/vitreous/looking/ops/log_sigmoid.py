"""Logarithm of the sigmoid: y = −ln(1 + e⁻ˣ); its slope is 1 − σ(x).

Source: the definition; the stable form is the log-sum-exp of 0 and −x.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class LogSigmoid(Elementwise):
    """Any shape to the same."""

    names = ("log_sigmoid",)
    title = "logarithm of the sigmoid"
    formula = "y = −ln(1 + e⁻ˣ)"
    derivative = "dL/dx = δ · (1 − σ(x))"
    use = "Within losses: the logarithm of a probability without overflow."

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = -np.logaddexp(0, -x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 0.5 * (1 - np.tanh(0.5 * x))
        return out
