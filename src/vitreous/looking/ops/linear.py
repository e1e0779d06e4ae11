"""A linear map of the last axis: y = x Wᵀ + b, each output unit a weighted sum of all inputs and a bias.

Back: dL/dx = δ W, dL/dW = δᵀ x (the outer product of what came back and what went in, summed over the
examples), dL/db = Σ δ. Source: Rumelhart, Hinton & Williams, "Learning representations by back-propagating
errors", Nature 323 (1986); weights [out, in] as in ``torch.nn.Linear``.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, product


class Linear(Operation):
    """[*, in] and [out, in] to [*, out]."""

    names = ("linear",)
    title = "weighted sums (a dense layer)"
    formula = "y = x Wᵀ + b"
    derivative = "dL/dx = δ W,  dL/dW = δᵀ x,  dL/db = Σ δ"
    multilinear = True

    def forward(self, input: Array, weight: Array, bias: Array | None = None) -> Array:
        """Every unit's sum."""
        out: Array = input @ weight.T
        return out if bias is None else out + bias

    def backward(self, grad: Array, input: Array, weight: Array, bias: Array | None = None) -> dict[str, Any]:
        """The gradient through Wᵀ backwards is W; the weight's is an outer product."""
        delta, x = (
            grad.reshape(-1, grad.shape[-1] if weight.ndim == 2 else 1),
            input.reshape(-1, input.shape[-1]),
        )
        return {
            "input": grad @ weight if weight.ndim == 2 else grad[..., None] * weight,
            "weight": (delta.T @ x).reshape(weight.shape),
            "bias": None if bias is None else delta.sum(0).reshape(bias.shape),
        }

    def open_element(self, index: Index, input: Array, weight: Array, bias: Array | None = None) -> Opened:
        """A neuron: each input times its weight, and the bias."""
        *before, unit = index if weight.ndim == 2 else (*index, 0)
        x, w = input[tuple(before)], np.atleast_2d(weight)[unit]
        where = "".join(f"{i}, " for i in before)
        terms = [
            product(f"x[{where}{i}] · W[{unit}, {i}]", a, b)
            for i, (a, b) in enumerate(zip(x, w, strict=True))
        ]
        if bias is not None:
            b = float(np.ravel(bias)[unit])
            terms.append(Term(f"b[{unit}]", (b,), b))
        return Opened("Σ x · w + b", tuple(terms), float(sum(t.value for t in terms)))

    def open_gradient(
        self, name: str, index: Index, grad: Array, input: Array, weight: Array, bias: Array | None = None
    ) -> Opened:
        """dL/dW: what came back to the unit times what went into it, summed over the examples."""
        if weight.ndim == 1:
            grad, weight = grad[..., None], weight[None]
            index = (0, *index) if name == "weight" else index
        rows = list(itertools.product(*map(range, grad.shape[:-1])))
        if name == "weight":
            o, i = index
            terms = [product(f"δ[{(*r, o)}] · x[{(*r, i)}]", grad[(*r, o)], input[(*r, i)]) for r in rows]
        elif name == "bias":
            o = index[0] if index else 0
            terms = [product(f"δ[{(*r, o)}]", grad[(*r, o)]) for r in rows]
        else:
            *r, i = index
            terms = [
                product(f"δ[{(*r, o)}] · W[{o}, {i}]", grad[(*r, o)], weight[o, i])
                for o in range(len(weight))
            ]
        return Opened(self.derivative, tuple(terms), float(sum(t.value for t in terms)))
