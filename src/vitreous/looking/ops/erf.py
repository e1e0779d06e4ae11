"""Error function: y = 2/√π ∫₀ˣ e^(−t²) dt; its slope is 2/√π e^(−x²).

Source: Abramowitz & Stegun, Handbook of Mathematical Functions (1964), 7.1; values by SciPy.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from vitreous.looking.operation import Array, Elementwise


class ErrorFunction(Elementwise):
    """Any shape to the same."""

    names = ("erf",)
    title = "error function"
    formula = "y = 2/√π ∫₀ˣ e^(−t²) dt"
    derivative = "dL/dx = δ · (2/√π e^(−x²))"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = special.erf(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = (2 / np.sqrt(np.pi)).astype(x.dtype) * np.exp(-x * x)
        return out
