"""Padding: a border of a constant, of the reflection, the edge or the other side; back, borders add to their origin.

``pad`` counts from the last axis: (left, right, top, bottom, …), negative ones cut. Source: Dumoulin & Visin, "A guide
to convolution arithmetic for deep learning", https://arxiv.org/abs/1603.07285.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Rearrangement, Term

MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


class Pad(Rearrangement):
    """[*, n] to [*, left + n + right], and so for as many axes as are given."""

    names = ("pad", "constant_pad_nd")
    title = "a border around it"
    formula = "y = border ‖ x ‖ border"
    derivative = "dL/dx = δ without the border; reflected or repeated numbers collect their copies"

    def move(
        self, input: Array, pad: Sequence[int], mode: str = "constant", value: float | None = None
    ) -> Array:
        """With its border; a constant border is marked −1 among places."""
        widths = [(0, 0)] * (input.ndim - len(pad) // 2) + [
            (pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)
        ]
        cut = tuple(slice(max(0, -a), n - max(0, -b)) for (a, b), n in zip(widths, input.shape, strict=True))
        grown = [(max(0, a), max(0, b)) for a, b in widths]
        if mode == "constant":
            return np.pad(input[cut], grown, constant_values=0 if value is None else value)
        return np.pad(input[cut], grown, mode=MODES[mode])  # type: ignore[call-overload, no-any-return]

    def backward(
        self,
        grad: Array,
        input: Array,
        pad: Sequence[int],
        mode: str = "constant",
        value: float | None = None,
    ) -> dict[str, Any]:
        """Everything to where it came from; a constant came from nowhere."""
        places = self.move(np.arange(1, input.size + 1).reshape(input.shape), pad, mode, 0)
        total = np.bincount(places.ravel(), grad.ravel(), input.size + 1)[1:]
        return {"input": total.astype(input.dtype).reshape(input.shape)}

    def open_element(
        self,
        index: Index,
        input: Array,
        pad: Sequence[int],
        mode: str = "constant",
        value: float | None = None,
    ) -> Opened:
        """Where it comes from, or the border's constant."""
        number = float(self.move(input, pad, mode, value)[index])
        place = int(self.move(np.arange(1, input.size + 1).reshape(input.shape), pad, mode, 0)[index])
        origin = [int(i) for i in np.unravel_index(place - 1, input.shape)] if place else None
        return Opened(self.formula, (Term(f"x{origin}" if place else "border", (number,), number),), number)
