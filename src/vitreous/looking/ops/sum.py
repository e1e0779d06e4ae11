"""Sum and mean over axes; back, every number that was summed gets the same gradient (of a mean: a share of it).

Source: any algebra text. NaN-skipping sums leave NaN out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, ordinary, product


def spread(grad: Array, shape: tuple[int, ...], dim: Any, keepdim: bool) -> Array:
    """A reduced array brought back to the shape it was reduced from."""
    axes = ordinary(dim, len(shape))
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return np.broadcast_to(np.reshape(grad, kept), shape)


def members(input: Array, dim: Any, keepdim: bool, index: Index) -> dict[Index, float]:
    """Every element that an output's element was reduced from, with its place."""
    if not input.ndim:
        return {(): float(input)}
    axes = ordinary(dim, input.ndim)
    index = tuple(i for a, i in enumerate(index) if a not in axes) if keepdim else index
    rest = iter(index)
    ranges = [range(n) if a in axes else (next(rest),) for a, n in enumerate(input.shape)]
    places = np.stack(np.meshgrid(*map(np.asarray, ranges), indexing="ij"), -1).reshape(-1, input.ndim)
    return {tuple(int(i) for i in p): float(input[tuple(p)]) for p in places}


class Sum(Operation):
    """[*] to [*] without the axes (or with 1 in their place)."""

    names = ("sum",)
    title = "sum"
    formula = "y = Σ x"
    derivative = "dL/dx = δ, for each that was summed"
    multilinear = True

    def forward(self, input: Array, dim: Any = None, keepdim: bool = False) -> Array:
        """The sum."""
        return np.asarray(input.sum(ordinary(dim, input.ndim), keepdims=keepdim))

    def backward(self, grad: Array, input: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        """Copies."""
        return {"input": spread(grad, input.shape, dim, keepdim)}

    def open_element(self, index: Index, input: Array, dim: Any = None, keepdim: bool = False) -> Opened:
        """Every number that is summed."""
        terms = tuple(Term(f"x{list(p)}", (x,), x) for p, x in members(input, dim, keepdim, index).items())
        return Opened(self.formula, terms, float(sum(t.value for t in terms)))


class NaNSum(Sum):
    """Without NaN."""

    names = ("nansum",)
    title = "sum of what is a number"

    def forward(self, input: Array, dim: Any = None, keepdim: bool = False) -> Array:
        """The sum."""
        return super().forward(np.nan_to_num(input, nan=0.0, posinf=np.inf, neginf=-np.inf), dim, keepdim)

    def backward(self, grad: Array, input: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        """Copies, but to no NaN."""
        return {"input": spread(grad, input.shape, dim, keepdim) * ~np.isnan(input)}


class Mean(Operation):
    """[*] to [*] without the axes (or with 1 in their place)."""

    names = ("mean",)
    title = "mean"
    formula = "y = Σ x / n"
    derivative = "dL/dx = δ / n"
    multilinear = True

    def forward(self, input: Array, dim: Any = None, keepdim: bool = False) -> Array:
        """The mean."""
        return np.asarray(input.mean(ordinary(dim, input.ndim), keepdims=keepdim))

    def backward(self, grad: Array, input: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        """Equal shares."""
        count = max(input.size // max(grad.size, 1), 1)
        return {"input": spread(grad / count, input.shape, dim, keepdim)}

    def open_element(self, index: Index, input: Array, dim: Any = None, keepdim: bool = False) -> Opened:
        """Every number, over how many there are."""
        found = members(input, dim, keepdim, index)
        terms = tuple(product(f"x{list(p)} / {len(found)}", x, 1 / len(found)) for p, x in found.items())
        return Opened(self.formula, terms, float(sum(t.value for t in terms)))
