"""Product, element by element: y = a b; back dL/da = δ b,  dL/db = δ a.

Numbers repeated by broadcasting collect the gradients of all their copies. Source: any calculus text (the product
rule).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class Multiply(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = (
        "mul",
        "multiply",
        "__rmul__",
        "__imul__",
    )
    title = "product, element by element"
    formula = "y = a b"
    derivative = "dL/da = δ b,  dL/db = δ a"
    multilinear = True

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        out: Array = np.asarray(input * other)
        return out

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(grad * b, a.shape),
            "other": unbroadcast(grad * a, b.shape),
        }

    def open_element(self, index: Index, input: Array, other: Any) -> Opened:
        """The two numbers and what becomes of them."""
        out = self.forward(input, other)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        return Opened(
            self.formula, (Term("a", (a,), a), Term("b", (b,), b), Term("y = a b", (a, b), y)), y, "steps"
        )
