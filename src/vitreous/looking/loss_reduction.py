"""How a loss of each element becomes one number: the mean, the sum, or left as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term

REDUCTIONS = {0: "none", 1: "mean", 2: "sum"}  # as torch's C functions count them


def reduced(each: Array, reduction: Any) -> Array:
    """The loss, from that of each element."""
    kind = REDUCTIONS.get(reduction, reduction)
    return np.asarray(each.mean() if kind == "mean" else each.sum() if kind == "sum" else each)


def share(grad: Array, count: float, reduction: Any) -> Array:
    """What each element's loss counts for."""
    return grad / count if REDUCTIONS.get(reduction, reduction) == "mean" else grad


def open_reduced(formula: str, each: Array, reduction: Any, index: Index) -> Opened:
    """A loss opened to the terms of the examples."""
    kind = REDUCTIONS.get(reduction, reduction)
    if kind == "none":
        value = float(each[index])
        return Opened(formula, (Term("term", (value,), value),), value)
    factor = 1 / each.size if kind == "mean" else 1.0
    terms = tuple(
        Term(
            f"term{list(place)}" + (f" / {each.size}" if kind == "mean" else ""),
            (float(x), factor),
            float(x) * factor,
        )
        for place, x in np.ndenumerate(each)
    )
    return Opened(formula, terms, float(sum(t.value for t in terms)))


class PairLoss(Operation):
    """A loss of two tensors, element by element: ``each`` is it, ``slopes`` its derivatives by both."""

    def each(self, input: Array, target: Array, *options: Any) -> Array:
        """The loss of each element."""
        raise NotImplementedError

    def slopes(self, input: Array, target: Array, *options: Any) -> tuple[Array, Array]:
        """What each element's loss changes by with the prediction, and with the target."""
        raise NotImplementedError

    def forward(self, input: Array, target: Array, reduction: Any = "mean", *options: Any) -> Array:
        """Reduced."""
        return reduced(self.each(*np.broadcast_arrays(input, target), *options), reduction)

    def backward(
        self, grad: Array, input: Array, target: Array, reduction: Any = "mean", *options: Any
    ) -> dict[str, Any]:
        """To the prediction and to the target."""
        from vitreous.looking.operation import unbroadcast

        a, b = np.broadcast_arrays(input, target)
        delta = share(grad, a.size, reduction)
        by_input, by_target = self.slopes(a, b, *options)
        return {
            "input": unbroadcast(delta * by_input, input.shape),
            "target": unbroadcast(delta * by_target, target.shape),
        }

    def open_element(
        self, index: Index, input: Array, target: Array, reduction: Any = "mean", *options: Any
    ) -> Opened:
        """The terms of the examples."""
        return open_reduced(
            self.formula, self.each(*np.broadcast_arrays(input, target), *options), reduction, index
        )
