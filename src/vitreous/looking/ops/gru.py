"""GRU: one gate decides how much of the state stays, another how much of it the candidate sees.

r, z = σ(W x + b + U h + c), n = tanh(W x + b + r (U h + c)), h' = (1 − z) n + z h. Source: Cho et al., "Learning
phrase representations using RNN encoder-decoder", https://arxiv.org/abs/1406.1078 (with the reset gate behind the
hidden product, as torch and cuDNN have it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation
from vitreous.looking.recurrence import State, affine, affine_back, sigmoid
from vitreous.looking.recurrent_call import Recurrent


class GRUStep:
    """One step; the state is (h,)."""

    states = 1

    def step(self, x: Array, state: State, weights: Sequence[Array]) -> tuple[State, Any]:
        """Gates, candidate, state."""
        (h,) = state
        from_x, from_h = affine(x, h, weights)
        (rx, zx, nx), (rh, zh, nh) = np.split(from_x, 3, 1), np.split(from_h, 3, 1)
        r, z = sigmoid(rx + rh), sigmoid(zx + zh)
        n = np.tanh(nx + r * nh)
        new = (1 - z) * n + z * h
        shown = {
            "r (reset)": r,
            "z (stay)": z,
            "n (candidate)": n,
            "h (before)": h,
            "h′ = (1 − z) n + z h": new,
        }
        return (new,), {"x": x, "h": h, "gates": (r, z, n), "nh": nh, "shown": shown}

    def back(self, grads: State, kept: Any, weights: Sequence[Array]) -> tuple[Array, State, list[Array]]:
        """Through the mix, the candidate and the gates."""
        (to_h,) = grads
        (r, z, n), h, nh = kept["gates"], kept["h"], kept["nh"]
        to_n = to_h * (1 - z) * (1 - n * n)
        to_z = to_h * (h - n) * z * (1 - z)
        to_r = to_n * nh * r * (1 - r)
        to_x, before, by_weight = affine_back(
            np.concatenate([to_r, to_z, to_n], 1),
            np.concatenate([to_r, to_z, to_n * r], 1),
            kept["x"],
            h,
            weights,
        )
        return to_x, (before + to_h * z,), by_weight


class GRU(Recurrent):
    """Layers of it, one way or both."""

    names = ("gru",)
    title = "GRU: reads step by step, and a gate decides what stays"
    formula = "h′ = (1 − z) n + z h;  r, z = σ(W x + U h + b),  n = tanh(W x + b + r (U h + c))"
    derivative = "through time: dn = dh′ (1 − z) (1 − n²), dz = dh′ (h − n) z (1 − z); dh′ z goes on to the step before"
    cell = GRUStep()


class GRUCell(Operation):
    """One step: [B, F] and h [B, H] to h'."""

    names = ("gru_cell",)
    title = "one step of a GRU"
    formula = GRU.formula
    derivative = GRU.derivative

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
        (new,), self.saved["kept"] = GRUStep().step(input, (hx,), weights)
        return new

    def backward(
        self, grad: Array, input: Array, hx: Array, w_ih: Array, w_hh: Array, b_ih: Array | None = None,
        b_hh: Array | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Through one step."""
        weights = [w for w in (w_ih, w_hh, b_ih, b_hh) if w is not None]
        to_x, (before,), by_weight = GRUStep().back((grad,), self.saved["kept"], weights)
        return {
            "input": to_x,
            "hx": before,
            **dict(zip(("w_ih", "w_hh", "b_ih", "b_hh"), by_weight, strict=False)),
        }
