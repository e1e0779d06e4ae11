"""Writing into a tensor: x[…] = v, scatter, scatter_add, index_add, copy_, fill_; what is overwritten gets no gradient.

Back: δ to the old numbers where they stayed, δ to the new ones where they were put. Source: `numpy` assignment.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, unbroadcast


class SetItem(Operation):
    """x[key] = value, as a new x."""

    names = ("__setitem__", "index_put")
    title = "written by index"
    formula = "y = x, but y[…] = v"
    derivative = "dL/dv = δ[…],  dL/dx = δ, 0 where written"
    multilinear = True

    def forward(self, input: Array, key: Any, value: Any, accumulate: bool = False) -> Array:
        """A copy, written."""
        out = input.copy()
        key = self._key(key)
        if accumulate:
            np.add.at(out, key, value)
        else:
            out[key] = self._fitting(value, out[key])
        return out

    def backward(
        self, grad: Array, input: Array, key: Any, value: Any, accumulate: bool = False
    ) -> dict[str, Any]:
        """Each where it is."""
        key = self._key(key)
        kept = grad
        if not accumulate:
            kept = grad.copy()
            kept[key] = 0
        taken = np.asarray(grad[key])
        return {
            "input": kept,
            "value": unbroadcast(taken, np.shape(value))
            if np.ndim(value) <= taken.ndim
            else taken.reshape(np.shape(value)),
        }

    def _key(self, key: Any) -> Any:
        return tuple(key) if isinstance(key, list) else key

    def _fitting(self, value: Any, target: Array) -> Any:
        """Torch drops leading axes of length 1 of what is written; NumPy does not always."""
        return value.reshape(np.shape(target)) if np.ndim(value) > np.ndim(target) else value


class Copy(Operation):
    """Everything overwritten by another tensor."""

    names = ("copy",)
    title = "overwritten"
    formula = "y = v"
    derivative = "dL/dv = δ,  dL/dx = 0"
    multilinear = True

    def forward(self, input: Array, src: Any, non_blocking: bool = False) -> Array:
        """The new numbers."""
        return np.broadcast_to(src, input.shape)

    def backward(self, grad: Array, input: Array, src: Any, non_blocking: bool = False) -> dict[str, Any]:
        """All to the new ones."""
        return {"input": np.zeros_like(input), "src": unbroadcast(grad, np.shape(src))}

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Its source is called other in places."""
        return super().bind(args, {"src" if k == "other" else k: v for k, v in kwargs.items()})


class Fill(Operation):
    """Everything overwritten by one number."""

    names = ("fill", "zero")
    title = "filled with one number"
    formula = "y = v"
    derivative = "dL/dx = 0"

    def forward(self, input: Array, value: Any = 0) -> Array:
        """The number everywhere."""
        return np.full_like(input, value)

    def backward(self, grad: Array, input: Array, value: Any = 0) -> dict[str, Any]:
        """Nothing to what was there."""
        found: dict[str, Any] = {"input": np.zeros_like(input)}
        if isinstance(value, np.ndarray):
            found["value"] = grad.sum().reshape(value.shape)
        return found


class ScatterAdd(Operation):
    """x with numbers added at given places along an axis."""

    names = ("scatter_add",)
    title = "added at places along an axis"
    formula = "y[index[i, j], j] += v[i, j]"
    derivative = "dL/dx = δ,  dL/dv = δ at its places"
    multilinear = True

    def forward(self, input: Array, dim: int, index: Array, src: Array) -> Array:
        """A copy, added to."""
        out = input.copy()
        np.add.at(out, self._places(index, dim), self._cut(src, index))
        return out

    def backward(self, grad: Array, input: Array, dim: int, index: Array, src: Array) -> dict[str, Any]:
        """Picked where it was added."""
        to_source = np.zeros_like(src)
        to_source[tuple(map(slice, index.shape))] = grad[self._places(index, dim)]
        return {"input": grad, "src": to_source}

    def _places(self, index: Array, dim: int) -> tuple[Array, ...]:
        grid: list[Array] = list(np.indices(index.shape))
        grid[dim % index.ndim] = index
        return tuple(grid)

    def _cut(self, src: Array, index: Array) -> Array:
        return np.asarray(src[tuple(map(slice, index.shape))])


class Scatter(ScatterAdd):
    """x with numbers written at given places along an axis."""

    names = ("scatter",)
    title = "written at places along an axis"
    formula = "y[index[i, j], j] = v[i, j]"
    derivative = "dL/dv = δ at its places,  dL/dx = δ, 0 where written"

    def forward(
        self,
        input: Array,
        dim: int,
        index: Array,
        src: Any = None,
        value: Any = None,
        reduce: str | None = None,
    ) -> Array:
        """A copy, written."""
        if reduce is not None:
            raise TypeError("a scatter that reduces is not known by hand")
        out = input.copy()
        new = src if src is not None else value
        out[self._places(index, dim)] = (
            self._cut(new, index) if isinstance(new, np.ndarray) and new.ndim else new
        )
        return out

    def backward(
        self,
        grad: Array,
        input: Array,
        dim: int,
        index: Array,
        src: Any = None,
        value: Any = None,
        reduce: str | None = None,
    ) -> dict[str, Any]:
        """Each where it is."""
        kept = grad.copy()
        kept[self._places(index, dim)] = 0
        found: dict[str, Any] = {"input": kept}
        if isinstance(src, np.ndarray) and src.ndim:
            found |= super().backward(grad, input, dim, index, src) | {"input": kept}
        return found


class IndexAdd(Operation):
    """x with slices added at given places of an axis."""

    names = ("index_add",)
    title = "slices added at places"
    formula = "y[index[i]] += alpha·v[i]"
    derivative = "dL/dx = δ,  dL/dv = alpha·δ[index]"
    multilinear = True

    def forward(self, input: Array, dim: int, index: Array, source: Array, alpha: float = 1) -> Array:
        """A copy, added to."""
        out = input.copy()
        np.add.at(np.moveaxis(out, dim, 0), index, alpha * np.moveaxis(source, dim, 0))
        return out

    def backward(
        self, grad: Array, input: Array, dim: int, index: Array, source: Array, alpha: float = 1
    ) -> dict[str, Any]:
        """Picked where it was added."""
        return {"input": grad, "source": alpha * np.take(grad, index, dim)}


class ScatterView(Operation):
    """What memory holds after one view of it was written. ``places``: where each element of the view lies."""

    names = ("as_strided_write",)
    title = "written through a view"
    formula = "y = x, but at the view's places v"
    derivative = "dL/dv = δ at the view's places,  dL/dx = δ, 0 there"
    multilinear = True

    def forward(self, input: Array, value: Array, places: Array) -> Array:
        """A copy, written."""
        out = input.reshape(-1).copy()
        out[places] = value
        return out.reshape(input.shape)

    def backward(self, grad: Array, input: Array, value: Array, places: Array) -> dict[str, Any]:
        """Each where it is."""
        kept = grad.reshape(-1).copy()
        kept[places] = 0
        return {"input": kept.reshape(input.shape), "value": np.asarray(grad.reshape(-1)[places])}
