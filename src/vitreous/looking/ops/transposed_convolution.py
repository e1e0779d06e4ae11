"""A transposed convolution: each input element stamps the kernel, times itself, onto the output; stamps add up.

It is the backward pass of a convolution used as a forward one: y[n, o, i·stride + k·dilation − padding] +=
x[n, c, i] · W[c, o, k]. Source: Zeiler et al., "Deconvolutional networks" (2010); Dumoulin & Visin, "A guide to
convolution arithmetic for deep learning", https://arxiv.org/abs/1603.07285.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, product
from vitreous.looking.windows import Windows, sides

Sides: TypeAlias = int | Sequence[int]


class TransposedConvolution(Operation):
    """[N, C, *size] (or without N) and [C, O/groups, *kernel] to [N, O, *larger]; 1, 2 or 3 axes."""

    names = ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
    title = "transposed convolution: each element stamps a kernel"
    formula = "y[o, i·stride + k·dilation − padding] += W[c, o, k] · x[c, i]; + b[o]"
    derivative = "dL/dx: a convolution of δ with the kernel,  dL/dW = Σ x · window of δ,  dL/db = Σ δ"
    multilinear = True

    def forward(
        self, input: Array, weight: Array, bias: Array | None = None, stride: Sides = 1, padding: Sides = 0,
        output_padding: Sides = 0, groups: int = 1, dilation: Sides = 1,
    ) -> Array:  # fmt: skip
        """Kernel times element as columns, scattered onto the larger output."""
        x = input if input.ndim == weight.ndim else input[None]
        windows = self._windows(x, weight, stride, padding, output_padding, dilation)
        flat = x.reshape(len(x), groups, len(weight) // groups, -1)  # [N, G, C/G, P]
        kernels = weight.reshape(groups, len(weight) // groups, -1)  # [G, C/G, O/G·K]
        columns = kernels.transpose(0, 2, 1) @ flat
        channels = weight.shape[1] * groups
        out = windows.scatter(columns.reshape(len(x), channels, *windows.kernel, *windows.places))
        if bias is not None:
            out += bias.reshape(-1, *[1] * (weight.ndim - 2))
        self.saved = {"flat": flat, "windows": windows}
        return out if input.ndim == weight.ndim else out[0]

    def backward(
        self, grad: Array, input: Array, weight: Array, bias: Array | None = None, stride: Sides = 1,
        padding: Sides = 0, output_padding: Sides = 0, groups: int = 1, dilation: Sides = 1,
    ) -> dict[str, Any]:  # fmt: skip
        """A convolution of what came back."""
        delta = grad if input.ndim == weight.ndim else grad[None]
        flat, windows = self.saved["flat"], self.saved["windows"]
        columns = windows.gather(delta).reshape(len(delta), groups, -1, flat.shape[-1])  # [N, G, O/G·K, P]
        kernels = weight.reshape(groups, len(weight) // groups, -1)
        return {
            "input": (kernels @ columns).reshape(input.shape),
            "weight": (flat @ columns.swapaxes(-1, -2)).sum(0).reshape(weight.shape),
            "bias": None if bias is None else delta.sum((0, *range(2, delta.ndim))),
        }

    def open_element(
        self, index: Index, input: Array, weight: Array, bias: Array | None = None, stride: Sides = 1,
        padding: Sides = 0, output_padding: Sides = 0, groups: int = 1, dilation: Sides = 1,
    ) -> Opened:  # fmt: skip
        """Every stamp that reaches this place."""
        windows = self._windows(input, weight, stride, padding, output_padding, dilation)
        n, o, *place = index if input.ndim == weight.ndim else (0, *index)
        x = (input if input.ndim == weight.ndim else input[None])[n]
        group, inner = divmod(o, weight.shape[1])
        channels = range(group * len(weight) // groups, (group + 1) * len(weight) // groups)
        terms = []
        for offset in itertools.product(*map(range, windows.kernel)):
            for source in itertools.product(*map(range, windows.places)):
                if windows.origin(source, offset) == tuple(place):
                    for c in channels:
                        text = f"x{[c, *source]} · W{[c, inner, *offset]}"
                        terms.append(product(text, x[(c, *source)], weight[(c, inner, *offset)]))
        if bias is not None:
            terms.append(Term(f"b[{o}]", (float(bias[o]),), float(bias[o])))
        return Opened("Σ stamps + b", tuple(terms), float(sum(t.value for t in terms)))

    def _windows(
        self, x: Array, weight: Array, stride: Sides, padding: Sides, output_padding: Sides, dilation: Sides
    ) -> Windows:
        """The windows of the convolution that this one is the backward pass of."""
        axes = weight.ndim - 2
        kernel, step, spread = weight.shape[2:], sides(stride, axes), sides(dilation, axes)
        border, extra = sides(padding, axes), sides(output_padding, axes)
        size = tuple(
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1
            for n, s, p, d, k, e in zip(x.shape[-axes:], step, border, spread, kernel, extra, strict=True)
        )
        edges = tuple((p, p) for p in border)
        return Windows(size, kernel, step, edges, spread, taken=tuple(x.shape[-axes:]))
