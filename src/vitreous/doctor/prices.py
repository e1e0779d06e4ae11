"""What a loss charges for activations: the factor of a penalty on them, as in a sparse autoencoder's."""

from __future__ import annotations

from vitreous.doctor import literals
from vitreous.doctor.edits import Number
from vitreous.record.dataflow import Op, Trace

_TOTALS = frozenset({"abs", "abs_", "sum", "mean", "norm", "vector_norm", "l1_loss"})
_PRODUCTS = frozenset({"mul", "__mul__", "__rmul__", "multiply"})


def of(trace: Trace, op: Op) -> Number | None:
    """The number that multiplies a total of what an operation puts out, where it is plain to see."""
    waiting, seen = [op.number], {op.number}
    while waiting:
        for user in trace.users(waiting.pop()):
            factor = user.arguments.get("1") if user.name in _PRODUCTS else None
            if isinstance(factor, (int, float)) and factor > 0:
                at = literals.written(user.place, float(factor))
                known = at is not None and literals.has_number(at, factor)
                return Number(float(factor), at) if at is not None and known else None
            if user.name in _TOTALS and user.number not in seen:
                seen.add(user.number)
                waiting.append(user.number)
    return None
