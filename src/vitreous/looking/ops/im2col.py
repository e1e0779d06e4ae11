"""Unfold and fold: the windows of an image as columns, and columns added back to an image; each the other's way back.

Source: Chellapilla, Puri & Simard, "High performance convolutional neural networks for document processing" (2006).
"""

from __future__ import annotations

from typing import Any

from vitreous.looking.operation import Array, Operation
from vitreous.looking.windows import Windows, around, sides


def _windows(size: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Windows:
    kernel, dilation = sides(kernel, 2), sides(dilation, 2)
    return Windows(tuple(size), kernel, sides(stride, 2), around(kernel, dilation, padding), dilation)


class ImageToColumns(Operation):
    """[N, C, H, W] to [N, C·K, P]."""

    names = ("im2col",)
    title = "windows as columns"
    formula = "y[c·k, p] = x[c, p·stride + k·dilation − padding]"
    derivative = "dL/dx: columns added back to their places"
    multilinear = True

    def forward(self, input: Array, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Array:
        """Gathered."""
        x = input if input.ndim == 4 else input[None]
        found = _windows(x.shape[2:], kernel_size, dilation, padding, stride).gather(x)
        found = found.reshape(len(x), x.shape[1] * found.shape[2] * found.shape[3], -1)
        return found if input.ndim == 4 else found[0]

    def backward(
        self, grad: Array, input: Array, kernel_size: Any, dilation: Any, padding: Any, stride: Any
    ) -> dict[str, Any]:
        """Scattered."""
        x = input if input.ndim == 4 else input[None]
        windows = _windows(x.shape[2:], kernel_size, dilation, padding, stride)
        columns = grad.reshape(len(x), x.shape[1], *windows.kernel, *windows.places)
        return {"input": windows.scatter(columns).reshape(input.shape)}


class ColumnsToImage(Operation):
    """[N, C·K, P] to [N, C, H, W]."""

    names = ("col2im",)
    title = "columns added to an image"
    formula = "y[c, p·stride + k·dilation − padding] += x[c·k, p]"
    derivative = "dL/dx: windows of δ"
    multilinear = True

    def forward(
        self, input: Array, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
    ) -> Array:
        """Scattered."""
        x = input if input.ndim == 3 else input[None]
        windows = _windows(sides(output_size, 2), kernel_size, dilation, padding, stride)
        out = windows.scatter(x.reshape(len(x), -1, *windows.kernel, *windows.places))
        return out if input.ndim == 3 else out[0]

    def backward(
        self, grad: Array, input: Array, output_size: Any, kernel_size: Any, dilation: Any, padding: Any, stride: Any
    ) -> dict[str, Any]:  # fmt: skip
        """Gathered."""
        delta = grad if input.ndim == 3 else grad[None]
        windows = _windows(sides(output_size, 2), kernel_size, dilation, padding, stride)
        return {"input": windows.gather(delta).reshape(input.shape)}
