"""Upsampling: an image (sequence, volume) on a finer grid, each place from its nearest neighbour or a mix of two.

Nearest: y[i] = x[⌊i·n/m⌋]. Linear: source = (i + ½) n/m − ½, or i (n − 1)/(m − 1) with aligned corners, and the two
neighbours by their distance. Each axis is a matrix [m, n]; back, its transpose. Source: Keys (1981) for
interpolation by separable kernels; conventions as in torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Operation


class _Upsample(Operation):
    """[N, C, *size] to [N, C, *output_size]: a matrix along each axis."""

    axes: ClassVar[int] = 2
    derivative = "dL/dx: the transpose of each axis's matrix"
    multilinear = True

    def _matrices(self, input: Array, output_size: Any, *options: Any) -> list[Array]:
        raise NotImplementedError

    def _sizes(
        self, input: Array, output_size: Any, scales: Sequence[float | None]
    ) -> list[tuple[int, int, float]]:
        """For each axis: its length, the new one, and how many old steps a new one is."""
        old = input.shape[-self.axes :]
        factors = list(scales) + [None] * (self.axes - len(scales))
        new = (
            output_size
            if output_size is not None
            else [int(n * (f or 1)) for n, f in zip(old, factors, strict=True)]
        )
        return [(n, int(m), 1 / f if f else n / m) for n, m, f in zip(old, new, factors, strict=True)]

    def forward(self, input: Array, output_size: Any, *options: Any, **named: Any) -> Array:
        """Along one axis after the other."""
        out = input
        for axis, matrix in enumerate(self._matrices(input, output_size, *options, **named)):
            out = np.moveaxis(np.moveaxis(out, axis + 2, -1) @ matrix.T, -1, axis + 2)
        return out

    def backward(
        self, grad: Array, input: Array, output_size: Any, *options: Any, **named: Any
    ) -> dict[str, Any]:
        """Transposed."""
        for axis, matrix in enumerate(self._matrices(input, output_size, *options, **named)):
            grad = np.moveaxis(np.moveaxis(grad, axis + 2, -1) @ matrix, -1, axis + 2)
        return {"input": grad}


def _flatten(scales: tuple[Any, ...]) -> list[Any]:
    first = scales[0] if scales else None
    return list(first) if isinstance(first, tuple | list) else list(scales)


class Nearest2d(_Upsample):
    """The nearest neighbour."""

    names = ("upsample_nearest2d",)
    title = "upsampling: the nearest neighbour"
    formula = "y[i] = x[⌊i·n/m⌋]"

    def _matrices(self, input: Array, output_size: Any, *scales: Any, **named: Any) -> list[Array]:
        found = []
        for n, m, step in self._sizes(input, output_size, _flatten((*scales, *named.values()))):
            matrix = np.zeros((m, n), input.dtype)
            source = np.minimum(
                np.floor(np.arange(m, dtype=np.float32) * np.float32(step)).astype(int), n - 1
            )
            matrix[np.arange(m), source] = 1
            found.append(matrix)
        return found


class Nearest1d(Nearest2d):
    """Over one axis."""

    names = ("upsample_nearest1d",)
    axes = 1


class Nearest3d(Nearest2d):
    """Over three axes."""

    names = ("upsample_nearest3d",)
    axes = 3


class Linear2d(_Upsample):
    """A mix of the neighbours."""

    names = ("upsample_bilinear2d",)
    title = "upsampling: a mix of the neighbours"
    formula = "y[i] = (1 − t) x[⌊s⌋] + t x[⌊s⌋ + 1],  s = (i + ½) n/m − ½"

    def _matrices(
        self, input: Array, output_size: Any, align_corners: bool = False, *scales: Any, **named: Any
    ) -> list[Array]:
        found = []
        for n, m, step in self._sizes(input, output_size, _flatten((*scales, *named.values()))):
            i = np.arange(m)
            if align_corners:
                source = i * ((n - 1) / (m - 1) if m > 1 else 0.0)
            else:
                source = np.maximum((i + 0.5) * step - 0.5, 0)
            low = np.minimum(source.astype(int), n - 1)
            part = source - low
            matrix = np.zeros((m, n), input.dtype)
            matrix[i, low] += (1 - part).astype(input.dtype)
            matrix[i, np.minimum(low + 1, n - 1)] += part.astype(input.dtype)
            found.append(matrix)
        return found


class Linear1d(Linear2d):
    """Over one axis."""

    names = ("upsample_linear1d",)
    axes = 1


class Linear3d(Linear2d):
    """Over three axes."""

    names = ("upsample_trilinear3d",)
    axes = 3
