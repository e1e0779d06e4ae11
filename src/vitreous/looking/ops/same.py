"""The same numbers: contiguous, clone, detach, a conversion of type or device; back, the gradient as it is.

``detach`` ends the way back. Source: none is needed.
"""

from __future__ import annotations

from typing import Any, ClassVar

from vitreous.looking.operation import Array, Index, Opened, Operation, Term


class Same(Operation):
    """[*] to the same."""

    names: ClassVar[tuple[str, ...]] = (
        "contiguous", "clone", "alias", "to", "type", "type_as", "float", "double", "half", "bfloat16", "int", "long",
        "bool", "cpu", "cuda", "identity", "positive", "__pos__", "conj", "resolve_conj", "resolve_neg",
        "real", "_to_copy", "lift_fresh", "short", "as_tensor", "asarray",
    )  # fmt: skip
    title = "the same numbers"
    formula = "y = x"
    derivative = "dL/dx = δ"
    multilinear = True

    def forward(self, input: Array, *_: Any, **__: Any) -> Array:
        """A copy; the trace takes the type from torch."""
        return input

    def backward(self, grad: Array, input: Array, *_: Any, **__: Any) -> dict[str, Any]:
        """As it came."""
        return {"input": grad}

    def open_element(self, index: Index, input: Array, *_: Any, **__: Any) -> Opened:
        """The number."""
        value = float(input[index])
        return Opened(self.formula, (Term("x", (value,), value),), value)


class Detach(Same):
    """The same numbers, from which no gradient goes back."""

    names: ClassVar[tuple[str, ...]] = ("detach", "data")
    title = "the same numbers; the way back ends here"
    derivative = "none: the way back ends here"

    def backward(self, grad: Array, input: Array, *_: Any, **__: Any) -> dict[str, Any]:
        """Nothing."""
        return {}
