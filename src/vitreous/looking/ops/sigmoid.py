"""Sigmoid: y = 1 / (1 + e⁻ˣ); its slope is y (1 − y).

Computed as (1 + tanh(x/2)) / 2, which cannot overflow. Source: Verhulst (1838); in networks Rumelhart,
Hinton & Williams (1986).
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class Sigmoid(Elementwise):
    """Any shape to the same."""

    names = ("sigmoid",)
    title = "sigmoid: any number into (0, 1)"
    formula = "y = 1 / (1 + e⁻ˣ)"
    derivative = "dL/dx = δ · (y (1 − y))"
    use = (
        "At the end for two classes or for several labels (within the loss), and in gates of LSTM "
        "and GRU; not between layers, where it saturates."
    )

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = 0.5 * (1 + np.tanh(0.5 * x))
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = y * (1 - y)
        return out
