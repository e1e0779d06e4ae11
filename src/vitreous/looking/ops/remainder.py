"""Remainder: y = a − b ⌊a/b⌋, with b's sign (``remainder``), or with a's (``fmod``); back dL/da = δ, dL/db = −δ ⌊a/b⌋.

Source: Knuth, The Art of Computer Programming 1, section 1.2.4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, unbroadcast


class Remainder(Operation):
    """Two operands that broadcast, to the broadcast shape."""

    names = ("remainder", "__mod__")
    title = "remainder"
    formula = "y = a − b ⌊a / b⌋"
    derivative = "dL/da = δ,  dL/db = −δ ⌊a / b⌋"

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        return np.asarray(np.mod(input, other))

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {
            "input": unbroadcast(grad, a.shape),
            "other": unbroadcast(-grad * np.floor_divide(a, b), b.shape),
        }


class TruncatedRemainder(Operation):
    """The same, with the sign of the dividend."""

    names = ("fmod",)
    title = "remainder"
    formula = "y = a − b trunc(a / b)"
    derivative = "dL/da = δ,  dL/db = −δ trunc(a / b)"

    def forward(self, input: Array, other: Any) -> Array:
        """Element by element."""
        return np.asarray(np.fmod(input, other))

    def backward(self, grad: Array, input: Array, other: Any) -> dict[str, Any]:
        """To each operand its share."""
        a, b = np.asarray(input), np.asarray(other)
        return {"input": unbroadcast(grad, a.shape), "other": unbroadcast(-grad * np.trunc(a / b), b.shape)}
