"""Sum: y = a + alpha·b; back dL/da = δ,  dL/db = alpha·δ.

Numbers repeated by broadcasting collect the gradients of all their copies. Source: any algebra text; in networks,
He et al., https://arxiv.org/abs/1512.03385.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast, without_alpha


class Add(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = (
        "add",
        "__radd__",
        "__iadd__",
    )
    title = "sum"
    formula = "y = a + alpha·b"
    derivative = "dL/da = δ,  dL/db = alpha·δ"
    multilinear = True

    def forward(self, input: Array, other: Any, alpha: float = 1) -> Array:
        """Element by element."""
        out: Array = np.asarray(input + (other if alpha == 1 else alpha * np.asarray(other)))
        return out

    def backward(self, grad: Array, input: Array, other: Any, alpha: float = 1) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(grad, a.shape),
            "other": unbroadcast(grad * alpha, b.shape),
        }

    def open_element(self, index: Index, input: Array, other: Any, alpha: float = 1) -> Opened:
        """The two numbers and what becomes of them."""
        out = self.forward(input, other, alpha)
        a, b, y = at(input, index, out.shape), at(other, index, out.shape), float(out[index])
        said = without_alpha(self.formula, alpha)
        return Opened(said, (Term("a", (a,), a), Term("b", (b,), b), Term(said, (a, b), y)), y, "steps")
