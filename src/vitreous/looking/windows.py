"""Sliding windows over the places of an image, a sequence or a volume: what convolutions and pools share.

Shape suffixes: N examples, C channels; K the window's sides, P the places it takes (each one or more axes).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vitreous.looking.operation import Array


def sides(value: int | Sequence[int], count: int) -> tuple[int, ...]:
    """One number for every axis, as torch takes them: 3 or (3, 3), and (3,) for several too."""
    values = (value,) if isinstance(value, int | np.integer) else tuple(value)
    return tuple(int(v) for v in (values * count if len(values) == 1 else values))


@dataclass(frozen=True)
class Windows:
    """The windows of one size over padded places.

    Attributes:
        size: Of the input's axes, without padding.
        kernel: Of a window.
        stride: From window to window.
        padding: Before and behind each axis.
        dilation: From one element of a window to the next.
        ceil: Whether a last window may hang over the end (pools with ``ceil_mode``).
        taken: How many windows there are along each axis, where there are fewer than have room (a transposed
            convolution's output may be larger than its stamps).
    """

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]
    ceil: bool = False
    taken: tuple[int, ...] | None = None

    @property
    def places(self) -> tuple[int, ...]:
        """How many windows there are along each axis."""
        if self.taken is not None:
            return self.taken
        found = []
        for n, k, s, (before, behind), d in zip(
            self.size, self.kernel, self.stride, self.padding, self.dilation, strict=True
        ):
            room = n + before + behind - d * (k - 1) - 1
            count = (math.ceil(room / s) if self.ceil else room // s) + 1
            if self.ceil and (count - 1) * s >= n + before:
                count -= 1  # a window that would begin behind the end
            found.append(count)
        return tuple(found)

    @property
    def reach(self) -> tuple[int, ...]:
        """The padded size that all windows together need."""
        return tuple(
            max(n + before + behind, (p - 1) * s + d * (k - 1) + 1)
            for n, k, s, (before, behind), d, p in zip(
                self.size, self.kernel, self.stride, self.padding, self.dilation, self.places, strict=True
            )
        )

    def pad(self, x_NC: Array, fill: float = 0.0) -> Array:
        """The input with its border, and as far as the last window reaches."""
        if self.reach == self.size:
            return x_NC
        padded = np.full((*x_NC.shape[:2], *self.reach), fill, x_NC.dtype)
        padded[self._inside()] = x_NC
        return padded

    def gather(self, x_NC: Array, fill: float = 0.0) -> Array:
        """Every window's elements: [N, C, *K, *P]."""
        padded, places = self.pad(x_NC, fill), self.places
        if all(k == 1 for k in self.kernel) and padded.shape[2:] == places:
            return padded.reshape(*x_NC.shape[:2], *self.kernel, *places)
        windows = np.empty((*x_NC.shape[:2], *self.kernel, *places), x_NC.dtype)
        for offset in itertools.product(*map(range, self.kernel)):
            inside: Any = (slice(None), slice(None), *offset)
            windows[inside] = padded[self._slices(offset)]
        return windows

    def scatter(self, windows: Array) -> Array:
        """The adjoint of gather: adds every window's elements where they came from: [N, C, *size]."""
        padded = np.zeros((*windows.shape[:2], *self.reach), windows.dtype)
        for offset in itertools.product(*map(range, self.kernel)):
            inside: Any = (slice(None), slice(None), *offset)
            padded[self._slices(offset)] += windows[inside]
        return np.ascontiguousarray(padded[self._inside()])

    def origin(self, place: Sequence[int], offset: Sequence[int]) -> tuple[int, ...]:
        """Where in the input an element of a window lies; outside of it in the padding."""
        return tuple(
            p * s + o * d - before
            for p, s, o, d, (before, _) in zip(
                place, self.stride, offset, self.dilation, self.padding, strict=True
            )
        )

    def holds(self, position: Sequence[int]) -> bool:
        """Whether a position is in the input, not in its padding."""
        return all(0 <= i < n for i, n in zip(position, self.size, strict=True))

    def _inside(self) -> tuple[slice, ...]:
        axes = zip(self.size, self.padding, strict=True)
        return (slice(None), slice(None), *(slice(before, before + n) for n, (before, _) in axes))

    def _slices(self, offset: Sequence[int]) -> tuple[slice, ...]:
        axes = zip(offset, self.dilation, self.stride, self.places, strict=True)
        return (
            slice(None),
            slice(None),
            *(slice(o * d, o * d + (p - 1) * s + 1, s) for o, d, s, p in axes),
        )


def around(
    kernel: tuple[int, ...], dilation: tuple[int, ...], padding: str | int | Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Padding before and behind each axis; "same" puts the odd one behind, as torch does."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    assert not isinstance(padding, str)
    return tuple((p, p) for p in sides(padding, len(kernel)))
