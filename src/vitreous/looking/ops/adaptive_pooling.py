"""Adaptive pooling: as many windows as asked for, whatever the input's size; mean or largest of each.

Window i of m over n elements goes from ⌊i·n/m⌋ to ⌈(i+1)·n/m⌉, so windows differ in size and may overlap where m
does not divide n. Source: as documented for ``torch.nn.AdaptiveAvgPool2d``; He et al., "Spatial pyramid
pooling", https://arxiv.org/abs/1406.4729.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, product


def windows_of(
    size: Sequence[int], output_size: int | Sequence[int | None] | None
) -> list[list[tuple[int, int]]]:
    """For each axis, where each window begins and ends."""
    wanted = (
        [output_size] * len(size)
        if isinstance(output_size, int) or output_size is None
        else list(output_size)
    )
    if len(wanted) == 1:
        wanted *= len(size)
    return [
        [(i * n // (m or n), -(-(i + 1) * n // (m or n))) for i in range(n if m is None else m)]
        for n, m in zip(size, wanted, strict=True)
    ]


def slices(bounds: list[list[tuple[int, int]]]) -> Iterator[tuple[Any, Any]]:
    """Every window: its place among the outputs and the slices it takes of the input."""
    for place in itertools.product(*(range(len(axis)) for axis in bounds)):
        cut = tuple(slice(*axis[i]) for axis, i in zip(bounds, place, strict=True))
        yield place, (..., *cut)


class AdaptiveAveragePooling2d(Operation):
    """[N, C, *size] (or without N) to [N, C, *output_size]."""

    names = ("adaptive_avg_pool2d",)
    axes = 2
    title = "adaptive average pooling: a mean for each part of the input"
    formula = "y[p] = mean of x from ⌊p·n/m⌋ to ⌈(p+1)·n/m⌉"
    derivative = "dL/dx: each δ in equal shares to its window"
    multilinear = True

    def forward(self, input: Array, output_size: Any) -> Array:
        """The mean of each part."""
        bounds = windows_of(input.shape[-self.axes :], output_size)
        out = np.empty((*input.shape[: -self.axes], *map(len, bounds)), input.dtype)
        along = tuple(range(-self.axes, 0))
        for place, cut in slices(bounds):
            out[(..., *place)] = input[cut].mean(along)
        return out

    def backward(self, grad: Array, input: Array, output_size: Any) -> dict[str, Any]:
        """Equal shares."""
        total = np.zeros_like(input)
        for place, cut in slices(windows_of(input.shape[-self.axes :], output_size)):
            count = int(np.prod(input[cut].shape[-self.axes :]))
            total[cut] += grad[(..., *place)].reshape(*grad.shape[: -self.axes], *[1] * self.axes) / count
        return {"input": total}

    def open_element(self, index: Index, input: Array, output_size: Any) -> Opened:
        """Each number of the part times its share."""
        before, place = index[: -self.axes], index[-self.axes :]
        bounds = windows_of(input.shape[-self.axes :], output_size)
        ranges = [range(*axis[i]) for axis, i in zip(bounds, place, strict=True)]
        count = int(np.prod([len(r) for r in ranges]))
        terms = [
            product(f"x{[*before, *p]} / {count}", input[(*before, *p)], 1 / count)
            for p in itertools.product(*ranges)
        ]
        return Opened("Σ x / count", tuple(terms), float(sum(t.value for t in terms)))


class AdaptiveAveragePooling1d(AdaptiveAveragePooling2d):
    """Over one axis."""

    names = ("adaptive_avg_pool1d",)
    axes = 1


class AdaptiveAveragePooling3d(AdaptiveAveragePooling2d):
    """Over three axes."""

    names = ("adaptive_avg_pool3d",)
    axes = 3


class AdaptiveMaxPooling2d(Operation):
    """[N, C, *size] (or without N) to the largest of each part and where it stood, both [N, C, *output_size]."""

    names = ("adaptive_max_pool2d",)
    axes = 2
    title = "adaptive max pooling: the largest of each part of the input"
    formula = "y[p] = max of x from ⌊p·n/m⌋ to ⌈(p+1)·n/m⌉"
    derivative = "dL/dx: each δ goes to where the largest stood"
    multilinear = True

    def forward(self, input: Array, output_size: Any) -> tuple[Array, Array]:
        """The largest and its flat place."""
        size = input.shape[-self.axes :]
        bounds = windows_of(size, output_size)
        out = np.empty((*input.shape[: -self.axes], *map(len, bounds)), input.dtype)
        places = np.empty(out.shape, np.int64)
        positions = np.arange(int(np.prod(size))).reshape(size)
        for place, cut in slices(bounds):
            part = input[cut].reshape(*out.shape[: -self.axes], -1)
            chosen = part.argmax(-1)
            out[(..., *place)] = np.take_along_axis(part, chosen[..., None], -1)[..., 0]
            places[(..., *place)] = positions[cut].ravel()[chosen]
        self.saved["places"] = places
        return out, places

    def backward(self, grad: Any, input: Array, output_size: Any) -> dict[str, Any]:
        """Each gradient goes to one element."""
        size = int(np.prod(input.shape[-self.axes :]))
        places = self.saved["places"].reshape(-1, int(np.prod(grad[0].shape[-self.axes :])))
        flat = places + np.arange(len(places))[:, None] * size
        total = np.bincount(flat.ravel(), grad[0].ravel(), input.size)
        return {"input": total.astype(input.dtype).reshape(input.shape)}

    def open_element(self, index: Index, input: Array, output_size: Any) -> Opened:
        """All numbers of the part; the largest is the value."""
        before, place = index[: -self.axes], index[-self.axes :]
        bounds = windows_of(input.shape[-self.axes :], output_size)
        ranges = [range(*axis[i]) for axis, i in zip(bounds, place, strict=True)]
        numbers = {(*before, *p): float(input[(*before, *p)]) for p in itertools.product(*ranges)}
        terms = tuple(Term(f"x{list(p)}", (number,), number) for p, number in numbers.items())
        return Opened("max", terms, max(numbers.values()), "chosen")


class AdaptiveMaxPooling1d(AdaptiveMaxPooling2d):
    """Over one axis."""

    names = ("adaptive_max_pool1d",)
    axes = 1


class AdaptiveMaxPooling3d(AdaptiveMaxPooling2d):
    """Over three axes."""

    names = ("adaptive_max_pool3d",)
    axes = 3
