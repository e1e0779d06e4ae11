"""Comparisons, logic and tests: true or false of each element; nothing goes back.

Source: Boole, An Investigation of the Laws of Thought (1854).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Operation


class _Truth(Operation):
    """Operands that broadcast, to true or false (or, of integers, bit by bit)."""

    derivative = "none: true and false have no slope"
    function: ClassVar[Callable[..., Any]]

    def forward(self, input: Array, *other: Any) -> Array:
        """Element by element."""
        return np.asarray(type(self).function(input, *other))


def _truth(title: str, formula: str, function: Callable[..., Any], *names: str) -> type[_Truth]:
    body = {
        "names": names, "title": title, "formula": formula, "function": staticmethod(function),
        "__doc__": title, "__module__": __name__,
    }  # fmt: skip
    return type(title.title().replace(" ", ""), (_Truth,), body)


Equal = _truth("equal", "y = (a = b)", np.equal, "eq", "__eq__")
NotEqual = _truth("not equal", "y = (a ≠ b)", np.not_equal, "ne", "not_equal", "__ne__")
Less = _truth("less", "y = (a < b)", np.less, "lt", "less", "__lt__")
LessEqual = _truth("less or equal", "y = (a ≤ b)", np.less_equal, "le", "less_equal", "__le__")
Greater = _truth("greater", "y = (a > b)", np.greater, "gt", "greater", "__gt__")
GreaterEqual = _truth("greater or equal", "y = (a ≥ b)", np.greater_equal, "ge", "greater_equal", "__ge__")
And = _truth("both", "y = a and b", np.bitwise_and, "bitwise_and", "__and__", "__rand__", "__iand__")
Or = _truth("either", "y = a or b", np.bitwise_or, "bitwise_or", "__or__", "__ror__", "__ior__")
Xor = _truth("one of two", "y = a xor b", np.bitwise_xor, "bitwise_xor", "__xor__")
Not = _truth("not", "y = not a", np.invert, "bitwise_not", "__invert__")
LogicalAnd = _truth("logical and", "y = a and b", np.logical_and, "logical_and")
LogicalOr = _truth("logical or", "y = a or b", np.logical_or, "logical_or")
LogicalXor = _truth("logical xor", "y = a xor b", np.logical_xor, "logical_xor")
LogicalNot = _truth("logical not", "y = not a", np.logical_not, "logical_not")
IsNaN = _truth("is no number", "y = x is NaN", np.isnan, "isnan")
IsInfinite = _truth("is infinite", "y = x is ±∞", np.isinf, "isinf")
IsFinite = _truth("is finite", "y = x is finite", np.isfinite, "isfinite")
