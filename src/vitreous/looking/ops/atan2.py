"""Angle of a point: y = angle of (b, a); back dL/da = δ b / (a² + b²),  dL/db = −δ a / (a² + b²).

Numbers repeated by broadcasting collect the gradients of all their copies. Source: any calculus text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class ArcTangentOfTwo(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = (
        "atan2",
        "arctan2",
    )
    title = "angle of a point"
    formula = "y = angle of (b, a)"
    derivative = "dL/da = δ b / (a² + b²),  dL/db = −δ a / (a² + b²)"
    multilinear = False

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        out: Array = np.asarray(np.arctan2(input, other))
        return out

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(grad * b / (a * a + b * b), a.shape),
            "other": unbroadcast(-grad * a / (a * a + b * b), b.shape),
        }

    def open_element(self, index: Index, input: Array, other: Any) -> Opened:
        """The two numbers and what becomes of them."""
        out = self.forward(input, other)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        return Opened(
            self.formula,
            (Term("a", (a,), a), Term("b", (b,), b), Term("y = angle of (b, a)", (a, b), y)),
            y,
            "steps",
        )
