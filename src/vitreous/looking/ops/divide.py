"""Quotient: y = a / b, whole or with its fraction dropped; back dL/da = δ / b, dL/db = −δ a / b².

A rounded quotient has slope 0. Source: any calculus text (the quotient rule).
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class Divide(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names: ClassVar[tuple[str, ...]] = ("div", "divide", "true_divide", "__rdiv__", "__itruediv__")
    title = "quotient, element by element"
    formula = "y = a / b"
    derivative = "dL/da = δ / b,  dL/db = −δ a / b²"

    def forward(self, input: Array, other: Any, rounding_mode: str | None = None) -> Array:
        """Element by element."""
        if rounding_mode == "floor":
            return np.asarray(np.floor_divide(input, other))
        quotient = np.asarray(np.divide(input, other))
        return np.trunc(quotient) if rounding_mode == "trunc" else quotient

    def backward(
        self, grad: Array, input: Array, other: Any, rounding_mode: str | None = None
    ) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        if rounding_mode is not None:
            return {"input": np.zeros_like(a), "other": np.zeros_like(b)}
        return {"input": unbroadcast(grad / b, a.shape), "other": unbroadcast(-grad * (a / b) / b, b.shape)}

    def open_element(
        self, index: Index, input: Array, other: Any, rounding_mode: str | None = None
    ) -> Opened:
        """The two numbers and their quotient."""
        out = self.forward(input, other, rounding_mode)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        return Opened(
            self.formula, (Term("a", (a,), a), Term("b", (b,), b), Term("a / b", (a, b), y)), y, "steps"
        )


class FloorDivide(Divide):
    """Rounded down."""

    names: ClassVar[tuple[str, ...]] = ("floor_divide", "__floordiv__", "__ifloordiv__")
    title = "quotient, rounded down"
    formula = "y = ⌊a / b⌋"
    derivative = "0"

    def forward(self, input: Array, other: Any, rounding_mode: str | None = "floor") -> Array:
        """Element by element."""
        return super().forward(input, other, "floor")
