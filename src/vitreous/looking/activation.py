"""What an activation is like, measured on the operations by hand: its range, where it is flat, how steep it gets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vitreous.looking.operation import Array, Elementwise, Operation, all_operations
from vitreous.looking.ops.prelu import PReLU
from vitreous.looking.ops.softmax import Softmax

NEAR, DENSE = 8.0, 32_001  # where a network's sums mostly lie, and at how many places that is looked at
FAR = np.geomspace(NEAR, 1e6, 200)[1:]
ENDLESS = 1e3  # a value this large, so far out, has no end
FLAT = 0.01  # a slope below it: learning is a hundred times slower than at x = y
SHORTEST = 0.3  # a flat place is at least so long: a turning point is none
PRELU_START = 0.25  # torch's


@dataclass(frozen=True)
class Measured:
    """An activation's figures.

    Attributes:
        name: torch's.
        title: In words.
        formula: Forward.
        low: The least value, −∞ where there is none.
        high: The largest.
        reaches: Whether the least and the largest value are taken, and not only approached.
        dead: Where the slope is exactly zero, as intervals.
        saturated: Where it is below 0.01 but not zero, all the way out.
        steepest: The largest slope.
        use: When one takes it.
    """

    name: str
    title: str
    formula: str
    low: float
    high: float
    reaches: tuple[bool, bool]
    dead: tuple[tuple[float, float], ...]
    saturated: tuple[tuple[float, float], ...]
    steepest: float
    use: str


def activations() -> dict[str, type[Operation]]:
    """Every operation that says when it is used as an activation, by its name."""
    return {kind.names[0]: kind for kind in all_operations().values() if kind.use}


def curve(kind: type[Operation], x: Array) -> tuple[Array, Array]:
    """f(x) and f′(x) of an activation as torch has it by default, x of shape [N].

    Softmax is taken of two logits, x and 0; of PReLU the leak is where it starts.
    """
    operation = kind()
    with np.errstate(all="ignore"):
        if kind is Softmax:
            logits = np.stack([x, np.zeros_like(x)])
            y = operation.forward(logits, 0)
            wanted = np.stack([np.ones_like(x), np.zeros_like(x)])
            return y[0], operation.backward(wanted, logits, 0)["input"][0]
        more = (np.array([PRELU_START]),) if kind is PReLU else ()
        y = operation.forward(x, *more)
        return y, np.asarray(operation.backward(np.ones_like(x), x, *more)["input"])


def measure(kind: type[Operation]) -> Measured:
    """The figures of an activation."""
    assert kind is Softmax or kind is PReLU or issubclass(kind, Elementwise)
    near = np.linspace(-NEAR, NEAR, DENSE)
    x = np.concatenate([-FAR[::-1], near, FAR])
    y, slope = curve(kind, x)
    here = y[len(FAR) : -len(FAR)]
    low = -np.inf if y.min() < -ENDLESS else float(y.min())
    high = np.inf if y.max() > ENDLESS else float(y.max())
    reaches = bool(here.min() <= low), bool(here.max() >= high)
    middle = slope[len(FAR) : -len(FAR)]
    dead = _runs(near, middle == 0)
    left, right = _ends(x, np.abs(slope) < FLAT)
    outer = [(-np.inf, left), (right, np.inf)]
    saturated = tuple(
        end
        for end in outer
        if np.isfinite(end).any() and not any(d[0] == end[0] or d[1] == end[1] for d in dead)
    )
    about = {"name": kind.names[0], "title": kind.title, "formula": kind.formula, "use": kind.use}
    return Measured(low=low, high=high, reaches=reaches, dead=dead, saturated=saturated,
                    steepest=float(np.abs(slope).max()), **about)  # fmt: skip


def _runs(x: Array, flat: Array) -> tuple[tuple[float, float], ...]:
    """Where something holds all along, as intervals; those that reach the end of what is near go on for ever."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
    found = []
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        a, b = float(x[start]), float(x[stop - 1])
        if b - a >= SHORTEST:
            found.append((-np.inf if start == 0 else a, np.inf if stop == len(x) else b))
    return tuple(found)


def _ends(x: Array, flat: Array) -> tuple[float, float]:
    """Up to where, and from where on, something holds all the way out; infinite where it does not."""
    steep = np.flatnonzero(~flat)
    left = float(x[steep[0] - 1]) if steep[0] > 0 else -np.inf
    right = float(x[steep[-1] + 1]) if steep[-1] < len(x) - 1 else np.inf
    return left, right
