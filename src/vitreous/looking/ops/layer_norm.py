"""Layer norm: each example's features get mean 0 and variance 1, then a learned scale and shift.

x̂ = (x − mean) / √(var + ε), y = γ x̂ + β over the last axes; back: dL/dx = (g − mean(g) − x̂ mean(g x̂)) / √(var + ε)
with g = δ γ. Source: Ba, Kiros & Hinton, "Layer normalization", https://arxiv.org/abs/1607.06450.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.normalize import open_normalized, standardize, through
from vitreous.looking.operation import Array, Index, Opened, Operation


class LayerNorm(Operation):
    """[*, *normalized_shape] to the same."""

    names = ("layer_norm",)
    title = "layer norm: mean 0 and variance 1 for each example"
    formula = "y = γ (x − mean) / √(var + ε) + β"
    derivative = "dL/dx = (g − mean g − x̂ mean(g x̂)) / √(var + ε),  g = δ γ;  dL/dγ = Σ δ x̂,  dL/dβ = Σ δ"

    def forward(
        self, input: Array, normalized_shape: Sequence[int], weight: Array | None = None, bias: Array | None = None,
        eps: float = 1e-5, cudnn_enable: bool = True,
    ) -> Array:  # fmt: skip
        """Normalized over the last axes, scaled, shifted."""
        axes = tuple(range(input.ndim - len(normalized_shape), input.ndim))
        self.saved["normal"] = normal = standardize(input, axes, eps)
        out: Array = normal.values if weight is None else normal.values * weight
        return out if bias is None else out + bias

    def backward(
        self, grad: Array, input: Array, normalized_shape: Sequence[int], weight: Array | None = None,
        bias: Array | None = None, *_: Any, **__: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """Without what would change mean or variance."""
        normal = self.saved["normal"]
        others = tuple(range(input.ndim - len(normalized_shape)))
        return {
            "input": through(normal, grad if weight is None else grad * weight),
            "weight": None if weight is None else (grad * normal.values).sum(others),
            "bias": None if bias is None else grad.sum(others),
        }

    def open_element(
        self, index: Index, input: Array, normalized_shape: Sequence[int], weight: Array | None = None,
        bias: Array | None = None, *args: Any, **kwargs: Any,
    ) -> Opened:  # fmt: skip
        """Mean, variance, normalized value, scale, shift."""
        self.forward(input, normalized_shape, weight, bias, *args, **kwargs)
        inner = index[input.ndim - len(normalized_shape) :]
        scale, shift = (None if p is None else float(np.asarray(p)[inner]) for p in (weight, bias))
        return open_normalized(self.saved["normal"], self.formula, input, index, scale, shift)
