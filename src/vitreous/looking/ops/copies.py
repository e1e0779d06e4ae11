"""Copies of numbers: expand (along axes of length 1), repeat, tile, repeat_interleave, flip and roll.

Back: the gradients of all copies are summed. Source: `numpy.broadcast_to`, `numpy.tile`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Rearrangement, unbroadcast


def _flat(values: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(values[0]) if len(values) == 1 and isinstance(values[0], tuple | list) else values


class Expand(Rearrangement):
    """Axes of length 1 (or none) repeated to the shape that torch gave."""

    names = ("expand", "expand_as", "broadcast_to")
    shaped = True
    title = "repeated along axes"
    formula = "y[i, j] = x[j]"

    def move(self, input: Array, shape: tuple[int, ...]) -> Array:
        """Repeated, without a copy."""
        return np.broadcast_to(input, shape)

    def backward(self, grad: Array, input: Array, shape: tuple[int, ...]) -> dict[str, Any]:
        """Summed over the copies."""
        return {"input": unbroadcast(grad, input.shape)}

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """The shape is the output's."""
        return super().bind((args[0] if args else kwargs["input"], kwargs["_shape"]), {})


class Repeat(Rearrangement):
    """The whole, several times along each axis."""

    names = ("repeat", "tile")
    title = "repeated"
    formula = "y = x, x, …"

    def move(self, input: Array, *repeats: Any) -> Array:
        """Tiled."""
        return np.tile(input, _flat(repeats))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """The counts may come by name."""
        return super().bind((*args, *kwargs.values()), {})


class RepeatEach(Rearrangement):
    """Each element several times."""

    names = ("repeat_interleave",)
    title = "each repeated"
    formula = "y = x₀, x₀, …, x₁, x₁, …"

    def move(
        self, input: Array, repeats: Any, dim: int | None = None, output_size: int | None = None
    ) -> Array:
        """Repeated."""
        return np.repeat(input, repeats, dim)


class Flip(Rearrangement):
    """Back to front along axes."""

    names = ("flip",)
    title = "back to front"
    formula = "y_i = x_(n−1−i)"

    def move(self, input: Array, *dims: Any) -> Array:
        """Reversed."""
        return np.flip(input, _flat(dims))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """The axes may come by name."""
        return super().bind((*args, *kwargs.values()), {})


class Roll(Rearrangement):
    """Shifted around."""

    names = ("roll",)
    title = "shifted around"
    formula = "y_i = x_(i−s mod n)"

    def move(self, input: Array, shifts: Any, dims: Any = None) -> Array:
        """What falls off comes in on the other side."""
        return np.roll(input, shifts, None if dims is None or dims == () else dims)
