"""RMS norm: each example's features are divided by their root mean square, then scaled; no mean, no shift.

y = γ x / r, r = √(mean(x²) + ε); back: dL/dx = (g − x mean(g x) / r²) / r, g = δ γ. Source: Zhang & Sennrich, "Root
mean square layer normalization", https://arxiv.org/abs/1910.07467.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation


class RMSNorm(Operation):
    """[*, *normalized_shape] to the same."""

    names = ("rms_norm",)
    title = "RMS norm: divided by the root mean square"
    formula = "y = γ x / √(mean(x²) + ε)"
    derivative = "dL/dx = (g − x mean(g x) / r²) / r,  g = δ γ;  dL/dγ = Σ δ x / r"

    def forward(
        self,
        input: Array,
        normalized_shape: Sequence[int],
        weight: Array | None = None,
        eps: float | None = None,
    ) -> Array:
        """Divided and scaled."""
        axes = tuple(range(input.ndim - len(normalized_shape), input.ndim))
        epsilon = np.finfo(input.dtype).eps if eps is None else eps
        root = np.sqrt((input * input).mean(axes, keepdims=True) + np.asarray(epsilon, input.dtype))
        self.saved = {"root": root, "axes": axes}
        out: Array = input / root
        return out if weight is None else out * weight

    def backward(
        self, grad: Array, input: Array, normalized_shape: Sequence[int], weight: Array | None = None,
        eps: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Without what would change the root mean square."""
        root, axes = self.saved["root"], self.saved["axes"]
        g = grad if weight is None else grad * weight
        inward = (g - input * (g * input).mean(axes, keepdims=True) / (root * root)) / root
        others = tuple(range(input.ndim - len(normalized_shape)))
        return {"input": inward, "weight": None if weight is None else (grad * input / root).sum(others)}
