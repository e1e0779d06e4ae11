"""Running sums: y_i = x_0 + … + x_i; back, the sum of all δ from i on.

Source: any algebra text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation


class CumulativeSum(Operation):
    """[*] to the same."""

    names = ("cumsum",)
    title = "running sum"
    formula = "y_i = Σ x_j, j ≤ i"
    derivative = "dL/dx_i = Σ δ_j, j ≥ i"
    multilinear = True

    def forward(self, input: Array, dim: int) -> Array:
        """From the front."""
        return np.cumsum(input, dim)

    def backward(self, grad: Array, input: Array, dim: int) -> dict[str, Any]:
        """From the back."""
        return {"input": np.flip(np.cumsum(np.flip(grad, dim), dim), dim)}
