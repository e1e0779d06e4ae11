"""A convolution: one small kernel slides over all places; at each, every element times its weight, summed.

y[n, o, p] = b[o] + Σ_c Σ_k W[o, c, k] · x[n, c, p·stride + k·dilation − padding]. (A cross-correlation, in
the words of mathematics.) With groups, each part of the output channels sees only its part of the input's.
Computed by laying the windows out as columns and one matrix product a group. Source: LeCun et al.,
"Gradient-based learning applied to document recognition" (1998); Dumoulin & Visin, "A guide to convolution
arithmetic for deep learning", https://arxiv.org/abs/1603.07285.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, product
from vitreous.looking.windows import Windows, around, sides

Sides: TypeAlias = int | Sequence[int]


class Convolution(Operation):
    """[N, C, *size] (or without N) and [O, C/groups, *kernel] to [N, O, *places]; 1, 2 or 3 axes."""

    names = ("conv1d", "conv2d", "conv3d")
    title = "convolution: a kernel slides over all places"
    formula = "y[o, p] = b[o] + Σ W[o, c, k] · x[c, p·stride + k·dilation − padding]"
    derivative = "dL/dx: δ spread back through the kernel,  dL/dW = Σ δ · window,  dL/db = Σ δ"
    multilinear = True

    def forward(
        self, input: Array, weight: Array, bias: Array | None = None, stride: Sides = 1,
        padding: Sides | str = 0, dilation: Sides = 1, groups: int = 1,
    ) -> Array:  # fmt: skip
        """Windows as columns, then one matrix product for each group."""
        axes = weight.ndim - 2
        x = input if input.ndim == weight.ndim else input[None]
        windows = self._windows(x, weight, stride, padding, dilation)
        columns = windows.gather(x).reshape(len(x), groups, -1, int(np.prod(windows.places)))
        out = weight.reshape(groups, len(weight) // groups, -1) @ columns  # [N, G, O/G, P]
        out = out.reshape(len(x), len(weight), *windows.places)
        if bias is not None:
            out += bias.reshape(-1, *[1] * axes)
        self.saved = {"columns": columns, "windows": windows}
        return out if input.ndim == weight.ndim else out[0]

    def backward(
        self, grad: Array, input: Array, weight: Array, bias: Array | None = None, stride: Sides = 1,
        padding: Sides | str = 0, dilation: Sides = 1, groups: int = 1,
    ) -> dict[str, Any]:  # fmt: skip
        """The same two matrices, transposed."""
        windows, columns = self.saved["windows"], self.saved["columns"]
        delta = grad.reshape(len(columns), groups, len(weight) // groups, -1)
        kernels = weight.reshape(groups, len(weight) // groups, -1)
        grad_columns = kernels.transpose(0, 2, 1) @ delta
        channels = weight.shape[1] * groups
        grad_input = windows.scatter(grad_columns.reshape(-1, channels, *windows.kernel, *windows.places))
        grad_weight = (delta @ columns.swapaxes(-1, -2)).sum(0)
        return {
            "input": grad_input.reshape(input.shape),
            "weight": grad_weight.reshape(weight.shape),
            "bias": None if bias is None else delta.sum((0, 3)).reshape(bias.shape),
        }

    def open_element(
        self, index: Index, input: Array, weight: Array, bias: Array | None = None, stride: Sides = 1,
        padding: Sides | str = 0, dilation: Sides = 1, groups: int = 1,
    ) -> Opened:  # fmt: skip
        """The patch under the kernel, element by element; padding is zero and left out."""
        windows = self._windows(input, weight, stride, padding, dilation)
        n, o, *place = index if input.ndim == weight.ndim else (0, *index)
        x = (input if input.ndim == weight.ndim else input[None])[n]
        first = o // (len(weight) // groups) * weight.shape[1]
        terms = []
        for c, *offset in itertools.product(range(weight.shape[1]), *map(range, windows.kernel)):
            position = windows.origin(place, offset)
            if windows.holds(position):
                text = f"x{[first + c, *position]} · W{[o, c, *offset]}"
                terms.append(product(text, x[(first + c, *position)], weight[(o, c, *offset)]))
        if bias is not None:
            terms.append(Term(f"b[{o}]", (float(bias[o]),), float(bias[o])))
        return Opened("Σ patch · kernel + b", tuple(terms), float(sum(t.value for t in terms)))

    def open_gradient(
        self, name: str, index: Index, grad: Array, input: Array, weight: Array, bias: Array | None = None,
        stride: Sides = 1, padding: Sides | str = 0, dilation: Sides = 1, groups: int = 1,
    ) -> Opened:  # fmt: skip
        """A kernel's weight collects, from every place, what came back there times the pixel it met."""
        if name != "weight":
            return super().open_gradient(
                name, index, grad, input, weight, bias, stride, padding, dilation, groups
            )
        windows = self._windows(input, weight, stride, padding, dilation)
        delta, x = (a if input.ndim == weight.ndim else a[None] for a in (grad, input))
        o, c, *offset = index
        channel = o // (len(weight) // groups) * weight.shape[1] + c
        terms = []
        for n, *place in itertools.product(range(len(x)), *map(range, windows.places)):
            position = windows.origin(place, offset)
            if windows.holds(position):
                text = f"δ{[n, o, *place]} · x{[n, channel, *position]}"
                terms.append(product(text, delta[(n, o, *place)], x[(n, channel, *position)]))
        return Opened("dL/dW = Σ δ · pixel", tuple(terms), float(sum(t.value for t in terms)))

    def _windows(
        self, x: Array, weight: Array, stride: Sides, padding: Sides | str, dilation: Sides
    ) -> Windows:
        axes = weight.ndim - 2
        kernel, spread = weight.shape[2:], sides(dilation, axes)
        padded = around(kernel, spread, padding)
        return Windows(x.shape[-axes:], kernel, sides(stride, axes), padded, spread)
