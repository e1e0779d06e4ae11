"""Norms: y = (Σ |x|ᵖ)^(1/p) over axes; back, dL/dx = δ sign(x) (|x| / y)^(p−1), for p = 2 x / y.

Source: Minkowski, Geometrie der Zahlen (1896); at 0 the gradient 0 is taken, as in torch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, ordinary
from vitreous.looking.ops.sum import spread


class Norm(Operation):
    """[*] to [*] without the axes."""

    names = ("linalg_vector_norm", "norm", "frobenius_norm")
    title = "norm: a length"
    formula = "y = (Σ |x|ᵖ)^(1/p)"
    derivative = "dL/dx = δ sign(x) (|x| / y)^(p − 1)"

    def forward(self, input: Array, ord: Any = 2, dim: Any = None, keepdim: bool = False) -> Array:
        """The length."""
        p, axes = self._order(ord), ordinary(dim, input.ndim)
        size = np.abs(input)
        if np.isinf(p):
            y = size.max(axes, keepdims=keepdim) if p > 0 else size.min(axes, keepdims=keepdim)
        elif p == 0:
            y = (input != 0).sum(axes, keepdims=keepdim).astype(input.dtype)
        elif p == 2:
            y = np.sqrt((input * input).sum(axes, keepdims=keepdim))
        else:
            y = (size**p).sum(axes, keepdims=keepdim) ** (1 / p)
        self.saved["y"] = y
        return np.asarray(y)

    def backward(
        self, grad: Array, input: Array, ord: Any = 2, dim: Any = None, keepdim: bool = False
    ) -> dict[str, Any]:
        """Along the vector."""
        p = self._order(ord)
        y = spread(self.saved["y"], input.shape, dim, keepdim)
        delta = spread(grad, input.shape, dim, keepdim)
        if p == 0:
            return {"input": np.zeros_like(input)}
        if np.isinf(p):
            chosen = np.abs(input) == y
            shares = spread(
                chosen.sum(ordinary(dim, input.ndim), keepdims=keepdim), input.shape, dim, keepdim
            )
            return {"input": delta * np.sign(input) * chosen / shares}
        safe = np.where(y == 0, 1, y)
        return {
            "input": np.where(y == 0, 0, delta * np.sign(input) * (np.abs(input) / safe) ** (p - 1)).astype(
                input.dtype
            )
        }

    def _order(self, order: Any) -> float:
        return 2.0 if order in (None, "fro") else float(order)

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """``norm`` calls the order p."""
        return super().bind(args, {"ord" if k == "p" else k: v for k, v in kwargs.items()})
