"""An embedding: each token's row of a table; back, each row collects the gradients of all places it stood at.

Source: Bengio et al., "A neural probabilistic language model", JMLR 3 (2003). The row of ``padding_idx`` learns
nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term


class Embedding(Operation):
    """Table [V, D] and integers [*] to [*, D]."""

    names = ("embedding",)
    title = "embedding: a row of a table for each token"
    formula = "y[t] = W[token t]"
    derivative = "dL/dW[v] = Σ δ[t] over the places of token v"
    multilinear = True

    def forward(
        self,
        weight: Array,
        indices: Array,
        padding_idx: int = -1,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Array:
        """Looks the rows up."""
        return weight[indices]

    def backward(
        self, grad: Array, weight: Array, indices: Array, padding_idx: int = -1, scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """Adds each gradient to its row."""
        total = np.zeros_like(weight)
        flat = indices.ravel()
        np.add.at(total, flat, grad.reshape(len(flat), -1))
        if scale_grad_by_freq:
            total /= np.maximum(np.bincount(flat, minlength=len(weight)), 1)[:, None].astype(weight.dtype)
        if padding_idx is not None and padding_idx >= 0:
            total[padding_idx] = 0
        return {"weight": total}

    def open_element(self, index: Index, weight: Array, indices: Array, *_: Any, **__: Any) -> Opened:
        """Which row it is from."""
        row, column = int(indices[index[:-1]]), index[-1]
        value = float(weight[row, column])
        return Opened("W[token]", (Term(f"W[{row}, {column}]", (value,), value),), value)
