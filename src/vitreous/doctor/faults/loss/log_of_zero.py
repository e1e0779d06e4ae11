"""A hand-written logarithm, division or root reaches its singular point and yields NaN or infinity.

What it sees:
    The loss becomes NaN or infinite, and in that step (or the one before) an operation written in the user's code has
    finite input at its singular point: log of 0, a division by 0, a root of 0 (whose slope is infinite), exp overflow.

Why learning fails:
    Infinity times zero is NaN; the gradients become NaN, and with the next step every weight.

Example:
    loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

Fix:
    Clamp the argument away from the singular point, or use the loss that works on logits.

Certainty:
    Certain when the operation's input was finite and its output not; for a root at 0 the run with a clamp decides.

Look-alikes:
    Weights that are already NaN, from steps that are too long (optim/lr-too-high), make every operation NaN.

References:
    https://github.com/NVIDIA/apex/issues/358
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault("loss/log-of-zero", "error", "loss", "a logarithm, division or root reaches its singular point")

_LOGS = ("log", "log2", "log10", "log_")
_DIVISIONS = ("div", "__truediv__", "__rtruediv__", "true_divide", "reciprocal", "div_", "rsqrt", "__rdiv__")
_ROOTS = ("sqrt", "norm", "pow", "__pow__", "sqrt_", "std", "arccos", "acos", "asin")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """The first operation that turns finite numbers into others, or has an infinite slope."""
    bad = symptoms.fit(evidence).not_a_number
    if bad is None:
        return
    step = evidence.steps[bad].number if bad < len(evidence.steps) else bad
    near = sorted((t for t in evidence.training_traces if step - 1 <= t.step <= step), key=lambda t: -t.step)
    for trace in near:
        found = next((op for op in reversed(trace.behind(trace.root)) if _breaks(trace, op)), None)
        if found is not None:
            yield _suspicion(trace, found, certain=True)
            return
    for trace in near:
        roots = [
            op for op in trace.behind(trace.root) if op.name in _ROOTS and _at_zero(trace, op) and op.place
        ]
        for op in roots[:1]:
            yield _suspicion(trace, op, certain=False)
            return


def _breaks(trace: Trace, op: Op) -> bool:
    inputs = trace.inputs(op)
    if op.kind != "op" or op.output is None or not op.output.bad or op.place is None or op.builtin:
        return False
    if op.name not in (
        *_LOGS,
        *_DIVISIONS,
        *_ROOTS,
        "exp",
        "mul",
        "__mul__",
        "__rmul__",
        "xlogy",
        "logsumexp",
    ):
        return False
    return all(i.output is None or not i.output.bad for i in inputs)


def _at_zero(trace: Trace, op: Op) -> bool:
    given = trace.inputs(op)[0].output if op.inputs else None
    return given is not None and given.minimum is not None and given.minimum <= 0 <= (given.maximum or 0)


def _suspicion(trace: Trace, op: Op, *, certain: bool) -> Suspicion:
    given = trace.inputs(op)[-1 if op.name in ("div", "__truediv__", "div_") else 0].output
    rows = [Row("operation", op.name, "", trace.step)]
    if given is not None and given.minimum is not None:
        rows.append(
            Row(
                "its input",
                f"{round_to(given.minimum)} to {round_to(given.maximum or 0)}",
                "all finite",
                trace.step,
            )
        )
    if op.output is not None:
        rows.append(
            Row("elements of its result that are NaN or infinite", op.output.bad or 0, "", trace.step)
        )
    fix = "clamp its argument away from 0, as with .clamp(min=1e-6)"
    if op.name in _LOGS:
        fix = "clamp the probability away from 0 and 1 (or use a loss that works on logits)"
    place = op.place
    settings = {"name": op.name, "file": place.file if place else "", "line": place.line if place else 0}
    return Suspicion(
        place,
        0.95 if certain else 0.6,
        rows,
        fix,
        certain=certain,
        summary=f"{op.name} reaches its singular point",
        explains=[symptoms.NOT_A_NUMBER],
        trials=[Trial(f"argument of {op.name} kept at 1e-6 from the singular point", settings)],
    )


class _Clamp(Listener):
    """Keeps arguments of an operation at one line away from zero."""

    def __init__(self, name: str, file: str, line: int) -> None:
        self.name, self.file, self.line = name, file, line

    def op_begin(self, event: OpCall) -> None:
        import torch

        if (
            event.name != self.name
            or event.place is None
            or (event.place.file, event.place.line) != (self.file, self.line)
        ):
            return
        at = 1 if self.name in ("div", "__truediv__", "div_", "true_divide") and len(event.args) > 1 else 0
        given = event.args[at]
        if isinstance(given, torch.Tensor) and given.is_floating_point():
            away = (
                torch.where(given.abs() < 1e-6, torch.full_like(given, 1e-6), given)
                if at
                else given.clamp(min=1e-6)
            )
            event.args = (*event.args[:at], away, *event.args[at + 1 :])


def intervene(settings: dict[str, Any]) -> Listener:
    """Arguments that are never singular."""
    return _Clamp(settings["name"], settings["file"], settings["line"])
