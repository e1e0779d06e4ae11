"""Max pooling: of every window the largest number goes on, and back only to where it stood.

Source: Ranzato et al., "Unsupervised learning of invariant feature hierarchies" (2007); as torch, the first of
equal numbers is taken.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term
from vitreous.looking.windows import Windows, around, sides

Sides: TypeAlias = int | Sequence[int]


class MaxPooling(Operation):
    """[N, C, *size] (or without N) to [N, C, *places]; with indices, also where each stood."""

    names: ClassVar[tuple[str, ...]] = ()  # one class a number of axes, below
    axes = 2
    indices = False
    title = "max pooling: the largest of each window"
    formula = "y[p] = max of x over the window at p"
    derivative = "dL/dx: each δ goes to where the largest stood"
    multilinear = True

    def forward(
        self, input: Array, kernel_size: Sides, stride: Sides | None = None, padding: Sides = 0,
        dilation: Sides = 1, ceil_mode: bool = False,
    ) -> Any:  # fmt: skip
        """Gathers windows (padding is minus infinity) and takes the largest."""
        kernel, spread = sides(kernel_size, self.axes), sides(dilation, self.axes)
        step = sides(stride if stride not in (None, (), []) else kernel_size, self.axes)
        size = input.shape[-self.axes :]
        windows = Windows(size, kernel, step, around(kernel, spread, padding), spread, ceil_mode)
        x = input.reshape(1, -1, *size)
        columns = windows.gather(x, -np.inf).reshape(x.shape[1], int(np.prod(kernel)), -1)
        chosen = columns.argmax(1)
        self.saved = {"windows": windows, "chosen": chosen}
        out = np.take_along_axis(columns, chosen[:, None], 1).reshape(
            *input.shape[: -self.axes], *windows.places
        )
        return (out, self._positions(windows, chosen).reshape(out.shape)) if self.indices else out

    def backward(self, grad: Any, input: Array, kernel_size: Sides, *_: Any, **__: Any) -> dict[str, Any]:
        """Each gradient goes to one element."""
        incoming = grad[0] if isinstance(grad, tuple) else grad
        positions = self._positions(self.saved["windows"], self.saved["chosen"])
        channels, size = len(positions), int(np.prod(input.shape[-self.axes :]))
        flat = positions + np.arange(channels)[:, None] * size
        total = np.bincount(flat.ravel(), incoming.ravel(), channels * size)
        return {"input": total.astype(input.dtype).reshape(input.shape)}

    def open_element(self, index: Index, input: Array, *args: Any, **kwargs: Any) -> Opened:
        """All numbers of the window; the largest is the value."""
        result = self.forward(input, *args, **kwargs)
        windows: Windows = self.saved["windows"]
        before, place = index[: -self.axes], index[-self.axes :]
        terms = []
        for offset in itertools.product(*map(range, windows.kernel)):
            position = windows.origin(place, offset)
            if windows.holds(position):
                number = float(input[(*before, *position)])
                terms.append(Term(f"x{[*before, *position]}", (number,), number))
        value = float((result[0] if self.indices else result)[index])
        return Opened("max", tuple(terms), value, "chosen")

    def _positions(self, windows: Windows, chosen: Array) -> Array:
        """Flat place, in the unpadded input, of what was chosen from each window: [C, P]."""
        offsets = np.unravel_index(chosen, windows.kernel)
        places = np.unravel_index(np.arange(chosen.shape[1]), windows.places)
        axes = zip(offsets, places, windows.stride, windows.dilation, windows.padding, strict=True)
        axis_positions = [p * s + o * d - before for o, p, s, d, (before, _) in axes]
        flat: Array = np.ravel_multi_index(axis_positions, windows.size)
        return flat


class MaxPooling1d(MaxPooling):
    """Over one axis."""

    names: ClassVar[tuple[str, ...]] = ("max_pool1d",)
    axes = 1


class MaxPooling2d(MaxPooling):
    """Over two axes."""

    names: ClassVar[tuple[str, ...]] = ("max_pool2d",)


class MaxPooling3d(MaxPooling):
    """Over three axes."""

    names: ClassVar[tuple[str, ...]] = ("max_pool3d",)
    axes = 3


class MaxPooling1dIndices(MaxPooling1d):
    """With the places."""

    names: ClassVar[tuple[str, ...]] = ("max_pool1d_with_indices",)
    indices = True


class MaxPooling2dIndices(MaxPooling):
    """With the places."""

    names: ClassVar[tuple[str, ...]] = ("max_pool2d_with_indices",)
    indices = True


class MaxPooling3dIndices(MaxPooling3d):
    """With the places."""

    names: ClassVar[tuple[str, ...]] = ("max_pool3d_with_indices",)
    indices = True
