"""Log-sum-exp: y = ln Σ eˣ, a smooth maximum; back, dL/dx = δ eˣ⁻ʸ, a softmax.

The largest is subtracted first, so nothing overflows. Source: Blanchard, Higham & Higham, IMA J. Numer. Anal. (2021).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, ordinary
from vitreous.looking.ops.sum import spread


class LogSumExp(Operation):
    """[*] to [*] without the axes."""

    names = ("logsumexp",)
    title = "logarithm of a sum of exponentials"
    formula = "y = ln Σ exp(x)"
    derivative = "dL/dx = δ exp(x − y)"

    def forward(self, input: Array, dim: Any, keepdim: bool = False) -> Array:
        """The smooth maximum."""
        axes = ordinary(dim, input.ndim)
        top = input.max(axes, keepdims=True)
        top = np.where(np.isfinite(top), top, 0)
        total = np.log(np.exp(input - top).sum(axes, keepdims=True)) + top
        self.saved["y"] = total
        return np.asarray(total if keepdim else total.squeeze(axes))

    def backward(self, grad: Array, input: Array, dim: Any, keepdim: bool = False) -> dict[str, Any]:
        """Shares that sum to 1."""
        return {"input": spread(grad, input.shape, dim, keepdim) * np.exp(input - self.saved["y"])}
