"""PReLU: a leaky ReLU whose slope for negative numbers is learned, one for all channels or one for each.

y = x if x > 0 else a_c x; dL/da_c = Σ δ x over the negative x of channel c. Source: He et al., "Delving deep into
rectifiers", https://arxiv.org/abs/1502.01852.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, unbroadcast


class PReLU(Operation):
    """[N, C, *] and [C] or [1] to [N, C, *]."""

    names = ("prelu",)
    title = "PReLU: a ReLU whose leak is learned"
    formula = "y = x if x > 0 else a·x"
    derivative = "dL/dx = δ · (1 or a),  dL/da = Σ δ x where x ≤ 0"
    use = "As a leaky ReLU whose leak is learned, where there are data enough for it."

    def forward(self, input: Array, weight: Array) -> Array:
        """Computes f(x)."""
        return np.where(input > 0, input, self._slopes(input, weight) * input)

    def backward(self, grad: Array, input: Array, weight: Array) -> dict[str, Any]:
        """To the input by its slope, to the slope by the input."""
        slopes = self._slopes(input, weight)
        by_slope = unbroadcast(grad * np.where(input > 0, 0, input), slopes.shape)
        return {"input": grad * np.where(input > 0, 1, slopes), "weight": by_slope.reshape(weight.shape)}

    def _slopes(self, input: Array, weight: Array) -> Array:
        if weight.size == 1:
            return weight.reshape((1,) * input.ndim)
        return weight.reshape(1, -1, *[1] * (input.ndim - 2)) if input.ndim > 1 else weight
