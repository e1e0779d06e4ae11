"""GELU: y = x Φ(x), with Φ the normal distribution function; or its approximation by tanh.

Exact: Φ(x) = (1 + erf(x/√2)) / 2, slope Φ(x) + x φ(x). Approximate: y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))).
Source: Hendrycks & Gimpel, "Gaussian error linear units", https://arxiv.org/abs/1606.08415.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from vitreous.looking.operation import Array, Elementwise

CUBIC = 0.044715  # the paper's fit


class GELU(Elementwise):
    """Any shape to the same."""

    names = ("gelu",)
    title = "GELU: x times the share of the normal below x"
    formula = "y = x Φ(x)"
    derivative = "dL/dx = δ · (Φ(x) + x φ(x))"
    use = "Between the layers of transformers (BERT, GPT, ViT)."

    def value(self, x: Array, approximate: str = "none") -> Array:
        """Computes f(x)."""
        if approximate == "tanh":
            out: Array = 0.5 * x * (1 + np.tanh(self._inner(x)))
            return out
        exact: Array = 0.5 * x * (1 + special.erf(x * np.asarray(np.sqrt(0.5), x.dtype)))
        return exact

    def slope(self, x: Array, y: Array, approximate: str = "none") -> Array:
        """Computes f'(x)."""
        if approximate == "tanh":
            t = np.tanh(self._inner(x))
            inner_slope = float(np.sqrt(2 / np.pi)) * (1 + 3 * CUBIC * x * x)
            out: Array = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner_slope
            return out
        density = np.exp(-0.5 * x * x) * float(1 / np.sqrt(2 * np.pi))
        exact: Array = 0.5 * (1 + special.erf(x * np.asarray(np.sqrt(0.5), x.dtype))) + x * density
        return exact

    def _inner(self, x: Array) -> Array:
        out: Array = float(np.sqrt(2 / np.pi)) * (x + CUBIC * x * x * x)
        return out
