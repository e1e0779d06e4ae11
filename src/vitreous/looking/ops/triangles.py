"""Upper and lower triangles of matrices, and diagonals made into matrices; the rest is 0, and gets no gradient.

Source: any linear algebra text.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Operation


class Lower(Operation):
    """[*, n, m] to the same."""

    names = ("tril",)
    keep: ClassVar[Any] = staticmethod(np.tril)
    title = "the lower triangle"
    formula = "y_ij = x_ij where j ≤ i + k, else 0"
    derivative = "dL/dx = δ in the triangle"
    multilinear = True

    def forward(self, input: Array, diagonal: int = 0) -> Array:
        """The triangle."""
        return np.asarray(self.keep(input, diagonal))

    def backward(self, grad: Array, input: Array, diagonal: int = 0) -> dict[str, Any]:
        """The triangle."""
        return {"input": self.keep(grad, diagonal)}


class Upper(Lower):
    """The other one."""

    names = ("triu",)
    keep = staticmethod(np.triu)
    title = "the upper triangle"
    formula = "y_ij = x_ij where j ≥ i + k, else 0"


class Diag(Operation):
    """A vector as a matrix's diagonal, or the diagonal of a matrix."""

    names = ("diag",)
    title = "diagonal"
    formula = "y_ii = x_i, or y_i = x_ii"
    derivative = "dL/dx = δ on the diagonal"
    multilinear = True

    def forward(self, input: Array, diagonal: int = 0) -> Array:
        """Either."""
        return np.diag(input, diagonal)

    def backward(self, grad: Array, input: Array, diagonal: int = 0) -> dict[str, Any]:
        """The other."""
        if input.ndim == 1:
            return {"input": np.diag(grad, diagonal)}
        total = np.zeros_like(input)
        rows = np.arange(len(grad)) + max(0, -diagonal)
        total[rows, rows + diagonal] = grad
        return {"input": total}
