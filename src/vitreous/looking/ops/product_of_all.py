"""The product over an axis or over all; back, to each number the product of all others.

Source: any calculus text (the product rule).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, ordinary
from vitreous.looking.ops.sum import spread


class Product(Operation):
    """[*] to [*] without the axis."""

    names = ("prod",)
    title = "product of all"
    formula = "y = Π x"
    derivative = "dL/dx_i = δ Π of the others"

    def forward(self, input: Array, dim: int | None = None, keepdim: bool = False) -> Array:
        """The product."""
        return np.asarray(input.prod(ordinary(dim, input.ndim), keepdims=keepdim))

    def backward(
        self, grad: Array, input: Array, dim: int | None = None, keepdim: bool = False
    ) -> dict[str, Any]:
        """Products from the left times products from the right: no division, so zeros are right too."""
        flat = input.reshape(-1) if dim is None else np.moveaxis(input, dim, -1)
        ones = np.ones((*flat.shape[:-1], 1), flat.dtype)
        left = np.cumprod(np.concatenate([ones, flat[..., :-1]], -1), -1)
        right = np.cumprod(np.concatenate([ones, flat[..., :0:-1]], -1), -1)[..., ::-1]
        others = left * right
        others = others.reshape(input.shape) if dim is None else np.moveaxis(others, -1, dim)
        return {"input": spread(grad, input.shape, dim, keepdim) * others}
