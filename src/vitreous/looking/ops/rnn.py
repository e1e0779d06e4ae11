"""A plain recurrent layer: the new state is a bent sum of the input and the old state.

h' = tanh(W x + U h + b), or with ReLU. Back: δ (1 − h'²) through U to the step before, step after step, so it
vanishes or explodes with U's size. Source: Elman, "Finding structure in time" (1990); Werbos, "Backpropagation
through time" (1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation
from vitreous.looking.recurrence import State, affine, affine_back
from vitreous.looking.recurrent_call import Recurrent


class PlainStep:
    """One step; the state is (h,)."""

    states = 1

    def __init__(self, bend: str) -> None:
        self.bend = bend

    def step(self, x: Array, state: State, weights: Sequence[Array]) -> tuple[State, Any]:
        """The sum, bent."""
        (h,) = state
        from_x, from_h = affine(x, h, weights)
        z = from_x + from_h
        new = np.tanh(z) if self.bend == "tanh" else np.maximum(z, 0)
        shown = {"W x + b": from_x, "U h + c": from_h, "h′": new}
        return (new,), {"x": x, "h": h, "new": new, "shown": shown}

    def back(self, grads: State, kept: Any, weights: Sequence[Array]) -> tuple[Array, State, list[Array]]:
        """Through the bend and the sum."""
        new = kept["new"]
        to_z = grads[0] * (1 - new * new if self.bend == "tanh" else new > 0)
        to_x, before, by_weight = affine_back(to_z, to_z, kept["x"], kept["h"], weights)
        return to_x, (before,), by_weight


class TanhRNN(Recurrent):
    """Layers of it, one way or both."""

    names = ("rnn_tanh",)
    title = "recurrent layer: reads step by step"
    formula = "h′ = tanh(W x + U h + b)"
    derivative = "through time: dz = dh′ (1 − h′²),  dh = Uᵀ dz goes on to the step before"
    cell = PlainStep("tanh")


class ReLURNN(Recurrent):
    """The same with ReLU."""

    names = ("rnn_relu",)
    title = "recurrent layer with ReLU: reads step by step"
    formula = "h′ = max(0, W x + U h + b)"
    derivative = "through time: dz = dh′ where h′ > 0,  dh = Uᵀ dz goes on to the step before"
    cell = PlainStep("relu")


class TanhCell(Operation):
    """One step: [B, F] and h [B, H] to h'."""

    names = ("rnn_tanh_cell",)
    title = "one step of a recurrent layer"
    formula = TanhRNN.formula
    derivative = TanhRNN.derivative
    bend = "tanh"

    def forward(
        self,
        input: Array,
        hx: Array,
        w_ih: Array,
        w_hh: Array,
        b_ih: Array | None = None,
        b_hh: Array | None = None,
    ) -> Array:
        """The next state."""
        weights = [w for w in (w_ih, w_hh, b_ih, b_hh) if w is not None]
        (new,), self.saved["kept"] = PlainStep(self.bend).step(input, (hx,), weights)
        return new

    def backward(
        self, grad: Array, input: Array, hx: Array, w_ih: Array, w_hh: Array, b_ih: Array | None = None,
        b_hh: Array | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Through one step."""
        weights = [w for w in (w_ih, w_hh, b_ih, b_hh) if w is not None]
        to_x, (before,), by_weight = PlainStep(self.bend).back((grad,), self.saved["kept"], weights)
        return {
            "input": to_x,
            "hx": before,
            **dict(zip(("w_ih", "w_hh", "b_ih", "b_hh"), by_weight, strict=False)),
        }


class ReLUCell(TanhCell):
    """The same with ReLU."""

    names = ("rnn_relu_cell",)
    formula = ReLURNN.formula
    derivative = ReLURNN.derivative
    bend = "relu"
