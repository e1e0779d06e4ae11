"""Another order of axes: permute, transpose, movedim and their like; back, the inverse order.

Source: Cayley (1858), for the transpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Rearrangement


class Permute(Rearrangement):
    """Axes in a given order."""

    names = ("permute",)
    title = "axes in another order"
    formula = "y[i_p] = x[i]"

    def move(self, input: Array, *dims: Any) -> Array:
        """Reordered."""
        return input.transpose(self._dims(dims))

    def backward(self, grad: Array, input: Array, *dims: Any) -> dict[str, Any]:
        """The inverse order."""
        order = [d % input.ndim for d in self._dims(dims)]
        return {"input": grad.transpose(np.argsort(order))}

    def _dims(self, dims: Sequence[Any]) -> Sequence[int]:
        return dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """The order may come by name."""
        return super().bind((*args, *kwargs.values()), {})


class Transpose(Rearrangement):
    """Two axes swapped."""

    names = ("transpose", "swapaxes", "swapdims")
    title = "two axes swapped"
    formula = "y[…, j, i] = x[…, i, j]"

    def move(self, input: Array, dim0: int, dim1: int) -> Array:
        """Swapped."""
        return input.swapaxes(dim0, dim1) if input.ndim else input

    def backward(self, grad: Array, input: Array, dim0: int, dim1: int) -> dict[str, Any]:
        """Swapped back."""
        return {"input": grad.swapaxes(dim0, dim1) if input.ndim else grad}

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Axes have three names."""
        names = {"axis0": "dim0", "axis1": "dim1"}
        return super().bind(args, {names.get(k, k): v for k, v in kwargs.items()})


class MatrixTranspose(Rearrangement):
    """The last two axes swapped (of ``T``: all of them reversed)."""

    names = ("t", "T", "mT", "adjoint", "H", "mH")
    title = "transpose"
    formula = "y_ij = x_ji"

    def move(self, input: Array) -> Array:
        """Swapped."""
        return input.swapaxes(-1, -2) if input.ndim > 1 else input


class MoveAxis(Rearrangement):
    """Axes to other places."""

    names = ("movedim", "moveaxis")
    title = "axes moved"
    formula = "y = x, axes moved"

    def move(self, input: Array, source: Any, destination: Any) -> Array:
        """Moved."""
        return np.moveaxis(input, source, destination)

    def backward(self, grad: Array, input: Array, source: Any, destination: Any) -> dict[str, Any]:
        """Moved back."""
        return {"input": np.moveaxis(grad, destination, source)}
