"""Softmax, sigmoid and losses that a script writes out of plain operations, read from a recorded step.

Recognised, beside what torch has under a name of its own:
    softmax          a division of an exp by the sum of that very exp
    log-softmax      the logarithm of a softmax, or of the sum of an exp: what makes probabilities of scores, with or
                     without the largest score taken out, as in log-sum-exp minus the picked score
    sigmoid          one divided by one plus an exp
    logistic loss    log(1 + exp(s)), log1p(exp(-|s|)), log(sigmoid(s)), softplus or logsigmoid, with either sign
    margin           a product of labels and scores, y·s, in max(0, 1 - y·s), exp(-y·s) or a logistic loss

Between two of these, changes of shape and what only keeps a logarithm finite (a clamp, a small number added) count
as nothing. What is taken out of a larger whole (`p[rows, y]`, gather) is taken for that whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from vitreous.doctor import reading
from vitreous.record.dataflow import SHAPING, Op, Trace
from vitreous.record.facts import TensorFacts

DIVISIONS = frozenset({"div", "div_", "divide", "true_divide", "__truediv__", "__itruediv__"})
INVERSES = frozenset({"__rtruediv__", "__rdiv__", "reciprocal"})
_EXPS, _LOGS = frozenset({"exp", "exp_"}), frozenset({"log", "log_"})
_ADDS = frozenset({"add", "add_", "__add__", "__radd__", "__iadd__"})
_TAKES = frozenset({"sub", "sub_", "__sub__", "__rsub__", "rsub", "subtract"})
TIMES = frozenset({"mul", "mul_", "__mul__", "__rmul__", "multiply"})
_SIGNS = frozenset({"neg", "__neg__", "negative", "abs", "__abs__"})
_CUTS = frozenset({"clamp", "clamp_", "clip", "clamp_min", "clamp_min_", "clamp_max"})
_ROUNDED = 1e-3
_LARGEST = frozenset({"max", "amax"})
_HINGES = _CUTS | {"relu", "relu_", "maximum", "max", "threshold"}
_SHAPES = SHAPING | {"gather", "take_along_dim", "index_select", "masked_select"}
_REDUCES = (
    frozenset({"mean", "sum", "nanmean", "square", "pow", "__pow__", "log1p"}) | _ADDS | _LOGS | _SHAPES
)


def is_softmax(trace: Trace, op: Op | None) -> bool:
    """Whether an operation makes probabilities of scores by softmax."""
    return op is not None and (op.name in ("softmax", "softmin") or _powers(trace, op) is not None)


def is_sigmoid(trace: Trace, op: Op | None) -> bool:
    """Whether an operation makes a probability of a score by sigmoid."""
    if op is None or op.name not in INVERSES:
        return op is not None and op.name in ("sigmoid", "sigmoid_", "expit", "hardsigmoid")
    below = _input(trace, op)
    return below is not None and below.name in _ADDS and _is_exp(_finite(trace, below))


def normalized(trace: Trace, op: Op) -> Op | None:
    """The scores that a log-softmax or log-sum-exp is taken of; None if the operation is neither."""
    given = _input(trace, op)
    if op.name in ("log_softmax", "logsumexp"):
        return given
    made = _finite(trace, given) if op.name in _LOGS else None
    if made is None:
        return None
    if is_softmax(trace, made):
        power = _powers(trace, made)
        return _input(trace, made) if power is None else _unshifted(trace, _input(trace, power))
    power = _input(trace, made) if made.name == "sum" else None
    return _unshifted(trace, _input(trace, power)) if power is not None and _is_exp(power) else None


def logistic(trace: Trace, op: Op) -> Op | None:
    """The scores, signs and labels of -1 to 1 left out, that a logistic loss is taken of; None if it is none."""
    given = _logistic(trace, op)
    while given is not None:
        given = trace.origin(given, _SHAPES)
        if given is not None and given.name in _SIGNS:
            given = _input(trace, given)
        elif given is not None and given.name in TIMES and (sides := _sides(trace, given)) is not None:
            given = sides[1]
        else:
            return given
    return None


def chances(trace: Trace) -> Iterator[Op]:
    """What a cross-entropy of yes and no takes for a probability: each p of which log(p) and log(1 - p) are taken."""
    taken: dict[bool, dict[int, Op]] = {False: {}, True: {}}
    for op in trace.behind(trace.root):
        made = _finite(trace, _input(trace, op)) if op.name in _LOGS else None
        rest = made is not None and made.name in _TAKES and len(made.inputs) == 1
        made = _finite(trace, _input(trace, made)) if rest else made
        if made is not None and trace.learns(made):
            taken[rest][made.number] = made
    yield from (op for number, op in taken[False].items() if number in taken[True])


def picked(trace: Trace) -> Iterator[tuple[Op, Op]]:
    """Each logarithm of which nll_loss picks an entry, and what is taken for probabilities there."""
    for loss in trace.losses:
        log = trace.origin(reading.prediction(trace, loss), _SHAPES) if loss.name == "nll_loss" else None
        made = _finite(trace, _input(trace, log)) if log is not None and log.name in _LOGS else None
        if log is not None and made is not None and trace.learns(made):
            yield log, made


def is_no_probability(seen: TensorFacts | None) -> bool:
    """Whether numbers lie below 0 or above 1, by more than rounding."""
    low, high = (seen.minimum, seen.maximum) if seen is not None else (None, None)
    return low is not None and high is not None and (low < -_ROUNDED or high > 1 + _ROUNDED)


def margins(trace: Trace) -> Iterator[tuple[Op, Op]]:
    """Each product of labels and scores within a hinge, exponential or logistic loss behind the root, and the labels.

    Only where nothing but sums, means and powers lies between them and the root: a mask within a softmax is no label.
    """
    behind = trace.behind(trace.root)
    users: dict[int, list[Op]] = {}
    for user in behind:
        for number in user.inputs:
            users.setdefault(number, []).append(user)
    for op in behind:
        given = _logistic(trace, op)
        if given is None and (op.name in _HINGES or _is_exp(op)):
            given = next((side for side in trace.inputs(op) if trace.learns(side)), None)
        while (
            given is not None and len(given.inputs) == 1 and given.name in _TAKES | _ADDS | _SIGNS | SHAPING
        ):
            given = trace.op(given.inputs[0])
        sides = _sides(trace, given) if given is not None and given.name in TIMES else None
        if given is not None and sides is not None and _only_reduced(op, users):
            yield given, sides[0]


def is_last(trace: Trace, op: Op) -> bool:
    """Whether no weights come between a result and the loss: it is part of the loss."""
    later = reading.path_between(trace, op.number, trace.root) if trace.root is not None else []
    given = (one.output for step in later for one in trace.inputs(step) if one.kind == "parameter")
    return all(
        output is None or len(output.shape) < 2 for output in given
    )  # a loss may have a learned factor


def _only_reduced(op: Op, users: dict[int, list[Op]]) -> bool:
    """Whether a result reaches the root by sums, means and powers alone, and products with numbers."""
    waiting, seen = [op.number], set()
    while waiting:
        for user in users.get(waiting.pop(), []):
            if user.name not in _REDUCES and not (user.name in TIMES | DIVISIONS and len(user.inputs) == 1):
                return False
            if user.number not in seen:
                seen.add(user.number)
                waiting.append(user.number)
    return True


def _sides(trace: Trace, product: Op) -> tuple[Op, Op] | None:
    """Of a product, what does not learn and lies within -1 to 1, and what learns."""
    sides = trace.inputs(product)
    still = [side for side in sides if not trace.learns(side)]
    if len(sides) != 2 or len(still) != 1 or still[0].output is None:
        return None
    low, high = still[0].output.minimum, still[0].output.maximum
    within = low is not None and high is not None and low >= -1 and high <= 1
    return (still[0], sides[1 - sides.index(still[0])]) if within else None


def _logistic(trace: Trace, op: Op) -> Op | None:
    """What a logistic loss is taken of as it stands, with its sign."""
    given = _input(trace, op)
    if op.name in ("softplus", "logsigmoid", "log_sigmoid"):
        return given
    if op.name == "log1p":
        return _input(trace, given) if _is_exp(given) else None
    if op.name not in _LOGS or given is None:
        return None
    made = _finite(trace, given)
    if is_sigmoid(trace, made):
        return _input(trace, made)
    return _input(trace, made) if _is_exp(made) and given.name in _ADDS else None


def _powers(trace: Trace, op: Op) -> Op | None:
    """The exp that a division divides by its own sum."""
    sides = trace.inputs(op)
    if op.name not in DIVISIONS or len(sides) != 2:
        return None
    above, below = trace.origin(sides[0]), _finite(trace, sides[1])
    own = below is not None and below.name == "sum" and _input(trace, below) is above
    return above if own and _is_exp(above) else None


def _unshifted(trace: Trace, op: Op | None) -> Op | None:
    """Scores from which their own largest was taken."""
    sides = trace.inputs(op) if op is not None and op.name in _TAKES else []
    if len(sides) != 2:
        return op
    taken = trace.origin(sides[1])
    return trace.origin(sides[0]) if taken is not None and taken.name in _LARGEST else op


def _input(trace: Trace, op: Op | None) -> Op | None:
    """What made the first tensor that an operation is given, shape changes aside."""
    given = trace.inputs(op) if op is not None else []
    return trace.origin(given[0], _SHAPES) if given else None


def _finite(trace: Trace, op: Op | None) -> Op | None:
    """The same without clamps and numbers added."""
    op = trace.origin(op, _SHAPES)
    while op is not None and op.name in _CUTS | _ADDS and len(op.inputs) == 1:
        op = _input(trace, op)
    return op


def _is_exp(op: Op | None) -> bool:
    return op is not None and op.name in _EXPS
