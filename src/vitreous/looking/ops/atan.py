"""Arc tangent: y = arctan x; its slope is 1 / (1 + x²).

Source: any calculus text.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class ArcTangent(Elementwise):
    """Any shape to the same."""

    names = (
        "atan",
        "arctan",
    )
    title = "arc tangent"
    formula = "y = arctan x"
    derivative = "dL/dx = δ · (1 / (1 + x²))"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = np.arctan(x)
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 1 / (1 + x * x)
        return out
