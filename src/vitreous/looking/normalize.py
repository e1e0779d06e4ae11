"""Mean 0 and variance 1 over some axes, and the way back: what layer, batch, group and instance norm share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Term


@dataclass(frozen=True)
class Normal:
    """An array that was normalized.

    Attributes:
        values: x̂ = (x − mean) · inverse.
        mean: Along the axes, which are kept with length 1.
        variance: The population's, likewise.
        inverse: 1 / √(variance + ε), likewise.
        axes: Which were normalized over.
        epsilon: What keeps the root from zero.
    """

    values: Array
    mean: Array
    variance: Array
    inverse: Array
    axes: tuple[int, ...]
    epsilon: float


def standardize(x: Array, axes: tuple[int, ...], epsilon: float) -> Normal:
    """Normalizes by the array's own mean and variance."""
    mean = x.mean(axes, keepdims=True)
    centered = x - mean
    variance = (centered * centered).mean(axes, keepdims=True)
    inverse = 1 / np.sqrt(variance + np.asarray(epsilon, x.dtype))
    return Normal(centered * inverse, mean, variance, inverse, axes, epsilon)


def through(normal: Normal, grad: Array) -> Array:
    """The gradient before normalizing, from the one behind it (g): (g − mean g − x̂ mean(g x̂)) · inverse."""
    x, axes = normal.values, normal.axes
    along = grad.mean(axes, keepdims=True)
    out: Array = (grad - along - x * (grad * x).mean(axes, keepdims=True)) * normal.inverse
    return out


def open_normalized(
    normal: Normal, formula: str, x: Array, index: Index, scale: float | None, shift: float | None
) -> Opened:
    """The steps from x to y at one element."""

    def of(statistic: Array) -> float:
        return float(np.broadcast_to(statistic, x.shape)[index])

    raw, mean, variance = float(x[index]), of(normal.mean), of(normal.variance)
    value = (raw - mean) * of(normal.inverse)
    terms = [
        Term("x", (raw,), raw), Term("mean", (mean,), mean), Term("variance", (variance,), variance),
        Term("x̂ = (x − mean) / √(var + ε)", (raw - mean, of(normal.inverse)), value),
    ]  # fmt: skip
    if scale is not None:
        terms.append(Term("γ x̂", (scale, value), scale * value))
        value *= scale
    if shift is not None:
        terms.append(Term("γ x̂ + β", (value, shift), value + shift))
        value += shift
    return Opened(formula, tuple(terms), value, "steps")
