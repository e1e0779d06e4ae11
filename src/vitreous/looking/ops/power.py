"""Power: y = aᵇ; back dL/da = δ b aᵇ⁻¹,  dL/db = δ y ln a.

Numbers repeated by broadcasting collect the gradients of all their copies. Source: any calculus text; 0⁰ = 1 and 0
ln 0 = 0, as in torch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class Power(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = (
        "pow",
        "__ipow__",
    )
    title = "power"
    formula = "y = aᵇ"
    derivative = "dL/da = δ b aᵇ⁻¹,  dL/db = δ y ln a"
    multilinear = False

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        out: Array = np.asarray(np.power(np.asarray(input, np.result_type(input, other)), other))
        return out

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(
                grad
                * np.where(
                    b == 0,
                    0,
                    b * np.power(a.astype(grad.dtype), np.where(b == 0, 1, b - 1).astype(grad.dtype)),
                ),
                a.shape,
            ),
            "other": unbroadcast(
                grad
                * np.where(
                    (a == 0) & (b >= 0), 0, np.power(a.astype(grad.dtype), b) * np.log(np.where(a > 0, a, 1))
                ),
                b.shape,
            ),
        }

    def open_element(self, index: Index, input: Array, other: Any) -> Opened:
        """The two numbers and what becomes of them."""
        out = self.forward(input, other)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        return Opened(
            self.formula, (Term("a", (a,), a), Term("b", (b,), b), Term("y = aᵇ", (a, b), y)), y, "steps"
        )
