"""How much of its target's variance a squared error leaves that a script writes out itself.

Losses of torch.nn.functional tell what they are given; of `((said - meant) ** 2).mean()` only operations are known.
"""

from __future__ import annotations

import math
import statistics

from vitreous.doctor.fault import finite
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.facts import TensorFacts

_DIFFERENCES = frozenset({"sub", "__sub__", "__rsub__", "rsub", "subtract"})
_LEAST, _APART = 3, 0.02
_ROUNDED = 1e-4  # of numbers in float32


def variance_left(evidence: Evidence) -> float | None:
    """The share of the target's variance that the end of training leaves; 1 for the best constant answer.

    Known where the loss is one difference squared: the mean of its square is the loss, or one multiple of it, at every
    recorded step.
    """
    squares, losses, spreads, places = [], [], [], set()
    for trace in evidence.training_traces:
        root = trace.op(trace.root)
        found = of_loss(trace)
        if found is None or root is None or root.output is None or root.output.mean is None:
            return None
        difference, meant = found
        made, given = difference.output, meant.output
        if made is None or made.std is None or made.mean is None or given is None or not given.std:
            return None
        squares.append(made.mean**2 + made.std**2)
        losses.append(root.output.mean)
        spreads.append(given.std**2)
        places.add(difference.place)
    if len(squares) < _LEAST or len(places) != 1 or min(squares) <= 0:
        return None
    factors = finite(loss / square for loss, square in zip(losses, squares, strict=True))
    usual = statistics.median(factors) if len(factors) == len(squares) else 0.0
    if usual <= 0 or any(abs(factor / usual - 1) > _APART for factor in factors):
        return None
    curve = finite(evidence.curve)
    end = statistics.median(curve[-max(3, len(curve) // 10) :])
    return end / usual / statistics.median(spreads)


def of_loss(trace: Trace) -> tuple[Op, Op] | None:
    """The one operation behind the loss that takes what does not learn from what does, and the former."""
    found = []
    for op in trace.behind(trace.root):
        sides = trace.inputs(op)
        if op.name not in _DIFFERENCES or op.module or len(sides) != 2 or op.output is None:
            continue
        still = [side for side in sides if not trace.learns(side)]
        shapes = {tuple(side.output.shape) if side.output else () for side in (*sides, op)}
        if len(still) == 1 and len(shapes) == 1 and op.output.shape:
            found.append((op, still[0]))
    return found[0] if len(found) == 1 else None


def one_hot(seen: TensorFacts | None) -> int | None:
    """How many classes a tensor of one-hot rows has, along its last axis or its second; None if it is none.

    It holds nothing but zeros and ones, as many ones as there are rows: other zeros and ones hardly do, step by step.
    """
    if seen is None or (seen.minimum, seen.maximum) != (0, 1) or seen.mean is None or seen.zeros is None:
        return None
    sizes = [seen.shape[axis] for axis in (-1, 1) if len(seen.shape) > 1]
    fits = (size for size in sizes if size > 2 and math.isclose(seen.mean * size, 1, rel_tol=_ROUNDED))
    return next(fits, None) if math.isclose(seen.mean + seen.zeros, 1, abs_tol=_ROUNDED) else None
