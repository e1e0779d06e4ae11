"""Numbers on a page: whole tensors where they are small, evenly picked places of large ones, as packed bytes.

What is picked is a grid: some indices of each axis, so that it can still be drawn as a heat map. Of a weight whole
rows are kept as long as possible: a unit can only be opened with all of its weights.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from vitreous.looking.operation import Array

CAPS: tuple[int, ...] = tuple(
    4**power for power in range(10, 2, -1)
)  # most numbers of one tensor: 1,048,576 … 64
MOST_OF_A_GRADIENT = 2048  # of a weight: it can be opened from what went in and what came back
BYTES_A_NUMBER = 16 / 3  # four bytes, in base64
FEW_ROWS = 8


@dataclass
class Shelf:
    """The numbers of a page, by key: ``v12`` the numbers of value 12, ``g12`` its gradient, ``s3`` step 3's slope.

    Attributes:
        cap: Most numbers of one tensor.
        tensors: What the page holds: shape, the indices kept of each axis (None: all), the type, the bytes.
        sampled: How many of them are not whole.
    """

    cap: int
    tensors: dict[str, dict[str, Any]] = field(default_factory=dict)
    sampled: int = 0

    def put(self, key: str, array: Array, *, rows: bool = False, most: int | None = None) -> str:
        """Keeps an array; complex numbers are left out.

        Args:
            key: What it is called.
            array: Of any type.
            rows: Keep whole rows as long as possible.
            most: A smaller cap of its own.

        Returns:
            The key, or "" where the array is none that can be shown.
        """
        if array.dtype.kind not in "fiub" or not array.size:
            return ""
        if key not in self.tensors:
            axes = picked(array.shape, min(self.cap, most or self.cap), rows=rows)
            kept = array if all(a is None for a in axes) else array[np.ix_(*_all(axes, array.shape))]
            whole = kept.dtype.kind != "f"
            packed = np.ascontiguousarray(kept, "<i4" if whole else "<f4")
            self.sampled += kept.size < array.size
            self.tensors[key] = {
                "shape": list(array.shape), "axes": axes, "type": "i4" if whole else "f4",
                "data": base64.b64encode(packed.tobytes()).decode("ascii"),
            }  # fmt: skip
        return key

    def holds(self, key: str) -> bool:
        """Whether a tensor is there as a whole."""
        return key in self.tensors and all(axis is None for axis in self.tensors[key]["axes"])


def picked(shape: tuple[int, ...], most: int, *, rows: bool = False) -> list[list[int] | None]:
    """Indices to keep of each axis, so that at most so many numbers remain; None where all are kept."""
    counts = list(shape)
    while prod(counts) > most and max(counts) > 1:
        first = rows and len(counts) > 1 and counts[0] > FEW_ROWS
        axis = 0 if first else counts.index(max(counts))
        counts[axis] = -(-counts[axis] // 2)
    return [
        None if count == size else np.unique(np.linspace(0, size - 1, count).astype(int)).tolist()
        for count, size in zip(counts, shape, strict=True)
    ]


def cap_for(sizes: Iterable[int], budget: int) -> int:
    """The largest cap with which tensors of these sizes take no more bytes than the budget."""
    sizes = list(sizes)
    for cap in CAPS:
        if sum(min(size, cap) for size in sizes) * BYTES_A_NUMBER <= budget:
            return cap
    return CAPS[-1]


def _all(axes: list[list[int] | None], shape: tuple[int, ...]) -> list[Any]:
    return [range(size) if kept is None else kept for kept, size in zip(axes, shape, strict=True)]
