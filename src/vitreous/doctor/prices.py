"""What a loss charges for activations: the factor of a penalty on them, as in a sparse autoencoder's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vitreous.doctor import edits, literals
from vitreous.doctor.fault import Trial, edited
from vitreous.record.dataflow import Op, Trace
from vitreous.record.places import Place

_TOTALS = frozenset({"abs", "abs_", "sum", "mean", "norm", "vector_norm", "l1_loss"})
_PRODUCTS = frozenset({"mul", "__mul__", "__rmul__", "multiply"})


class Price(NamedTuple):
    """A number and the line where it is written."""

    value: float
    place: Place

    def trials(self, factors: Sequence[float]) -> Iterator[Trial]:
        """The script with other numbers there."""
        for factor in factors:
            value = float(f"{self.value * factor:g}")
            edit = edits.literal(self.place, self.value, repr(value))
            if edit is not None:
                yield Trial(f"the price {self.value:g} -> {value:g}", edited([edit]), (edit,))


def of(trace: Trace, op: Op) -> Price | None:
    """The number that multiplies a total of what an operation puts out, where it is plain to see."""
    waiting, seen = [op.number], {op.number}
    while waiting:
        for user in trace.users(waiting.pop()):
            factor = user.arguments.get("1") if user.name in _PRODUCTS else None
            if isinstance(factor, (int, float)) and factor > 0:
                at = literals.written(user.place, float(factor))
                known = at is not None and literals.has_number(at, factor)
                return Price(float(factor), at) if at is not None and known else None
            if user.name in _TOTALS and user.number not in seen:
                seen.add(user.number)
                waiting.append(user.number)
    return None
