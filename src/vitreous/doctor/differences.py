"""How much of its target's variance a squared error leaves that a script writes out itself.

Losses of torch.nn.functional tell what they are given; of `((said - meant) ** 2).mean()` only operations are known.
"""

from __future__ import annotations

import math
import statistics

from vitreous.doctor import reading
from vitreous.doctor.fault import finite
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.facts import TensorFacts
from vitreous.record.places import Place

_SUMS = frozenset({"add", "__add__", "__radd__", "__iadd__", "add_"})
_DIFFERENCES = frozenset({"sub", "__sub__", "__rsub__", "rsub", "subtract"})
_LEAST, _MOST_OF = 3, 0.7  # recorded steps; others may be of something else that the script computes
_APART = 0.02
_LATE = 0.3  # of the steps: where a recorded one says something of the end
_ROUNDED = 1e-4  # of numbers in float32


def variance_left(evidence: Evidence) -> float | None:
    """The share of the target's variance that the end of training leaves; 1 for the best constant answer.

    Known where the loss is one difference squared: the mean of its square is the loss, or one multiple of it, at every
    recorded step; and where that mean is one term of the loss beside others, as penalties, of which the last recorded
    steps tell.
    """
    known = [(trace, found) for trace in evidence.training_traces if (found := _squared(trace)) is not None]
    if len(known) < max(_LEAST, _MOST_OF * len(evidence.training_traces)):
        return None
    if len({place for _, (_, _, place) in known}) != 1:
        return None
    squares = [square for _, (square, _, _) in known]
    spread = statistics.median(spread for _, (_, spread, _) in known)
    losses = [root.output.mean for trace, _ in known if (root := trace.op(trace.root)) and root.output]
    factors = finite(loss / square for loss, square in zip(losses, squares, strict=False) if loss is not None)
    usual = statistics.median(factors) if len(factors) == len(squares) else 0.0
    if usual > 0 and all(abs(factor / usual - 1) <= _APART for factor in factors):
        curve = finite(evidence.curve)
        return statistics.median(curve[-max(3, len(curve) // 10) :]) / usual / spread
    late = known[-1][0].step > _LATE * len(evidence.steps)
    if not late or not all(_is_term(trace) for trace, _ in known):
        return None
    return statistics.median(squares[-_LEAST:]) / spread


def left_by_step(evidence: Evidence) -> list[float]:
    """The same at each recorded step, whatever else the loss is made of."""
    found = [_squared(trace) for trace in evidence.training_traces]
    return [square / spread for square, spread, _ in filter(None, found)]


def _squared(trace: Trace) -> tuple[float, float, Place | None] | None:
    """The mean square of the one difference behind a loss, its target's variance, and the line."""
    found = difference(trace)
    if found is None:
        return None
    made_by, _, meant = found
    made, given = made_by.output, meant.output
    if made is None or made.std is None or made.mean is None or given is None or not given.std:
        return None
    square = made.mean**2 + made.std**2
    return (square, given.std**2, made_by.place) if square > 0 else None


def difference(trace: Trace) -> tuple[Op, Op, Op] | None:
    """The one operation behind the loss between what learns and what does not, of one shape; then these two."""
    found = []
    for op in trace.behind(trace.root):
        sides = trace.inputs(op)
        if op.name not in _DIFFERENCES or op.module or len(sides) != 2 or op.output is None:
            continue
        still = [side for side in sides if not trace.learns(side)]
        shapes = {tuple(side.output.shape) if side.output else () for side in (*sides, op)}
        if len(still) == 1 and len(shapes) == 1 and op.output.shape:
            learned = sides[1] if sides[0] is still[0] else sides[0]
            found.append((op, learned, still[0]))
    return found[0] if len(found) == 1 else None


def _is_term(trace: Trace) -> bool:
    """Whether the difference's square is itself averaged, and added to something on its way to the loss.

    Over all, or over samples of sums over what each has: `((said - meant) ** 2).sum(-1).mean()`.
    """
    both, squared = difference(trace), _squared(trace)
    if both is None or squared is None or trace.root is None or both[0].output is None:
        return False
    sizes = both[0].output.shape
    sums = [math.prod(sizes[axis:]) for axis in range(1, len(sizes) + 1)]
    for op in reading.path_between(trace, both[0].number, trace.root):
        mean = op.output.mean if op.output is not None and not op.output.shape else None
        if mean is not None and any(abs(mean / size - squared[0]) <= _APART * squared[0] for size in sums):
            return any(user.name in _SUMS for user in trace.users(op.number))
    return False


def zeros_and_ones(seen: TensorFacts | None) -> bool:
    """Whether a tensor holds nothing else, and both."""
    if seen is None or (seen.minimum, seen.maximum) != (0, 1) or seen.mean is None or seen.zeros is None:
        return False
    return math.isclose(seen.mean + seen.zeros, 1, abs_tol=_ROUNDED)


def one_hot(seen: TensorFacts | None) -> int | None:
    """How many classes a tensor of one-hot rows has, along its last axis or its second; None if it is none.

    It holds nothing but zeros and ones, as many ones as there are rows: other zeros and ones hardly do, step by step.
    """
    if seen is None or seen.mean is None or not zeros_and_ones(seen):
        return None
    sizes = [seen.shape[axis] for axis in (-1, 1) if len(seen.shape) > 1]
    fits = (size for size in sizes if size > 2 and math.isclose(seen.mean * size, 1, rel_tol=_ROUNDED))
    return next(fits, None)
