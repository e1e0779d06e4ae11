"""Group norm: the channels of each group of one example get mean 0 and variance 1; then scale and shift by channel.

Source: Wu & He, "Group normalization", https://arxiv.org/abs/1803.08494; with one channel a group it is instance
norm (Ulyanov, Vedaldi & Lempitsky, https://arxiv.org/abs/1607.08022).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.normalize import Normal, open_normalized, standardize, through
from vitreous.looking.operation import Array, Index, Opened, Operation


class GroupNorm(Operation):
    """[N, C, *] to the same."""

    names = ("group_norm",)
    title = "group norm: mean 0 and variance 1 for each group of channels"
    formula = "y = γ (x − mean) / √(var + ε) + β"
    derivative = "dL/dx = (g − mean g − x̂ mean(g x̂)) / √(var + ε),  g = δ γ;  dL/dγ = Σ δ x̂,  dL/dβ = Σ δ"

    def forward(
        self, input: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5,
        cudnn_enabled: bool = True,
    ) -> Array:  # fmt: skip
        """Normalized over each group and all places."""
        grouped = input.reshape(len(input), num_groups, -1)
        self.saved["normal"] = normal = standardize(grouped, (2,), eps)
        column = (1, -1, *[1] * (input.ndim - 2))
        out: Array = normal.values.reshape(input.shape)
        out = out if weight is None else out * weight.reshape(column)
        return out if bias is None else out + bias.reshape(column)

    def backward(
        self, grad: Array, input: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None,
        *_: Any, **__: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Without what would change a group's mean or variance."""
        normal: Normal = self.saved["normal"]
        others = (0, *range(2, input.ndim))
        scaled = grad if weight is None else grad * weight.reshape(1, -1, *[1] * (input.ndim - 2))
        values = normal.values.reshape(input.shape)
        return {
            "input": through(normal, scaled.reshape(normal.values.shape)).reshape(input.shape),
            "weight": None if weight is None else (grad * values).sum(others),
            "bias": None if bias is None else grad.sum(others),
        }

    def open_element(
        self, index: Index, input: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None,
        *args: Any, **kwargs: Any,
    ) -> Opened:  # fmt: skip
        """Mean, variance, normalized value, scale, shift."""
        self.forward(input, num_groups, weight, bias, *args, **kwargs)
        normal: Normal = self.saved["normal"]
        grouped = input.reshape(normal.values.shape)
        place = np.unravel_index(int(np.ravel_multi_index(index, input.shape)), grouped.shape)
        scale, shift = (None if p is None else float(p[index[1]]) for p in (weight, bias))
        return open_normalized(normal, self.formula, grouped, tuple(int(i) for i in place), scale, shift)
