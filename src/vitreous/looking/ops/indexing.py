"""Picking elements: x[…], select, narrow, gather, index_select, diagonal and their like; back, δ to where they stood.

Elements picked twice collect both gradients. Source: `numpy` indexing, which torch follows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Rearrangement


class GetItem(Rearrangement):
    """x[key]: slices, places, masks, several at once."""

    names = ("__getitem__",)
    title = "picked by index"
    formula = "y = x[…]"

    def move(self, input: Array, key: Any) -> Array:
        """Picked."""
        return np.asarray(input[self._key(key)])

    def _key(self, key: Any) -> Any:
        return (
            tuple(np.asarray(k) if isinstance(k, list) else k for k in key) if isinstance(key, tuple) else key
        )


class Select(Rearrangement):
    """One place along an axis."""

    names = ("select",)
    title = "one place along an axis"
    formula = "y = x[…, i, …]"

    def move(self, input: Array, dim: int, index: int) -> Array:
        """Picked."""
        return np.asarray(np.take(input, index, dim))


class Narrow(Rearrangement):
    """A stretch along an axis."""

    names = ("narrow",)
    title = "a stretch along an axis"
    formula = "y = x[…, start:start + length, …]"

    def move(self, input: Array, dim: int, start: Any, length: int) -> Array:
        """Cut out."""
        return np.take(input, range(int(start), int(start) + length), dim)


class IndexSelect(Rearrangement):
    """Given places along an axis."""

    names = ("index_select",)
    title = "given places along an axis"
    formula = "y[i] = x[index[i]]"

    def move(self, input: Array, dim: int, index: Array) -> Array:
        """Picked."""
        return np.take(input, np.atleast_1d(index), dim)


class Gather(Rearrangement):
    """For each output element a place along an axis."""

    names = ("gather",)
    title = "gathered along an axis"
    formula = "y[i, j] = x[i, index[i, j]]"

    def move(self, input: Array, dim: int, index: Array, sparse_grad: bool = False) -> Array:
        """Picked; the index may be shorter along the other axes."""
        axis = dim % max(input.ndim, 1)
        cut = tuple(slice(None) if a == axis else slice(n) for a, n in enumerate(index.shape))
        return np.take_along_axis(input[cut], index, axis)


class TakeAlong(Rearrangement):
    """The same, broadcasting."""

    names = ("take_along_dim",)
    title = "taken along an axis"
    formula = "y[i, j] = x[i, index[i, j]]"

    def move(self, input: Array, indices: Array, dim: int | None = None) -> Array:
        """Picked."""
        return np.take_along_axis(input, indices, dim)


class MaskedSelect(Rearrangement):
    """Where a mask holds."""

    names = ("masked_select",)
    title = "picked by a mask"
    formula = "y = x where mask"

    def move(self, input: Array, mask: Array) -> Array:
        """Picked, in order."""
        a, m = np.broadcast_arrays(input, mask)
        return np.asarray(a[m])


class Diagonal(Rearrangement):
    """A diagonal."""

    names = ("diagonal",)
    title = "a diagonal"
    formula = "y_i = x_ii"

    def move(self, input: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
        """Picked."""
        return np.diagonal(input, offset, dim1, dim2)


class Strided(Rearrangement):
    """What another view of the same memory sees. ``places``: for each of its elements the one of the input."""

    names = ("as_strided_view",)
    title = "another view of the same numbers"
    formula = "y = x, as the view lies in memory"

    def move(self, input: Array, places: Array) -> Array:
        """Picked."""
        return np.asarray(input.reshape(-1)[places])


class Unfold(Rearrangement):
    """Windows along an axis."""

    names = ("unfold",)
    title = "windows along an axis"
    formula = "y[i, k] = x[i·step + k]"

    def move(self, input: Array, dimension: int, size: int, step: int) -> Array:
        """Overlapping or not."""
        windows = np.lib.stride_tricks.sliding_window_view(input, size, axis=dimension)
        axis = dimension % input.ndim
        return windows[
            tuple(slice(None, None, step) if a == axis else slice(None) for a in range(input.ndim))
        ]
