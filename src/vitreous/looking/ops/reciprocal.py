"""One over: y = 1 / x; its slope is −y².

Source: any calculus text.
"""

from __future__ import annotations

from vitreous.looking.operation import Array, Elementwise


class Reciprocal(Elementwise):
    """Any shape to the same."""

    names = ("reciprocal",)
    title = "one over"
    formula = "y = 1 / x"
    derivative = "dL/dx = δ · (−y²)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = 1 / x
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = -y * y
        return out
