"""Average pooling: the mean of every window; back, each element gets an equal share.

Padding counts as zeros (``count_include_pad``) or not at all. Source: LeCun et al., "Backpropagation applied to
handwritten zip code recognition" (1989).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, product
from vitreous.looking.windows import Windows, around, sides

Sides: TypeAlias = int | Sequence[int]


class AveragePooling2d(Operation):
    """[N, C, *size] (or without N) to [N, C, *places]."""

    names = ("avg_pool2d",)
    axes = 2
    title = "average pooling: the mean of each window"
    formula = "y[p] = mean of x over the window at p"
    derivative = "dL/dx: each δ in equal shares to its window"
    multilinear = True

    def forward(
        self, input: Array, kernel_size: Sides, stride: Sides | None = None, padding: Sides = 0,
        ceil_mode: bool = False, count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> Array:  # fmt: skip
        """The sum of each window over how many it counts."""
        kernel, none = sides(kernel_size, self.axes), (1,) * self.axes
        step = sides(stride if stride not in (None, (), []) else kernel_size, self.axes)
        size = input.shape[-self.axes :]
        windows = Windows(size, kernel, step, around(kernel, none, padding), none, ceil_mode)
        columns = windows.gather(input.reshape(1, -1, *size))
        counts = self._counts(windows, count_include_pad, divisor_override).astype(input.dtype)
        self.saved = {"windows": windows, "counts": counts}
        summed = columns.sum(tuple(range(2, 2 + self.axes))) / counts
        return np.asarray(summed).reshape(*input.shape[: -self.axes], *windows.places)

    def backward(self, grad: Array, input: Array, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Spreads each share over its window."""
        windows: Windows = self.saved["windows"]
        share = grad.reshape(1, -1, *[1] * self.axes, *windows.places) / self.saved["counts"]
        columns = np.broadcast_to(share, (1, share.shape[1], *windows.kernel, *windows.places))
        return {"input": windows.scatter(columns).reshape(input.shape)}

    def open_element(self, index: Index, input: Array, *args: Any, **kwargs: Any) -> Opened:
        """Each number of the window times its share."""
        self.forward(input, *args, **kwargs)
        windows: Windows = self.saved["windows"]
        before, place = index[: -self.axes], index[-self.axes :]
        share = 1 / float(self.saved["counts"][place])
        terms = []
        for offset in itertools.product(*map(range, windows.kernel)):
            position = windows.origin(place, offset)
            if windows.holds(position):
                terms.append(
                    product(f"x{[*before, *position]} / {1 / share:g}", input[(*before, *position)], share)
                )
        return Opened("Σ x / count", tuple(terms), float(sum(t.value for t in terms)))

    def _counts(self, windows: Windows, with_padding: bool, divisor: int | None) -> Array:
        """What each window's sum is divided by: [*P]."""
        if divisor:
            return np.full(windows.places, divisor)
        counts = np.ones(windows.places)
        axes = zip(windows.places, windows.stride, windows.kernel, windows.padding, windows.size, strict=True)
        for axis, (places, step, kernel, (before, behind), size) in enumerate(axes):
            start = np.arange(places) * step - before
            end = np.minimum(start + kernel, size + behind)  # a window over the border's end counts less
            along = end - start if with_padding else np.minimum(end, size) - np.maximum(start, 0)
            counts = counts * along.reshape(-1, *[1] * (self.axes - axis - 1))
        return counts


class AveragePooling1d(AveragePooling2d):
    """Over one axis."""

    names = ("avg_pool1d",)
    axes = 1


class AveragePooling3d(AveragePooling2d):
    """Over three axes."""

    names = ("avg_pool3d",)
    axes = 3
