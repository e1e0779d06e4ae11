"""Sorting: numbers in order, or the k largest, with the places they came from; back, each δ to its place.

Source: Knuth, The Art of Computer Programming 3. Equal numbers may stand in another order than torch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation


class _Ordered(Operation):
    """[*] to values and places, along one axis."""

    derivative = "dL/dx: each δ to where its number came from"
    multilinear = True

    def _taken(self, input: Array, places: Array, dim: int) -> tuple[Array, Array]:
        self.saved = {"places": places, "dim": dim}
        return np.take_along_axis(input, places, dim), places

    def backward(self, grad: Any, input: Array, *_: Any, **__: Any) -> dict[str, Any]:
        """To where each came from."""
        total = np.zeros_like(input)
        np.put_along_axis(total, self.saved["places"], grad[0], self.saved["dim"])
        return {"input": total}


class Sort(_Ordered):
    """All of them."""

    names = ("sort",)
    title = "sorted"
    formula = "y = x in order"

    def forward(
        self, input: Array, dim: int = -1, descending: bool = False, stable: bool = False
    ) -> tuple[Array, Array]:
        """In order; equal ones as they stood."""
        return self._taken(input, np.argsort(-input if descending else input, dim, kind="stable"), dim)


class TopK(_Ordered):
    """The largest."""

    names = ("topk",)
    title = "the k largest"
    formula = "y = the k largest x"

    def forward(
        self, input: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
    ) -> tuple[Array, Array]:
        """In order."""
        order = np.argsort(-input if largest else input, dim, kind="stable")
        return self._taken(input, np.take(order, range(k), dim), dim)
