"""A hand-written logarithm, division or root reaches its singular point, and the loss becomes NaN.

What it sees:
    The first operation of a recorded step whose result is not finite while everything it was given is: a log of
    zero, a division by zero, a power or an exponential beyond the range. Where the loss was still finite and the
    parameters were NaN one step later: a root, a norm or a power whose argument was zero, where its slope is
    infinite.

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
    loss had not grown tenfold before; else an experiment with the argument kept away decides.

Look-alikes:
    data/non-finite: the first bad number comes in with the data. optim/lr-too-high and
    model/exploding-gradients: the loss grows before it overflows, in an ordinary matrix product.

References:
    https://pytorch.org/docs/stable/notes/faq.html, https://github.com/pytorch/pytorch/issues/4320
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from vitreous.doctor import reading, symptoms
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
_ALL = _LOGS | _DIVISIONS | _ROOTS | _EDGES | _OVERFLOWS


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """The first operation that made a number bad."""
    bad = symptoms.fit(evidence).not_a_number
    if bad is None:
        return
    found = _forward(evidence) or _backward(evidence, bad)
    if found is None:
        return
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
    return *found, found[1].name not in _OVERFLOWS


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
    if op.name in ("pow", "__pow__"):
        exponent = op.arguments.get("1", op.arguments.get("exponent"))
        fraction = isinstance(exponent, float) and exponent < 1
        return fraction and given is not None and bool(given.zeros)
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
        elif which < len(args) and isinstance(args[which], torch.Tensor) and args[which].is_floating_point():
            args[which] = self.move(args[which])
        event.args = tuple(args)


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
