"""The smaller of two: y = min(a, b); back δ to the smaller; half to each where they are equal.

Numbers repeated by broadcasting collect the gradients of all their copies. Source: any calculus text; ties as in torch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class Minimum(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = ("minimum",)
    title = "the smaller of two"
    formula = "y = min(a, b)"
    derivative = "δ to the smaller; half to each where they are equal"
    multilinear = True

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        out: Array = np.asarray(np.minimum(input, other))
        return out

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(grad * ((a < b) + 0.5 * (a == b)).astype(grad.dtype), a.shape),
            "other": unbroadcast(grad * ((b < a) + 0.5 * (a == b)).astype(grad.dtype), b.shape),
        }

    def open_element(self, index: Index, input: Array, other: Any) -> Opened:
        """The two numbers and what becomes of them."""
        out = self.forward(input, other)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        return Opened(
            self.formula,
            (Term("a", (a,), a), Term("b", (b,), b), Term("y = min(a, b)", (a, b), y)),
            y,
            "steps",
        )
