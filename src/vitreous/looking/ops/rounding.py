"""Rounding: ⌊x⌋, ⌈x⌉, to the nearest (halves to even), towards zero; and the sign. All slopes are 0.

Source: IEEE 754-2019, section 5.3; a step has no slope but at its jumps, and torch takes 0 there too.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Elementwise


class _Step(Elementwise):
    """Any shape to the same; nothing goes back."""

    derivative = "dL/dx = 0"

    def slope(self, x: Array, y: Array) -> Array:
        """Zero everywhere."""
        return np.zeros_like(x)


class Floor(_Step):
    """Down."""

    names = ("floor",)
    title = "round down"
    formula = "y = ⌊x⌋"

    def value(self, x: Array) -> Array:
        """The largest whole number that is not larger."""
        return np.floor(x)


class Ceiling(_Step):
    """Up."""

    names = ("ceil",)
    title = "round up"
    formula = "y = ⌈x⌉"

    def value(self, x: Array) -> Array:
        """The smallest whole number that is not smaller."""
        return np.ceil(x)


class Round(_Step):
    """To the nearest."""

    names = ("round",)
    title = "round to the nearest"
    formula = "y = round(x)"

    def value(self, x: Array) -> Array:
        """Halves go to the even neighbour."""
        return np.round(x)


class Truncate(_Step):
    """Towards zero."""

    names = ("trunc", "fix")
    title = "drop the fraction"
    formula = "y = trunc(x)"

    def value(self, x: Array) -> Array:
        """Without what stands behind the point."""
        return np.trunc(x)


class Sign(_Step):
    """−1, 0 or 1."""

    names = ("sign", "sgn")
    title = "sign"
    formula = "y = sign(x)"

    def value(self, x: Array) -> Array:
        """The sign."""
        return np.sign(x)
