"""One tensor as several: split, chunk, unbind; back, the parts' gradients in their places, zeros for unused parts.

Source: `numpy.split`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Rearrangement


class Split(Rearrangement):
    """Parts of one size (the last may be smaller), or of given sizes."""

    names = ("split", "split_with_sizes", "unsafe_split")
    title = "split along an axis"
    formula = "x = y₀ ‖ y₁ ‖ …"

    def move(self, input: Array, split_size: Any, dim: int = 0) -> tuple[Array, ...]:
        """Cut."""
        length = input.shape[dim]
        ends = (
            range(split_size, length, split_size)
            if isinstance(split_size, int)
            else np.cumsum(split_size)[:-1]
        )
        return tuple(np.split(input, list(ends), dim))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Sizes have three names."""
        names = ("split_size_or_sections", "split_sizes")
        return super().bind(args, {"split_size" if k in names else k: v for k, v in kwargs.items()})


class Chunk(Rearrangement):
    """As many parts as asked for, if it goes."""

    names = ("chunk", "unsafe_chunk")
    title = "split into parts"
    formula = "x = y₀ ‖ y₁ ‖ …"

    def move(self, input: Array, chunks: int, dim: int = 0) -> tuple[Array, ...]:
        """Cut."""
        length = input.shape[dim]
        size = max(1, -(-length // chunks))
        return tuple(np.split(input, list(range(size, length, size)), dim))


class TensorSplit(Rearrangement):
    """Parts as equal as it goes, or at given places."""

    names = ("tensor_split",)
    title = "split into parts"
    formula = "x = y₀ ‖ y₁ ‖ …"

    def move(self, input: Array, indices_or_sections: Any, dim: int = 0) -> tuple[Array, ...]:
        """Cut."""
        return tuple(np.array_split(input, indices_or_sections, dim))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Places have three names."""
        names = ("indices", "sections")
        return super().bind(args, {"indices_or_sections" if k in names else k: v for k, v in kwargs.items()})


class Unbind(Rearrangement):
    """Each place along an axis by itself."""

    names = ("unbind",)
    title = "taken apart along an axis"
    formula = "y_i = x[i]"

    def move(self, input: Array, dim: int = 0) -> tuple[Array, ...]:
        """One for each place."""
        return tuple(np.moveaxis(input, dim, 0))
