"""Logarithm of a sum of exponentials: y = ln(eᵃ + eᵇ); back dL/da = δ eᵃ⁻ʸ,  dL/db = δ eᵇ⁻ʸ.

Numbers repeated by broadcasting collect the gradients of all their copies. Source: any calculus text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class LogAddExp(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = ("logaddexp",)
    title = "logarithm of a sum of exponentials"
    formula = "y = ln(eᵃ + eᵇ)"
    derivative = "dL/da = δ eᵃ⁻ʸ,  dL/db = δ eᵇ⁻ʸ"
    multilinear = False

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        out: Array = np.asarray(np.logaddexp(input, other))
        return out

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(grad * np.exp(a - np.logaddexp(a, b)), a.shape),
            "other": unbroadcast(grad * np.exp(b - np.logaddexp(a, b)), b.shape),
        }

    def open_element(self, index: Index, input: Array, other: Any) -> Opened:
        """The two numbers and what becomes of them."""
        out = self.forward(input, other)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        return Opened(
            self.formula,
            (Term("a", (a,), a), Term("b", (b,), b), Term("y = ln(eᵃ + eᵇ)", (a, b), y)),
            y,
            "steps",
        )
