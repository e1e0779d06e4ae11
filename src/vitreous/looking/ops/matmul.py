"""Matrix products: y_ij = Σ_k a_ik b_kj, of matrices, batches of them, vectors; with a matrix added.

Back: dL/dA = δ Bᵀ, dL/dB = Aᵀ δ. Source: Cayley (1858); the gradients: Petersen & Pedersen, The Matrix Cookbook
(2012), section 2.5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, at, product, unbroadcast


def products(a: Array, b: Array, grad: Array) -> tuple[Array, Array]:
    """Gradients of both factors, vectors and broadcast batches included."""
    left, right = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    delta = grad
    if b.ndim == 1:
        delta = delta[..., None]
    if a.ndim == 1:
        delta = delta[..., None, :]
    to_left = unbroadcast(delta @ right.swapaxes(-1, -2), left.shape)
    if right.ndim == 2 and left.ndim > 2:  # one matrix for all: one product instead of many and a sum
        to_right = left.reshape(-1, left.shape[-1]).T @ delta.reshape(-1, delta.shape[-1])
    else:
        to_right = unbroadcast(left.swapaxes(-1, -2) @ delta, right.shape)
    return to_left.reshape(a.shape), to_right.reshape(b.shape)


def row_times_column(a: Array, b: Array, index: Index) -> list[Term]:
    """The terms of one element of a product."""
    left, right = (a[None] if a.ndim == 1 else a), (b[:, None] if b.ndim == 1 else b)
    place: Any = list(index)
    column = 0 if b.ndim == 1 else place.pop()
    row = 0 if a.ndim == 1 else place.pop()
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    rows = np.broadcast_to(left, (*batch, *left.shape[-2:]))[(*place, row)]
    columns = np.broadcast_to(right, (*batch, *right.shape[-2:]))[(*place, slice(None), column)]
    return [
        product(f"a[{row}, {k}] · b[{k}, {column}]", x, y)
        for k, (x, y) in enumerate(zip(rows, columns, strict=True))
    ]


class MatrixProduct(Operation):
    """[*, n, k] and [*, k, m] to [*, n, m]; vectors as torch takes them."""

    names = ("matmul", "mm", "bmm", "mv", "dot", "__matmul__", "__rmatmul__", "__imatmul__", "vdot")
    title = "matrix product"
    formula = "y_ij = Σ_k a_ik b_kj"
    derivative = "dL/dA = δ Bᵀ,  dL/dB = Aᵀ δ"
    multilinear = True

    def forward(self, input: Array, other: Array) -> Array:
        """The product."""
        return np.asarray(input @ other)

    def backward(self, grad: Array, input: Array, other: Array) -> dict[str, Any]:
        """Times the other factor, transposed."""
        left, right = products(input, other, grad)
        return {"input": left, "other": right}

    def open_element(self, index: Index, input: Array, other: Array) -> Opened:
        """A row times a column."""
        terms = row_times_column(input, other, index)
        return Opened(self.formula, tuple(terms), float(sum(t.value for t in terms)))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Its second operand has four names."""
        others = ("mat2", "vec", "tensor", "vec2")
        return super().bind(args, {"other" if k in others else k: v for k, v in kwargs.items()})


class AddedProduct(Operation):
    """[n, m] (broadcasting), [*, n, k] and [*, k, m] to [*, n, m]."""

    names = ("addmm", "baddbmm", "addmv")
    title = "matrix product, added"
    formula = "y = beta·x + alpha·A B"
    derivative = "dL/dx = beta·δ,  dL/dA = alpha·δ Bᵀ,  dL/dB = alpha·Aᵀ δ"
    multilinear = True

    def forward(self, input: Array, batch1: Array, batch2: Array, beta: float = 1, alpha: float = 1) -> Array:
        """The sum; with beta 0, whatever x is (NaN too) does not count."""
        out: Array = alpha * (batch1 @ batch2)
        return out if beta == 0 else beta * input + out

    def backward(
        self, grad: Array, input: Array, batch1: Array, batch2: Array, beta: float = 1, alpha: float = 1
    ) -> dict[str, Any]:
        """To the matrix and both factors."""
        left, right = products(batch1, batch2, grad)
        return {
            "input": unbroadcast(grad * beta, input.shape),
            "batch1": left * alpha,
            "batch2": right * alpha,
        }

    def open_element(
        self, index: Index, input: Array, batch1: Array, batch2: Array, beta: float = 1, alpha: float = 1
    ) -> Opened:
        """A row times a column, and what is added."""
        shape = self.forward(input, batch1, batch2, beta, alpha).shape
        terms = [
            product(t.text, *t.factors, alpha) if alpha != 1 else t
            for t in row_times_column(batch1, batch2, index)
        ]
        if beta:
            terms.append(product("beta·x", beta, at(input, index, shape)))
        return Opened(self.formula, tuple(terms), float(sum(t.value for t in terms)))

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """``addmm`` and ``addmv`` have other names for the factors."""
        names = {"mat1": "batch1", "mat2": "batch2", "mat": "batch1", "vec": "batch2"}
        return super().bind(args, {names.get(k, k): v for k, v in kwargs.items()})


class OuterProduct(Operation):
    """[n] and [m] to [n, m]."""

    names = ("outer", "ger")
    title = "outer product"
    formula = "y_ij = a_i b_j"
    derivative = "dL/da = δ b,  dL/db = δᵀ a"
    multilinear = True

    def forward(self, input: Array, vec2: Array) -> Array:
        """Each times each."""
        return np.asarray(np.outer(input, vec2))

    def backward(self, grad: Array, input: Array, vec2: Array) -> dict[str, Any]:
        """Times the other."""
        return {"input": grad @ vec2, "vec2": grad.T @ input}


class Bilinear(Operation):
    """[*, n], [*, m] and [o, n, m] to [*, o]."""

    names = ("bilinear",)
    title = "bilinear map"
    formula = "y_o = Σ a_i W_oij b_j + c_o"
    derivative = "dL/da = Σ δ_o W_o b,  dL/db = Σ δ_o W_oᵀ a,  dL/dW_o = δ_o a bᵀ"
    multilinear = True

    def forward(self, input1: Array, input2: Array, weight: Array, bias: Array | None = None) -> Array:
        """A form for each output."""
        out: Array = np.einsum("...i,oij,...j->...o", input1, weight, input2)
        return out if bias is None else out + bias

    def backward(
        self, grad: Array, input1: Array, input2: Array, weight: Array, bias: Array | None = None
    ) -> dict[str, Any]:
        """To both inputs and the forms."""
        delta, a, b = (x.reshape(-1, x.shape[-1]) for x in (grad, input1, input2))
        return {
            "input1": np.einsum("...o,oij,...j->...i", grad, weight, input2),
            "input2": np.einsum("...o,oij,...i->...j", grad, weight, input1),
            "weight": np.einsum("no,ni,nj->oij", delta, a, b),
            "bias": None if bias is None else delta.sum(0),
        }
