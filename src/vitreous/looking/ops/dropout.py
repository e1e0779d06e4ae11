"""Dropout: in training each number is silenced with probability p, the rest grow by 1 / (1 − p).

y = x · mask / (1 − p); in evaluation y = x. The mask is the one that torch drew: the generator is set back and asked
again. Scaling in training rather than in evaluation ("inverted dropout") is how every framework does it now; the
paper scaled weights in evaluation. Source: Srivastava et al., "Dropout", JMLR 15 (2014).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, product


class Dropout(Operation):
    """Any shape to the same. ``mask`` is what torch multiplied ones with."""

    names = ("dropout", "feature_dropout")
    title = "dropout: some numbers are silenced"
    formula = "y = x · mask / (1 − p)"
    derivative = "dL/dx = δ · mask / (1 − p)"
    multilinear = True
    replays = True

    def forward(self, input: Array, p: float, train: bool, mask: Array | None = None) -> Array:
        """Times the mask."""
        return input.copy() if mask is None or not train else input * mask

    def backward(
        self, grad: Array, input: Array, p: float, train: bool, mask: Array | None = None
    ) -> dict[str, Any]:
        """Through the same mask."""
        return {"input": grad if mask is None or not train else grad * mask}

    def open_element(
        self, index: Index, input: Array, p: float, train: bool, mask: Array | None = None
    ) -> Opened:
        """The number and its factor: 0, or 1 / (1 − p)."""
        factor = 1.0 if mask is None or not train else float(np.asarray(mask)[index])
        term = product("x · mask / (1 − p)", input[index], factor)
        return Opened(self.formula, (term,), term.value)


class AlphaDropout(Operation):
    """Dropout for SELU: silenced numbers take SELU's lowest value, then all are scaled so that mean and variance stay.

    The call is affine in its input, y = a(mask) x + b(mask): ``mask`` is a, ``shift`` is b, both found by asking torch
    again with ones and zeros. Source: Klambauer et al., https://arxiv.org/abs/1706.02515.
    """

    names = ("alpha_dropout", "feature_alpha_dropout")
    title = "alpha dropout: some numbers take SELU's lowest value"
    formula = "y = a x + b, by the mask"
    derivative = "dL/dx = δ a"
    replays = True

    def forward(
        self, input: Array, p: float, train: bool, mask: Array | None = None, shift: Array | None = None
    ) -> Array:
        """Scaled and shifted as the mask says."""
        return input.copy() if mask is None or shift is None or not train else input * (mask - shift) + shift

    def backward(
        self, grad: Array, input: Array, p: float, train: bool, mask: Array | None = None, shift: Array | None = None
    ) -> dict[str, Any]:  # fmt: skip
        """Through the same scale."""
        return {"input": grad if mask is None or shift is None or not train else grad * (mask - shift)}
