"""Another shape for the same numbers in the same order: view, reshape, flatten, squeeze, unsqueeze and their like.

Back: the gradient in the old shape. Source: Iverson, A Programming Language (1962), for reshape (ρ).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Rearrangement, Term


class Reshape(Rearrangement):
    """[*] to any shape of as many numbers: the one that torch gave."""

    names = (
        "view",
        "reshape",
        "flatten",
        "unflatten",
        "squeeze",
        "unsqueeze",
        "ravel",
        "view_as",
        "reshape_as",
        "_reshape_alias",
        "_unsafe_view",
        "atleast_1d",
    )
    shaped = True
    title = "the same numbers in another shape"
    formula = "y = x, in another shape"

    def move(self, input: Array, shape: tuple[int, ...]) -> Array:
        """In the same order."""
        return input.reshape(shape)

    def backward(self, grad: Array, input: Array, shape: tuple[int, ...]) -> dict[str, Any]:
        """Back to the old shape."""
        return {"input": grad.reshape(input.shape)}

    def open_element(self, index: Index, input: Array, shape: tuple[int, ...]) -> Opened:
        """Where the number comes from."""
        origin = tuple(int(i) for i in np.unravel_index(int(np.ravel_multi_index(index, shape)), input.shape))
        value = float(input[origin])
        return Opened(self.formula, (Term(f"x{list(origin)}", (value,), value),), value)

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """Whatever the call says, the shape is the output's: kwargs has it as ``_shape``.

        Raises:
            TypeError: when the call changes the type (``view(dtype)``): numbers do not stay then.
        """
        if any(type(value).__name__ == "dtype" for value in (*args, *kwargs.values())):
            raise TypeError("a view of another type reads the bits anew")
        return super().bind(
            (args[0] if args else kwargs.get("input", kwargs.get("self")), kwargs["_shape"]), {}
        )
