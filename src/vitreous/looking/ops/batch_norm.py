"""Batch norm: each channel gets mean 0 and variance 1 over the batch, then a learned scale and shift.

In training by the batch's own mean and variance, through which gradients flow; in evaluation by the running ones,
which are constants. Back in training: dL/dx = (g − mean(g) − x̂ mean(g x̂)) / √(var + ε), g = δ γ. Source: Ioffe &
Szegedy, "Batch normalization", https://arxiv.org/abs/1502.03167.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.normalize import Normal, open_normalized, standardize, through
from vitreous.looking.operation import Array, Index, Opened, Operation


class BatchNorm(Operation):
    """[N, C, *] to the same."""

    names = ("batch_norm",)
    title = "batch norm: mean 0 and variance 1 for each channel"
    formula = "y = γ (x − mean) / √(var + ε) + β"
    derivative = "dL/dx = (g − mean g − x̂ mean(g x̂)) / √(var + ε),  g = δ γ;  dL/dγ = Σ δ x̂,  dL/dβ = Σ δ"

    def forward(
        self, input: Array, weight: Array | None, bias: Array | None, running_mean: Array | None,
        running_var: Array | None, training: bool, momentum: float = 0.1, eps: float = 1e-5, cudnn_enabled: bool = True,
    ) -> Array:  # fmt: skip
        """Normalized over all axes but the second."""
        self.saved["normal"] = normal = self._normal(input, running_mean, running_var, training, eps)
        if training:
            out: Array = normal.values * self._column(weight, input) if weight is not None else normal.values
            return out if bias is None else out + self._column(bias, input)
        # Constants fold into one scale and one shift: a third of the passes over a large image.
        scale = normal.inverse if weight is None else normal.inverse * self._column(weight, input)
        shift = -normal.mean * scale if bias is None else self._column(bias, input) - normal.mean * scale
        out = input * scale
        out += shift
        return out

    def backward(
        self, grad: Array, input: Array, weight: Array | None, bias: Array | None, running_mean: Array | None,
        running_var: Array | None, training: bool, *_: Any, **__: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """In training without what would change mean or variance; in evaluation just scaled."""
        normal: Normal = self.saved["normal"]
        axes = normal.axes
        flat = grad.reshape(*grad.shape[:2], -1)
        summed = flat.sum(2).sum(0)
        weighted = np.einsum("ncp,ncp->c", flat, input.reshape(flat.shape))
        along = (weighted - normal.mean.ravel() * summed) * normal.inverse.ravel()  # Σ δ x̂, a channel
        if training:
            inward = through(normal, grad if weight is None else grad * self._column(weight, input))
            along = (grad * normal.values).sum(axes)
        else:
            inward = grad * (
                normal.inverse if weight is None else normal.inverse * self._column(weight, input)
            )
        return {
            "input": inward,
            "weight": None if weight is None else along,
            "bias": None if bias is None else summed,
        }

    def open_element(
        self, index: Index, input: Array, weight: Array | None, bias: Array | None, *args: Any, **kwargs: Any
    ) -> Opened:
        """Mean, variance, normalized value, scale, shift."""
        self.forward(input, weight, bias, *args, **kwargs)
        scale, shift = (None if p is None else float(p[index[1]]) for p in (weight, bias))
        return open_normalized(self.saved["normal"], self.formula, input, index, scale, shift)

    def _normal(
        self, x: Array, mean: Array | None, variance: Array | None, training: bool, epsilon: float
    ) -> Normal:
        axes = (0, *range(2, x.ndim))
        if training or mean is None or variance is None:
            return standardize(x, axes, epsilon)
        mean, variance = self._column(mean, x), self._column(variance, x)
        inverse = 1 / np.sqrt(variance + np.asarray(epsilon, x.dtype))
        return Normal(np.empty(0), mean, variance, inverse, axes, epsilon)

    def _column(self, values: Array, x: Array) -> Array:
        return values.reshape(1, -1, *[1] * (x.ndim - 2))
