"""Variance and standard deviation: y = Σ (x − mean)² / (n − correction), and its root.

Back: dL/dx = δ · 2 (x − mean) / (n − correction), for the root over 2 y. Source: Bessel's correction, any statistics
text; the default correction is 1, as in torch.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Operation, ordinary
from vitreous.looking.ops.sum import spread


class Variance(Operation):
    """[*] to [*] without the axes."""

    names = ("var",)
    root: ClassVar[bool] = False
    title = "variance"
    formula = "y = Σ (x − mean)² / (n − c)"
    derivative = "dL/dx = δ · 2 (x − mean) / (n − c)"

    def forward(
        self,
        input: Array,
        dim: Any = None,
        unbiased: bool = True,
        keepdim: bool = False,
        correction: float | None = None,
    ) -> Array:
        """The spread."""
        axes = ordinary(dim, input.ndim)
        correction = float(unbiased) if correction is None else correction
        count = int(np.prod([input.shape[a] for a in axes])) - correction
        centered = input - input.mean(axes, keepdims=True)
        out = (centered * centered).sum(axes, keepdims=keepdim) / np.asarray(count, input.dtype)
        self.saved = {"centered": centered, "count": count, "y": np.sqrt(out) if self.root else out}
        return np.asarray(self.saved["y"])

    def backward(
        self, grad: Array, input: Array, dim: Any = None, unbiased: bool = True, keepdim: bool = False,
        correction: float | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Each by its distance from the mean."""
        incoming = grad / (2 * self.saved["y"]) if self.root else grad
        slope = 2 * self.saved["centered"] / np.asarray(self.saved["count"], input.dtype)
        return {"input": spread(incoming, input.shape, dim, keepdim) * slope}

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """``x.var(False)`` sets ``unbiased``, not the axis."""
        if len(args) > 1 and isinstance(args[1], bool):
            args = (args[0], None, *args[1:])
        return super().bind(args, kwargs)


class StandardDeviation(Variance):
    """Its root."""

    names = ("std",)
    root = True
    title = "standard deviation"
    formula = "y = √(Σ (x − mean)² / (n − c))"
    derivative = "dL/dx = δ · (x − mean) / ((n − c) y)"


class VarianceAndMean(Operation):
    """Both."""

    names = ("var_mean",)
    title = "variance and mean"
    formula = Variance.formula
    derivative = "dL/dx = δ₁ · 2 (x − mean) / (n − c) + δ₂ / n"
    kind: ClassVar[type[Variance]] = Variance

    def forward(self, input: Array, dim: Any = None, *args: Any, **kwargs: Any) -> tuple[Array, Array]:
        """The spread, then the mean."""
        self.saved["inner"] = self.kind()
        spread_of = self.saved["inner"].forward(input, dim, *args, **kwargs)
        keepdim = kwargs.get("keepdim", args[1] if len(args) > 1 else False)
        return spread_of, np.asarray(input.mean(ordinary(dim, input.ndim), keepdims=keepdim))

    def backward(self, grad: Any, input: Array, dim: Any = None, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Through both."""
        total = np.zeros_like(input)
        keepdim = kwargs.get("keepdim", args[1] if len(args) > 1 else False)
        if grad[0] is not None:
            total = total + self.saved["inner"].backward(grad[0], input, dim, *args, **kwargs)["input"]
        if grad[1] is not None:
            total = total + spread(grad[1] / (input.size // grad[1].size), input.shape, dim, keepdim)
        return {"input": total}


class DeviationAndMean(VarianceAndMean):
    """Both."""

    names = ("std_mean",)
    title = "standard deviation and mean"
    kind = StandardDeviation
