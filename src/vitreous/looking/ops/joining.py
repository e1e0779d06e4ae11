"""Several tensors as one: concatenated along an axis, or stacked along a new one; back, each gets its part of δ.

Source: Huang et al., "Densely connected convolutional networks", https://arxiv.org/abs/1608.06993, for what joining
is to networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term


class Concatenate(Operation):
    """Tensors alike but for one axis."""

    names = ("cat", "concat", "concatenate")
    title = "joined along an axis"
    formula = "y = x₀ ‖ x₁ ‖ …"
    derivative = "each gets its part of δ"
    multilinear = True

    def forward(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        """One behind the other; an empty vector counts as nothing, as in torch."""
        return np.concatenate([t for t in tensors if t.shape != (0,)] or list(tensors), dim)

    def backward(self, grad: Array, tensors: Sequence[Array], dim: int = 0) -> dict[str, Any]:
        """Cut apart again."""
        sizes = [0 if t.shape == (0,) else t.shape[dim] for t in tensors]
        parts = np.split(grad, np.cumsum(sizes)[:-1], dim)
        return {
            "tensors": [
                np.zeros_like(t) if t.shape == (0,) else p for t, p in zip(tensors, parts, strict=True)
            ]
        }

    def open_element(self, index: Index, tensors: Sequence[Array], dim: int = 0) -> Opened:
        """Which tensor it is from."""
        axis = dim % len(index)
        place = index[axis]
        for number, tensor in enumerate(tensors):
            if tensor.shape == (0,):
                continue
            if place < tensor.shape[axis]:
                origin = (*index[:axis], place, *index[axis + 1 :])
                value = float(tensor[origin])
                return Opened(self.formula, (Term(f"x{number}{list(origin)}", (value,), value),), value)
            place -= tensor.shape[axis]
        raise IndexError(f"{index} is outside of what was joined")


class Stack(Operation):
    """Tensors alike, along a new axis."""

    names = ("stack",)
    title = "stacked along a new axis"
    formula = "y[i] = x_i"
    derivative = "each gets its part of δ"
    multilinear = True

    def forward(self, tensors: Sequence[Array], dim: int = 0) -> Array:
        """Stacked."""
        return np.stack(tensors, dim)

    def backward(self, grad: Array, tensors: Sequence[Array], dim: int = 0) -> dict[str, Any]:
        """Taken apart again."""
        return {"tensors": list(np.moveaxis(grad, dim, 0))}

    def open_element(self, index: Index, tensors: Sequence[Array], dim: int = 0) -> Opened:
        """Which tensor it is from."""
        axis = dim % len(index)
        origin = (*index[:axis], *index[axis + 1 :])
        value = float(tensors[index[axis]][origin])
        return Opened(self.formula, (Term(f"x{index[axis]}{list(origin)}", (value,), value),), value)


class Meshgrid(Operation):
    """Vectors to the coordinates of a grid."""

    names = ("meshgrid",)
    title = "coordinates of a grid"
    formula = "y_k[i, j, …] = x_k[i_k]"
    derivative = "each sums its δ over the other axes"
    multilinear = True

    def forward(self, *tensors: Any, indexing: str | None = None) -> tuple[Array, ...]:
        """One grid for each vector."""
        vectors = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
        return tuple(np.meshgrid(*vectors, indexing="xy" if indexing == "xy" else "ij"))
