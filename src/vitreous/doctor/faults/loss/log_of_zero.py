"""A hand-written logarithm, division or root reaches its singular point, and the loss becomes NaN.

What it sees:
    The first operation of a recorded step whose result is not finite while everything it was given is: a log of
    zero, a division by zero, a high power or an exponential beyond the range. Where the loss was still finite and the
    parameters were NaN one step later: a root, a norm or a power whose argument was zero, where its slope is
    infinite. A square or a norm of what is beyond a million already has no singular point there: it is only the first
    to overflow, and what made its argument grow is for other faults to tell.

Why learning fails:
    log 0 is minus infinity and 0 · log 0 is NaN; the derivative of a root at 0 is infinite and times 0 again NaN.
    One such element is enough: the next step makes every parameter NaN.

Example:
    def cross_entropy(p, y):
        return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

Fix:
    Keep the argument away from the singular point: `p.clamp(1e-7, 1 - 1e-7)`, `torch.sqrt(x + 1e-12)`,
    `a / (b + 1e-8)`; or use the loss that PyTorch computes from logits, which has no singular point.

Certainty:
    Certain where the operation was given exactly its singular point (0 for log, division and root) while the
    loss had not grown tenfold before; else an experiment with the argument kept away decides. A power of one or more
    and a norm only overflow: they are asked where their argument was below a million. Kept away, a base keeps its sign,
    as a square of a negative number is no less right than that of a positive one.

Look-alikes:
    train/mixed-precision, where all weights are float16: nothing is said there.
    data/non-finite: the first bad number comes in with the data. optim/lr-too-high and
    model/exploding-gradients: the loss grows before it overflows, in an ordinary matrix product.

References:
    https://pytorch.org/docs/stable/notes/faq.html, https://github.com/pytorch/pytorch/issues/4320
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from vitreous.doctor import reading, symptoms, written_out
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault("loss/log-of-zero", "error", "loss", "an operation of the loss reaches its singular point")

_LOGS = frozenset(["log", "log2", "log10", "log_", "logit", "xlogy"])
_DIVISIONS = frozenset(
    ["div", "__truediv__", "__rdiv__", "__rtruediv__", "reciprocal", "true_divide", "divide", "rsqrt"]
)
_ROOTS = frozenset(["sqrt", "sqrt_", "norm", "pow", "__pow__", "std", "cdist", "dist", "vector_norm"])
_EDGES = frozenset(["acos", "asin", "atanh", "arccos", "arcsin", "log1p"])
_OVERFLOWS = frozenset(["exp", "exp_", "__rpow__", "expm1"])
_POWERS = frozenset(["pow", "__pow__"])
_ALL = _LOGS | _DIVISIONS | _ROOTS | _EDGES | _OVERFLOWS
_FAR = 1e6  # an argument that large has grown before it came here


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """The first operation that made a number bad."""
    bad = symptoms.fit(evidence).not_a_number
    if bad is None:
        return
    found = _forward(evidence) or _backward(evidence, bad)
    if found is None or _in_half(found[0]):
        return  # in that format a small number added below is zero as well: train/mixed-precision
    trace, op, singular = found
    before = [loss for loss in evidence.curve[:bad] if math.isfinite(loss)]
    calm = not before or abs(before[-1]) <= 10 * max(abs(before[0]), 1e-3)
    settings = {"name": op.name, "file": op.place.file, "line": op.place.line} if op.place else {}
    missing = "result" if op.output and op.output.bad else "slope"
    name = op.name.strip("_")
    trials = (
        [Trial(f"the argument of {name} kept away from its singular point", settings)] if settings else []
    )
    yield Suspicion(
        op.place,
        0.93 if singular and calm else 0.6,
        _rows(trace, op, evidence, bad),
        _fix(op),
        certain=singular and calm,
        summary=f"{name} is given a value at which it has no finite {missing}",
        explains=[symptoms.NOT_A_NUMBER, symptoms.ONE_CLASS],
        trials=trials,
    )  # fmt: skip


def _forward(evidence: Evidence) -> tuple[Trace, Op, bool] | None:
    """The first operation of any recorded step with a bad result from good arguments."""
    found = reading.first_not_finite(evidence)
    if found is None or found[1].kind != "op" or found[1].name not in _ALL or found[1].builtin:
        return None  # the first bad number came in from outside, or overflowed in ordinary arithmetic
    probabilities = [*written_out.chances(found[0]), *(made for _, made in written_out.picked(found[0]))]
    if found[1].name in _LOGS and any(p.output and (p.output.minimum or 0) < 0 for p in probabilities):
        return None  # what is below zero is no probability at all: loss/logits-into-probability-loss
    overflows = _only_overflows(found[1])
    if overflows and found[1].name not in _OVERFLOWS and _has_grown(*found):
        return None
    return *found, not overflows


def _in_half(trace: Trace) -> bool:
    """Whether the weights themselves are numbers of 16 bits with a narrow range."""
    weights = [op.output for op in trace.ops if op.kind == "parameter" and op.output is not None]
    return bool(weights) and all(weight.dtype == "float16" for weight in weights)


def _only_overflows(op: Op) -> bool:
    """Whether an operation has no singular point: of finite arguments only large ones have no finite result.

    The spread of a single number is none, whatever its size.
    """
    if op.name in _POWERS:
        exponent = _exponent(op.arguments)
        return exponent is not None and exponent >= 1
    return op.name in _OVERFLOWS or op.name in ("norm", "vector_norm", "cdist", "dist")


def _exponent(arguments: dict[str, Any]) -> float | None:
    """The exponent of a power; None where it is no number."""
    found = arguments.get("1", arguments.get("exponent"))
    return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def _has_grown(trace: Trace, op: Op) -> bool:
    """Whether an argument was beyond all that a network computes with before it came here."""
    given = [i.output for i in trace.inputs(op) if i.output is not None]
    return any(max(abs(o.minimum or 0.0), abs(o.maximum or 0.0)) > _FAR for o in given)


def _backward(evidence: Evidence, bad: int) -> tuple[Trace, Op, bool] | None:
    """In the step before the first bad loss: an operation whose slope was infinite."""
    number = evidence.steps[bad].number if bad < len(evidence.steps) else bad
    for trace in evidence.training_traces:
        if trace.step not in (number - 1, number):
            continue
        behind = {op.number for op in trace.behind(trace.root)}
        for op in trace.ops:
            if op.number in behind and op.name in _ROOTS | _LOGS and not op.builtin and _at_zero(trace, op):
                return trace, op, True
    return None


def _at_zero(trace: Trace, op: Op) -> bool:
    """Whether a root or log was given a zero, and a gradient flows back through it."""
    if not trace.learns(op) or op.output is None:
        return False
    given = next((i.output for i in trace.inputs(op) if i.output is not None), None)
    if op.name in _POWERS:
        exponent = _exponent(op.arguments)
        return exponent is not None and exponent < 1 and given is not None and bool(given.zeros)
    if op.name in ("norm", "std", "vector_norm", "cdist", "dist"):
        return op.output.minimum == 0
    return given is not None and bool(given.zeros)


def _rows(trace: Trace, op: Op, evidence: Evidence, bad: int) -> list[Row]:
    rows = [Row("first loss that is not a number", bad, "", bad)]
    rows += [
        Row(
            f"smallest and largest argument of {op.name.strip('_')}",
            [given.output.minimum, given.output.maximum],
            "",
            trace.step,
        )
        for given in trace.inputs(op)[:2]
        if given.output is not None and given.output.minimum is not None
    ]
    if op.output is not None and op.output.bad:
        rows.append(Row("elements of its result that are not finite", op.output.bad, "", trace.step))
    return rows


def _fix(op: Op) -> str:
    if op.name in _LOGS:
        return (
            "clamp the argument of the logarithm, as p.clamp(1e-7, 1 - 1e-7), or use a loss that takes logits"
        )
    if op.name in _DIVISIONS:
        return "add a small number to the denominator, as a / (b + 1e-8)"
    if op.name in _POWERS and _only_overflows(op):
        return "keep what is raised to the power small: divide it by its size, or clamp it"
    if op.name in _OVERFLOWS:
        return "clamp the exponent, or use softmax, logsumexp or a loss that takes logits"
    return "add a small number below the root, as torch.sqrt(x + 1e-12)"


class _KeepAway(Listener):
    """Moves arguments of one operation at one line away from where it is singular."""

    def __init__(self, name: str, file: str, line: int) -> None:
        self.name, self.file, self.line = name, file, line
        self.move: Callable[[Any], Any] = _mover(name)

    def op_begin(self, event: OpCall) -> None:
        if event.name != self.name or not event.places:
            return
        place = event.places[0]
        if place.line != self.line or place.file != self.file:
            return
        import torch

        which = 1 if self.name in ("div", "__truediv__", "true_divide", "divide") else 0
        args = list(event.args)
        if self.name in ("norm", "vector_norm", "std"):
            args[0] = args[0] + 1e-8 * torch.linspace(
                0.5, 1.5, args[0].numel(), device=args[0].device
            ).view_as(args[0])
        elif self.name in _POWERS and (
            exponent := _exponent({"1": args[1]} if len(args) > 1 else event.kwargs)
        ):
            args[0] = _moved_power(args[0], exponent)
        elif which < len(args) and isinstance(args[which], torch.Tensor) and args[which].is_floating_point():
            args[which] = self.move(args[which])
        event.args = tuple(args)


def _moved_power(base: Any, exponent: float) -> Any:
    """The base of a power where that is finite: within the range, and of a root or a reciprocal not at zero.

    It keeps its sign: a square of what is negative is no less right than that of what is positive.
    """
    if exponent >= 1:
        limit = 10 ** (30 / exponent)
        return base.clamp(-limit, limit)
    if exponent < 0 and exponent == int(exponent):
        return base + 1e-7 * (base.abs() < 1e-7)
    return base.clamp_min(1e-7)


def _mover(name: str) -> Callable[[Any], Any]:
    if name in _EDGES and name != "log1p":
        return lambda x: x.clamp(-1 + 1e-6, 1 - 1e-6)
    if name in _OVERFLOWS:
        return lambda x: x.clamp(max=60.0)
    if name == "log1p":
        return lambda x: x.clamp_min(-1 + 1e-7)
    if name == "logit":
        return lambda x: x.clamp(1e-6, 1 - 1e-6)
    if name in _DIVISIONS - {"rsqrt"}:
        return lambda x: x + 1e-7 * (x.abs() < 1e-7)
    return lambda x: x.clamp_min(1e-7)


def intervene(settings: dict[str, Any]) -> Listener:
    """Keeps the argument finite by a hair."""
    return _KeepAway(settings["name"], settings["file"], settings["line"])
