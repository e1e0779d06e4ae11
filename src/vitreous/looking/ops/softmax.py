"""Softmax: numbers become shares that sum to 1, y_i = eˣⁱ / Σ_j eˣʲ; and its logarithm.

The largest number is subtracted first, which changes nothing and cannot overflow. Back through softmax:
dL/dx = y (δ − Σ δ y); through its logarithm: dL/dx = δ − eʸ Σ δ. Source: Bridle, "Probabilistic interpretation of
feedforward classification network outputs" (1990).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term


def _along(x: Array, dim: int, index: Index) -> tuple[Array, int]:
    """The numbers that share one softmax with an element, and its place among them."""
    axis = dim % x.ndim
    return x[tuple(slice(None) if a == axis else i for a, i in enumerate(index))], index[axis]


class Softmax(Operation):
    """Any shape to the same; sums to 1 along ``dim``."""

    names = ("softmax", "_softmax")
    title = "softmax: numbers to shares that sum to 1"
    formula = "y_i = exp(x_i) / Σ_j exp(x_j)"
    derivative = "dL/dx = y (δ − Σ δ y)"
    use = "At the end for one of several classes (within the loss), and over the scores of attention."

    def forward(self, input: Array, dim: int | None = None, half_to_float: bool = False) -> Array:
        """The shares."""
        dim = _default(input, dim)
        e = np.exp(input - input.max(dim, keepdims=True))
        self.saved["y"] = e / e.sum(dim, keepdims=True)
        out: Array = self.saved["y"]
        return out

    def backward(
        self, grad: Array, input: Array, dim: int | None = None, half_to_float: bool = False
    ) -> dict[str, Any]:
        """What came in less its mean under y, times y."""
        y = self.saved["y"]
        return {"input": y * (grad - (grad * y).sum(_default(input, dim), keepdims=True))}

    def open_element(
        self, index: Index, input: Array, dim: int | None = None, half_to_float: bool = False
    ) -> Opened:
        """The exponentials, their sum, the share."""
        row, place = _along(input, _default(input, dim), index)
        e = np.exp(row - row.max())
        terms = [
            Term(f"exp(x[{j}] − max)", (float(row[j]), float(row.max())), float(e[j]))
            for j in range(len(row))
        ]
        total, value = float(e.sum()), float(e[place] / e.sum())
        terms += [
            Term("Σ", (total,), total),
            Term(f"exp(x[{place}] − max) / Σ", (float(e[place]), 1 / total), value),
        ]
        return Opened(self.formula, tuple(terms), value, "steps")


class LogSoftmax(Operation):
    """Any shape to the same; its exponentials sum to 1 along ``dim``."""

    names = ("log_softmax", "_log_softmax")
    title = "logarithm of the softmax"
    formula = "y_i = x_i − ln Σ_j exp(x_j)"
    derivative = "dL/dx = δ − exp(y) Σ δ"

    def forward(self, input: Array, dim: int | None = None, half_to_float: bool = False) -> Array:
        """Less the log-sum-exp."""
        dim = _default(input, dim)
        shifted = input - input.max(dim, keepdims=True)
        self.saved["y"] = shifted - np.log(np.exp(shifted).sum(dim, keepdims=True))
        out: Array = self.saved["y"]
        return out

    def backward(
        self, grad: Array, input: Array, dim: int | None = None, half_to_float: bool = False
    ) -> dict[str, Any]:
        """What came in, less each one's share of all of it."""
        return {"input": grad - np.exp(self.saved["y"]) * grad.sum(_default(input, dim), keepdims=True)}

    def open_element(
        self, index: Index, input: Array, dim: int | None = None, half_to_float: bool = False
    ) -> Opened:
        """The number less the log-sum-exp."""
        row, place = _along(input, _default(input, dim), index)
        total = float(row.max() + np.log(np.exp(row - row.max()).sum()))
        x = float(row[place])
        terms = (Term(f"x[{place}]", (x,), x), Term("− ln Σ exp(x)", (total,), -total))
        return Opened(self.formula, terms, x - total)


def _default(x: Array, dim: int | None) -> int:
    """Torch's old default: the first axis of 0, 1 or 3, else the second."""
    return dim if dim is not None else (0 if x.ndim in (0, 1, 3) else 1)
