"""The largest or smallest along axes; back, δ goes to where it stood.

``amax`` and ``amin`` share δ among equals; ``max`` and ``min`` along an axis also say where it stood, and give δ to
that one; over everything they share it. Source: any calculus text; ties as in torch.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term, ordinary
from vitreous.looking.ops.maximum import Maximum
from vitreous.looking.ops.minimum import Minimum
from vitreous.looking.ops.sum import members, spread


class AMax(Operation):
    """[*] to [*] without the axes."""

    names = ("amax",)
    reduce: ClassVar[Any] = np.max
    title = "the largest"
    formula = "y = max x"
    derivative = "dL/dx: δ to where the largest stood, shared among equals"
    multilinear = True

    def forward(self, input: Array, dim: Any = (), keepdim: bool = False) -> Array:
        """The extreme."""
        self.saved["y"] = np.asarray(
            type(self).reduce(input, axis=ordinary(dim, input.ndim), keepdims=keepdim)
        )
        out: Array = self.saved["y"]
        return out

    def backward(self, grad: Array, input: Array, dim: Any = (), keepdim: bool = False) -> dict[str, Any]:
        """Shared among equals."""
        chosen = input == spread(self.saved["y"], input.shape, dim, keepdim)
        count = chosen.sum(ordinary(dim, input.ndim), keepdims=keepdim).astype(input.dtype)
        return {"input": spread(grad / count, input.shape, dim, keepdim) * chosen}

    def open_element(self, index: Index, input: Array, dim: Any = (), keepdim: bool = False) -> Opened:
        """All that were compared."""
        found = members(input, dim, keepdim, index)
        terms = tuple(Term(f"x{list(p)}", (x,), x) for p, x in found.items())
        return Opened(self.formula, terms, float(type(self).reduce(list(found.values()))), "chosen")


class AMin(AMax):
    """The same, downwards."""

    names = ("amin",)
    reduce = np.min
    title = "the smallest"
    formula = "y = min x"
    derivative = "dL/dx: δ to where the smallest stood, shared among equals"


class Max(Operation):
    """[*] to one number; or along an axis to values and places; or of two tensors."""

    names = ("max",)
    title = "the largest"
    formula = "y = max x"
    derivative = "dL/dx: δ to where it stood"
    multilinear = True
    over: ClassVar[type[AMax]] = AMax
    of_two: ClassVar[type[Operation]] = Maximum

    def forward(self, input: Array, dim: Any = None, keepdim: bool = False) -> Any:
        """Whichever of the three it is."""
        if isinstance(dim, np.ndarray):
            return self.of_two().forward(input, dim)
        if dim is None:
            self.saved["inner"] = self.over()
            return self.saved["inner"].forward(input)
        places = np.expand_dims(input.argmax(dim) if self.over is AMax else input.argmin(dim), dim)
        self.saved["places"] = places
        values = np.take_along_axis(input, places, dim)
        return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))

    def backward(self, grad: Any, input: Array, dim: Any = None, keepdim: bool = False) -> dict[str, Any]:
        """To where it stood."""
        if isinstance(dim, np.ndarray):
            found = self.of_two().backward(grad, input, dim)
            return {"input": found["input"], "dim": found["other"]}
        if dim is None:
            inner: dict[str, Any] = self.saved["inner"].backward(grad, input)
            return inner
        total = np.zeros_like(input)
        incoming = grad[0] if keepdim else np.expand_dims(grad[0], dim)
        np.put_along_axis(total, self.saved["places"], incoming, dim)
        return {"input": total}

    def open_element(self, index: Index, input: Array, dim: Any = None, keepdim: bool = False) -> Opened:
        """All that were compared."""
        if isinstance(dim, np.ndarray):
            return self.of_two().open_element(index, input, dim)
        return self.over().open_element(index, input, () if dim is None else dim, keepdim)

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """The second tensor is called other."""
        return super().bind(args, {"dim" if k == "other" else k: v for k, v in kwargs.items()})


class Min(Max):
    """The same, downwards."""

    names = ("min",)
    title = "the smallest"
    formula = "y = min x"
    over = AMin
    of_two = Minimum


class ArgMax(Operation):
    """[*] to places along an axis (or in all of it flattened)."""

    names = ("argmax",)
    title = "where the largest is"
    formula = "y = argmax x"
    derivative = "none: a place has no slope"
    find: ClassVar[Any] = np.argmax

    def forward(self, input: Array, dim: int | None = None, keepdim: bool = False) -> Array:
        """The place."""
        return np.asarray(type(self).find(input, axis=dim, keepdims=keepdim))


class ArgMin(ArgMax):
    """The same, downwards."""

    names = ("argmin",)
    title = "where the smallest is"
    formula = "y = argmin x"
    find = np.argmin


class All(Operation):
    """Whether all hold."""

    names = ("all",)
    title = "whether all hold"
    formula = "y = all x"
    derivative = "none: true and false have no slope"

    def forward(self, input: Array, dim: Any = None, keepdim: bool = False) -> Array:
        """True or false."""
        return np.asarray(np.all(input, axis=ordinary(dim, input.ndim), keepdims=keepdim))


class Any_(Operation):  # noqa: N801 (Any is a type)
    """Whether any holds."""

    names = ("any",)
    title = "whether any holds"
    formula = "y = any x"
    derivative = "none: true and false have no slope"

    def forward(self, input: Array, dim: Any = None, keepdim: bool = False) -> Array:
        """True or false."""
        return np.asarray(np.any(input, axis=ordinary(dim, input.ndim), keepdims=keepdim))
