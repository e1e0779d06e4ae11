"""A difference the other way round: y = b − alpha·a, as ``1 - x`` calls it; dL/da = −alpha·δ, dL/db = δ.

Source: any algebra text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation
from vitreous.looking.ops.subtract import Subtract


class ReverseSubtract(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = ("rsub",)
    title = "difference"
    formula = "y = b − alpha·a"
    derivative = "dL/da = −alpha·δ,  dL/db = δ"
    multilinear = True

    def forward(self, input: Array, other: Any, alpha: float = 1) -> Array:
        """Element by element."""
        return Subtract().forward(np.asarray(other), input, alpha)

    def backward(self, grad: Array, input: Array, other: Any, alpha: float = 1) -> dict[str, Any]:
        """To each operand its share."""
        found = Subtract().backward(grad, np.asarray(other), input, alpha)
        return {"input": found["other"], "other": found["input"]}

    def open_element(self, index: Index, input: Array, other: Any, alpha: float = 1) -> Opened:
        """The two numbers and their difference."""
        return Subtract().open_element(index, np.asarray(other), input, alpha)
