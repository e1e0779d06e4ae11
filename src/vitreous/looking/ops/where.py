"""Where: one number or another, by a condition; back, δ to the one that was taken.

With only a condition, the places where it holds. ``masked_fill`` is the case of one constant. Source: Iverson, A
Programming Language (1962), for the condition as a number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, unbroadcast


class Where(Operation):
    """Condition, and two operands that broadcast."""

    names = ("where",)
    title = "choice by a condition"
    formula = "y = a where the condition holds, else b"
    derivative = "δ goes to the one that was taken"
    multilinear = True

    def forward(self, condition: Array, input: Any = None, other: Any = None) -> Any:
        """The chosen ones."""
        if input is None:
            return np.nonzero(condition)
        return np.where(condition, input, other)

    def backward(self, grad: Array, condition: Array, input: Any = None, other: Any = None) -> dict[str, Any]:
        """To the chosen ones."""
        if input is None:
            return {}
        return {
            "input": unbroadcast(np.where(condition, grad, 0), np.shape(input)),
            "other": unbroadcast(np.where(condition, 0, grad), np.shape(other)),
        }

    def open_element(self, index: Index, condition: Array, input: Any = None, other: Any = None) -> Opened:
        """Both, and which it is."""
        if input is None:
            return super().open_element(index, condition)
        out = self.forward(condition, input, other)
        a, b = at(input, index, out.shape), at(other, index, out.shape)
        return Opened(self.formula, (Term("a", (a,), a), Term("b", (b,), b)), float(out[index]), "chosen")

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """``x.where(condition, y)`` has the condition second."""
        types = [str(getattr(a, "dtype", "")) for a in args]
        if len(args) == 3 and "bool" in types[1] and "bool" not in types[0]:
            args = (args[1], args[0], args[2])
        return super().bind(args, kwargs)


class MaskedFill(Operation):
    """A tensor, a mask that broadcasts to it, and one number."""

    names = ("masked_fill",)
    title = "one number where a mask holds"
    formula = "y = value where mask, else x"
    derivative = "dL/dx = δ where not mask"
    multilinear = True

    def forward(self, input: Array, mask: Array, value: Any) -> Array:
        """Filled."""
        return np.where(mask, np.asarray(value, input.dtype), input)

    def backward(self, grad: Array, input: Array, mask: Array, value: Any) -> dict[str, Any]:
        """Through what was left."""
        found: dict[str, Any] = {"input": unbroadcast(np.where(mask, 0, grad), input.shape)}
        if isinstance(value, np.ndarray):
            found["value"] = unbroadcast(np.where(mask, grad, 0), value.shape)
        return found
