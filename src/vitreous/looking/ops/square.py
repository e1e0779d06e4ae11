"""Square: y = x²; its slope is 2 x.

Source: any calculus text.
"""

from __future__ import annotations

from vitreous.looking.operation import Array, Elementwise


class Square(Elementwise):
    """Any shape to the same."""

    names = ("square",)
    title = "square"
    formula = "y = x²"
    derivative = "dL/dx = δ · (2 x)"

    def value(self, x: Array) -> Array:
        """Computes f(x)."""
        out: Array = x * x
        return out

    def slope(self, x: Array, y: Array) -> Array:
        """Computes f'(x)."""
        out: Array = 2 * x
        return out
