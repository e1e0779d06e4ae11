"""Half precision overflows or underflows: weights kept in float16, sums in it, or gradients that are never scaled.

What it sees:
    An operation with finite inputs whose float16 result is not finite; or weights in float16 together with a loss that
    is not a number or does not get better; or float16 in the forward pass, an unscaled loss and gradients of zero.

Why learning fails:
    float16 ends at 65,504 and has nothing between 0 and 6e-8. A sum of squares exceeds the one, small gradients and
    Adam's eps of 1e-8 fall below the other: divisions by zero and updates of zero follow.

Example:
    model = Net().half()
    optimizer = torch.optim.Adam(model.parameters())

Fix:
    Keep weights and losses in float32, compute under `torch.autocast`, and scale the loss with `GradScaler`; or use
    bfloat16, which has the range of float32.

Certainty:
    Certain where an operation overflows before its inputs do, and for float16 weights once the loss is not a number.
    Else by experiment: everything in float32, or the loss scaled by 65,536.

Look-alikes:
    A loss that is not a number in float32 has another cause. bfloat16 needs no scaling and raises nothing.

References:
    Micikevicius et al., Mixed precision training (2018); https://pytorch.org/docs/stable/notes/amp_examples.html
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import calls, literals, reading, source, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Backward, Listener, LossCall, ModuleCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "train/mixed-precision",
    "error",
    "forward",
    "half precision over- or underflows",
    settings=("precision", "mixed_precision", "fp16", "bf16"),
)

_HALF = "float16"
_SCALE = 65536.0
_LEAST_SCALE = 2.0  # a GradScaler begins at 65,536 and halves it; one below this has lost its purpose


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """float16 that overflows, holds the weights, or loses the gradients."""
    found = _overflow(evidence)
    weights = [
        p
        for p in evidence.parameters.values()
        if reading.is_trained(evidence, p) and p.last and p.last.dtype == _HALF
    ]
    if weights:
        yield _weights(evidence, len(weights))
    elif found is not None:
        trace, op = found
        largest = max((abs(v) for i in trace.inputs(op) if i.output for v in _extremes(i)), default=0.0)
        bad = op.output.bad if op.output else None
        yield Suspicion(
            op.place, 0.95,
            [
                Row(f"values of {op.name} that are not finite in float16", bad, "", trace.step),
                Row("largest input", largest),
            ],
            "compute this in float32: call .float() on what goes in (float16 ends at 65,504)",
            certain=True, summary=f"{op.name} overflows in float16", explains=[symptoms.NOT_A_NUMBER],
            trials=[Trial("float32 throughout", {"kind": "full"})],
        )  # fmt: skip
    elif _uses_half(evidence):
        yield from _unscaled(evidence)


def _extremes(op: Op) -> list[float]:
    facts = op.output
    return [v for v in (facts.minimum, facts.maximum) if v is not None] if facts else []


def _overflow(evidence: Evidence) -> tuple[Trace, Op] | None:
    """The first operation that makes what is not finite out of finite float numbers, in float16."""
    for trace in evidence.traces:
        for op in trace.ops:
            if op.kind != "op" or op.output is None or op.output.dtype != _HALF or not op.output.bad:
                continue
            given = [i.output for i in trace.inputs(op) if i.output is not None]
            if given and all(facts.bad == 0 for facts in given):
                return trace, op
    return None


def _weights(evidence: Evidence, count: int) -> Suspicion:
    bad = [step for step in evidence.steps if step.loss is not None and not math.isfinite(step.loss)]
    kind = evidence.optimizers[0].kind if evidence.optimizers else "the optimizer"
    rows = [Row("trained tensors in float16", count)]
    if bad:
        rows.append(Row("first loss that is not a number", "nan", "", bad[0].number))
    return Suspicion(
        _cast_place(evidence),
        0.95 if bad else 0.5,
        rows,
        "keep the weights in float32 and compute under torch.autocast, with a GradScaler (or use bfloat16)",
        certain=bool(bad),
        summary=f"the weights are float16, in which the steps of {kind} over- or underflow",
        explains=[symptoms.NOT_A_NUMBER, symptoms.FLAT],
        trials=[Trial("weights and inputs in float32", {"kind": "full"})],
    )


def _cast_place(evidence: Evidence) -> Place | None:
    """The line that makes the model half as wide: where it is made, or where it is named again with a cast."""
    trained = {site.model for site in evidence.sites if site.trained}
    for model in evidence.models:
        place = _made(model.place, model.kind)
        if model.number not in trained or place is None:
            continue
        if re.search(r"\.(half|to|type)\(", source.code(place)):
            return _kind_of_number(place)
        names = "|".join(map(re.escape, source.targets(place))) or "model|net"
        return _kind_of_number(_written(evidence, rf"\b({names})\.(half\(|(to|type)\()"))
    return _written(evidence, r"\.half\(\)|float16|set_default_dtype")


def _kind_of_number(cast: Place | None) -> Place | None:
    """Where the type that a cast names is written, for one that only names a constant."""
    for call in calls.calls_at(cast):
        for given in [*call.args, *(k.value for k in call.keywords)]:
            at = literals.origin(cast.file, given) if cast is not None else None
            if at is not None and re.search(r"float16|\bhalf\b", source.code(at)):
                return at
    return cast


def _made(place: Place | None, kind: str) -> Place | None:
    """Where a model of the script's own class is made: the call of the class, where the record has its constructor."""
    if place is None or place.function != "__init__":
        return place
    for call in source.nodes(place.file, ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == kind:
            return Place(place.file, call.lineno)
    return place


def _written(evidence: Evidence, pattern: str) -> Place | None:
    found = [
        node.lineno
        for node in source.nodes(evidence.script, ast.expr)
        if re.search(pattern, ast.unparse(node))
    ]
    return Place(evidence.script, min(found)) if found else None


def _uses_half(evidence: Evidence) -> bool:
    return any(
        op.kind == "op" and op.module and op.output is not None and op.output.dtype == _HALF
        for trace in evidence.training_traces
        for op in trace.ops
    )


def _scaled(trace: Trace) -> bool:
    """Whether backward starts from a large multiple of the loss, as a GradScaler makes it.

    A factor that weighs the loss, or a share of it for each part of a batch, is no scale: both are small.
    """
    root = trace.op(trace.root)
    if root is None or root.name not in ("mul", "__mul__", "__rmul__", "multiply") or root.output is None:
        return False
    made, given = root.output.maximum, next((i.output for i in trace.inputs(root) if trace.learns(i)), None)
    if made is None or given is None or not given.maximum:
        return True  # what cannot be told is taken for a scale
    return abs(made) >= _LEAST_SCALE * abs(given.maximum)


def _unscaled(evidence: Evidence) -> Iterator[Suspicion]:
    scaled = [_scaled(trace) for trace in evidence.training_traces]
    disabled = _disabled(evidence)
    place = disabled or _written(evidence, r"autocast\(")
    if not any(scaled):
        looked = [p for p in evidence.parameters.values() if reading.is_trained(evidence, p) and p.looked]
        lost = [p for p in looked if p.received < 0.5 * p.looked]
        if symptoms.fit(evidence).poor:
            yield Suspicion(
                place, 0.6 if lost else 0.3,
                [Row("trained tensors without a gradient in half of the steps", len(lost), f"of {len(looked)}")],
                "let the GradScaler scale: make it without enabled=False"
                if disabled is not None
                else "scale the loss (torch.amp.GradScaler): scaler.scale(loss).backward(), scaler.step(optimizer)",
                summary="gradients underflow in float16: the loss is not scaled",
                explains=[symptoms.NO_GRADIENT, symptoms.FLAT],
                trials=[Trial("the loss scaled by 65,536, gradients divided by it", {"kind": "scale"})],
            )  # fmt: skip
        return
    clip, unscale = (
        _written(evidence, r"^[\w.]*clip_grad_(norm|value)_\("),
        _written(evidence, r"\.unscale_\("),
    )
    steps = _written(evidence, r"^\w*scaler\.step\(")
    if clip is not None and unscale is None:
        yield Suspicion(
            clip, 0.9, [Row("calls of unscale_ before clipping", 0)],
            "call scaler.unscale_(optimizer) before the gradients are clipped",
            certain=True, summary="gradients are clipped while they are still scaled",
            explains=[symptoms.SLOW, symptoms.FLAT], metric="none",
        )  # fmt: skip
    elif steps is None and unscale is None:
        yield Suspicion(
            evidence.optimizers[0].step_place if evidence.optimizers else place, 0.9,
            [Row("calls of scaler.step", 0)],
            "call scaler.step(optimizer) and scaler.update() instead of optimizer.step()",
            certain=True, summary="gradients are scaled and never unscaled", explains=[symptoms.DIVERGES],
            metric="none",
        )  # fmt: skip


def _disabled(evidence: Evidence) -> Place | None:
    """The line of a GradScaler that the script asks to scale although nothing is scaled: it is made switched off."""
    used = _written(evidence, r"\.scale\(")
    return _written(evidence, r"\bGradScaler\(") if used is not None else None


class _Full(Listener):
    """Weights, inputs and targets in float32, and no autocast."""

    def __init__(self) -> None:
        import torch

        plain = torch.amp.autocast_mode.autocast.__init__

        def disabled(self: Any, *args: Any, **kwargs: Any) -> None:
            plain(self, *args, **kwargs)
            self._enabled = False

        torch.amp.autocast_mode.autocast.__init__ = disabled  # type: ignore[method-assign]

    def module_begin(self, event: ModuleCall) -> None:
        import torch

        if event.depth:
            return
        if any(p.dtype == torch.float16 for p in event.module.parameters()):
            event.module.float()
        event.args = tuple(
            a.float() if isinstance(a, torch.Tensor) and a.dtype == torch.float16 else a for a in event.args
        )

    def loss_begin(self, event: LossCall) -> None:
        import torch

        for name in ("input", "target"):
            tensor = getattr(event, name)
            if isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float16:
                setattr(event, name, tensor.float())


class _Scaled(Listener):
    """Gradients start from 65,536 instead of 1 and are divided by it before a step, as a GradScaler has it.

    The loss itself stays as it is, since both runs' losses are held against each other. A step whose gradients
    overflow is made without them, and the scale is halved.
    """

    def __init__(self) -> None:
        self.scale = _SCALE
        self._hooks: list[Any] = []

    def backward_begin(self, event: Backward) -> None:
        scale = self.scale
        for root in event.roots:
            if root.requires_grad:
                self._hooks.append(root.register_hook(lambda gradient: gradient * scale))

    def backward_end(self, event: Backward) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def gradients_ready(self, event: OptimizerEvent) -> None:
        held = [p for group in event.optimizer.param_groups for p in group["params"] if p.grad is not None]
        fine = all(bool(p.grad.isfinite().all()) for p in held)
        for parameter in held:
            parameter.grad = parameter.grad / self.scale if fine else None
        self.scale = self.scale if fine else self.scale / 2


def intervene(settings: dict[str, Any]) -> Listener:
    """The same without float16, or with a scaled loss."""
    return _Full() if settings["kind"] == "full" else _Scaled()
