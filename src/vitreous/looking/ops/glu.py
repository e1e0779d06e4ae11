"""GLU: one half of the numbers, each let through by the sigmoid of its partner in the other half.

y = a σ(b), for x = [a, b]; dL/da = δ σ(b), dL/db = δ a σ(b) (1 − σ(b)). Source: Dauphin et al., "Language modeling
with gated convolutional networks", https://arxiv.org/abs/1612.08083.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation


class GLU(Operation):
    """[*, 2n, *] to [*, n, *]."""

    names = ("glu",)
    title = "gated linear unit: one half gates the other"
    formula = "y = a · σ(b),  x = [a, b]"
    derivative = "dL/da = δ σ(b),  dL/db = δ a σ(b) (1 − σ(b))"

    def forward(self, input: Array, dim: int = -1) -> Array:
        """The gated half."""
        a, b = np.split(input, 2, dim)
        out: Array = a * (0.5 * (1 + np.tanh(0.5 * b)))
        return out

    def backward(self, grad: Array, input: Array, dim: int = -1) -> dict[str, Any]:
        """To both halves."""
        a, b = np.split(input, 2, dim)
        gate = 0.5 * (1 + np.tanh(0.5 * b))
        return {"input": np.concatenate([grad * gate, grad * a * gate * (1 - gate)], dim)}
