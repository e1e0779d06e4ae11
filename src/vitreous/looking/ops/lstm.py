"""LSTM: gates decide what of the memory is kept, what is written to it and what of it is shown.

i, f, o = σ(W x + U h + b) (write, keep, show), g = tanh(W x + U h + b), c' = f c + i g, h' = o tanh(c'). With a
projection h' = P (o tanh c'). Back through time from the last step. Source: Hochreiter & Schmidhuber, "Long
short-term memory" (1997); the forget gate: Gers, Schmidhuber & Cummins (2000).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation
from vitreous.looking.recurrence import State, affine, affine_back, sigmoid
from vitreous.looking.recurrent_call import Recurrent


class LSTMStep:
    """One step; the state is (h, c)."""

    states = 2

    def step(self, x: Array, state: State, weights: Sequence[Array]) -> tuple[State, Any]:
        """Gates, memory, state."""
        h, c = state
        from_x, from_h = affine(x, h, weights)
        i, f, g, o = np.split(from_x + from_h, 4, 1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        memory = f * c + i * g
        bent = np.tanh(memory)
        new = o * bent
        projection = weights[-1] if len(weights) % 2 else None
        shown = {"i (write)": i, "f (keep)": f, "g (candidate)": g, "o (show)": o, "c (memory before)": c,
                 "c′ = f c + i g": memory, "tanh c′": bent, "o tanh c′": new}  # fmt: skip
        out = new if projection is None else new @ projection.T
        return (out, memory), {
            "x": x,
            "h": h,
            "c": c,
            "gates": (i, f, g, o),
            "bent": bent,
            "new": new,
            "shown": shown,
        }

    def back(self, grads: State, kept: Any, weights: Sequence[Array]) -> tuple[Array, State, list[Array]]:
        """Through the output gate, the memory and the gates."""
        to_h, to_c = grads
        projection = weights[-1] if len(weights) % 2 else None
        by_projection = [] if projection is None else [to_h.T @ kept["new"]]
        to_h = to_h if projection is None else to_h @ projection
        (i, f, g, o), bent = kept["gates"], kept["bent"]
        to_c = to_c + to_h * o * (1 - bent * bent)
        to_gates = np.concatenate([
            to_c * g * i * (1 - i), to_c * kept["c"] * f * (1 - f), to_c * i * (1 - g * g), to_h * bent * o * (1 - o),
        ], 1)  # fmt: skip
        to_x, before, by_weight = affine_back(to_gates, to_gates, kept["x"], kept["h"], weights)
        return to_x, (before, to_c * f), [*by_weight, *by_projection]


class LSTM(Recurrent):
    """Layers of it, one way or both."""

    names = ("lstm",)
    title = "LSTM: reads step by step, with a memory behind gates"
    formula = "c′ = f c + i g,  h′ = o tanh(c′);  i, f, o = σ(W x + U h + b),  g = tanh(W x + U h + b)"
    derivative = "through time: dc = dc′ + dh′ o (1 − tanh² c′), then each gate by its slope; dc f goes on"
    cell = LSTMStep()


class LSTMCell(Operation):
    """One step: [B, F], (h, c) [B, H] each, to (h', c')."""

    names = ("lstm_cell",)
    entangled = True  # h' = o tanh(c'): what comes back to c' has come through h' already
    title = "one step of an LSTM"
    formula = LSTM.formula
    derivative = LSTM.derivative

    def forward(
        self, input: Array, hx: Sequence[Array], w_ih: Array, w_hh: Array, b_ih: Array | None = None,
        b_hh: Array | None = None,
    ) -> tuple[Array, ...]:  # fmt: skip
        """The next state."""
        weights = [w for w in (w_ih, w_hh, b_ih, b_hh) if w is not None]
        state, self.saved["kept"] = LSTMStep().step(input, tuple(hx), weights)
        return state

    def backward(
        self, grad: tuple[Array | None, ...], input: Array, hx: Sequence[Array], w_ih: Array, w_hh: Array,
        b_ih: Array | None = None, b_hh: Array | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Through one step."""
        weights = [w for w in (w_ih, w_hh, b_ih, b_hh) if w is not None]
        grads = tuple(np.zeros_like(s) if g is None else g for g, s in zip(grad, hx, strict=True))
        to_x, before, by_weight = LSTMStep().back(grads, self.saved["kept"], weights)
        return {
            "input": to_x,
            "hx": list(before),
            **dict(zip(("w_ih", "w_hh", "b_ih", "b_hh"), by_weight, strict=False)),
        }
