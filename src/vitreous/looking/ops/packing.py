"""Packed sequences: of examples of several lengths, all first steps, then all second ones that there are, and so on.

Back: δ to its place; padding gets none. Source: ``torch.nn.utils.rnn``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation


class Pack(Operation):
    """[T, B, *] (or [B, T, *]) and lengths, the longest first, to rows [Σ lengths, *] and how many at each step."""

    names = ("_pack_padded_sequence",)
    title = "packed: padding left out"
    formula = "y = the rows of step 0, of step 1, …, without padding"
    derivative = "dL/dx = δ at its place, 0 in the padding"
    multilinear = True

    def forward(self, input: Array, lengths: Array, batch_first: bool) -> tuple[Array, Array]:
        """Rows by time."""
        steps = input.swapaxes(0, 1) if batch_first else input
        sizes = np.array([(lengths > t).sum() for t in range(int(lengths.max()))])
        self.saved["sizes"] = sizes
        return np.concatenate([steps[t, :n] for t, n in enumerate(sizes)]), sizes

    def backward(self, grad: Any, input: Array, lengths: Array, batch_first: bool) -> dict[str, Any]:
        """Rows to their places."""
        total = np.zeros_like(input)
        steps = total.swapaxes(0, 1) if batch_first else total
        for t, rows in enumerate(np.split(grad[0], np.cumsum(self.saved["sizes"])[:-1])):
            steps[t, : len(rows)] = rows
        return {"input": total}


class Unpack(Operation):
    """The way back: rows and how many at each step to [T, B, *] (or [B, T, *]) and lengths."""

    names = ("_pad_packed_sequence",)
    title = "padded again"
    formula = "y = the packed rows at their places, padding elsewhere"
    derivative = "dL/dx = δ of the rows"
    multilinear = True

    def forward(
        self, data: Array, batch_sizes: Array, batch_first: bool, padding_value: float, total_length: int
    ) -> tuple[Array, Array]:
        """Rows at their places."""
        length = max(total_length, len(batch_sizes))
        out = np.full((length, int(batch_sizes[0]), *data.shape[1:]), padding_value, data.dtype)
        for t, rows in enumerate(np.split(data, np.cumsum(batch_sizes)[:-1])):
            out[t, : len(rows)] = rows
        lengths = np.array([(batch_sizes > b).sum() for b in range(int(batch_sizes[0]))])
        return (out.swapaxes(0, 1) if batch_first else out), lengths

    def backward(
        self, grad: Any, data: Array, batch_sizes: Array, batch_first: bool, padding_value: float, total_length: int
    ) -> dict[str, Any]:  # fmt: skip
        """Rows by time."""
        steps = grad[0].swapaxes(0, 1) if batch_first else grad[0]
        return {"data": np.concatenate([steps[t, :n] for t, n in enumerate(batch_sizes)])}
