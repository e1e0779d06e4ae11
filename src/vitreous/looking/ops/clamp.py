"""Clamp: y = min(max(x, low), high); back δ where x lies between the bounds (which are included), else 0.

Bounds that are tensors get δ where they took effect. Source: any calculus text.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Operation, unbroadcast


class Clamp(Operation):
    """Any shape; bounds that broadcast."""

    names: ClassVar[tuple[str, ...]] = ("clamp", "clip")
    title = "clamp: cut off at bounds"
    formula = "y = min(max(x, low), high)"
    derivative = "dL/dx = δ where low ≤ x ≤ high, else 0"
    multilinear = True

    def forward(self, input: Array, min: Any = None, max: Any = None) -> Array:
        """Cut off."""
        out = input if min is None else np.maximum(input, min)
        return out.copy() if max is None else np.minimum(out, max)

    def backward(self, grad: Array, input: Array, min: Any = None, max: Any = None) -> dict[str, Any]:
        """Through what was not cut off."""
        low = np.zeros(input.shape, bool) if min is None else input < min
        high = np.zeros(input.shape, bool) if max is None else input > max
        found: dict[str, Any] = {"input": unbroadcast(grad * ~(low | high), input.shape)}
        if isinstance(min, np.ndarray):
            beaten = np.zeros(grad.shape, bool) if max is None else np.asarray(min) >= max
            found["min"] = unbroadcast(grad * (low & ~beaten), min.shape)
        if isinstance(max, np.ndarray):
            beaten = high if min is None else high | (np.asarray(max) < min)
            found["max"] = unbroadcast(grad * beaten, max.shape)
        return found


class ClampBelow(Clamp):
    """Only from below."""

    names: ClassVar[tuple[str, ...]] = ("clamp_min",)
    formula = "y = max(x, low)"
    derivative = "dL/dx = δ where low ≤ x, else 0"

    def forward(self, input: Array, min: Any = None, max: None = None) -> Array:
        """Cut off below."""
        return super().forward(input, min, None)


class ClampAbove(Clamp):
    """Only from above."""

    names: ClassVar[tuple[str, ...]] = ("clamp_max",)
    formula = "y = min(x, high)"
    derivative = "dL/dx = δ where x ≤ high, else 0"

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Its one bound is the upper one."""
        return super().bind((args[0], None, *args[1:]), kwargs)
