"""Linear layers stacked with nothing between them are one linear layer.

What it sees:
    The output of one linear or convolution layer with trainable weights goes straight into another, without an
    activation or a product between them: averages and batch normalization are linear too, and so is an activation
    that gives what it is given, of both signs, as a leaky ReLU of slope 1.

Why learning fails:
    A product of matrices is a matrix: however deep, the model can only draw straight boundaries.

Example:
    nn.Sequential(nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 1))

Fix:
    Put nn.ReLU() (or another activation) between the layers.

Certainty:
    Suspected from the graph when a hidden layer of at least as many units as the narrower of its neighbours is
    affected (a narrower one is a low-rank factor, and meant); named when a run with ReLU in between is clearly better.

Look-alikes:
    Bottlenecks and low-rank factors, projections in attention, depthwise-separable convolutions, autoencoders that
    are linear on purpose.

References:
    Goodfellow, Bengio & Courville, Deep Learning, 2016, section 6.1
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import LINEAR, Op, Trace
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "model/no-nonlinearity", "warning", "forward", "linear layers are stacked with no activation between them"
)

_THROUGH = frozenset(
    [
        "dropout", "flatten", "view", "reshape", "squeeze", "unsqueeze", "transpose", "permute", "contiguous",
        "feature_dropout", "avg_pool1d", "avg_pool2d", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "batch_norm",
    ]
)  # fmt: skip


_PRODUCTS = frozenset(["matmul", "__matmul__", "mm", "addmm", "bmm"])  # their weights are [inputs, outputs]
_BENDS = frozenset(
    ["leaky_relu", "leaky_relu_", "prelu", "rrelu", "elu", "celu", "hardtanh", "threshold", "clamp", "clip"]
)  # fmt: skip


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Pairs of layers with nothing between them."""
    traces = evidence.training_traces
    trace = traces[1] if len(traces) > 1 else traces[0] if traces else None
    if trace is None or symptoms.fit(evidence).end < 0.02:
        return
    pairs = [
        (a, b)
        for b in trace.behind(trace.root)
        if _layer(trace, b)
        for a in [_before(trace, b)]
        if a is not None
    ]
    pairs = [(a, b) for a, b in pairs if _wide(trace, a, b)]
    if not pairs:
        return
    first, second = pairs[-1]
    idle = next(
        (op for op in reading.path_between(trace, first.number, second.number) if _is_idle(trace, op)), None
    )
    rows = [
        Row(
            f"pairs of linear layers with {'nothing' if idle is None else 'nothing that bends'} between them",
            len(pairs),
            f"as {first.module or first.name} and {second.module or second.name}",
        )
    ]
    place, fix = reading.after(evidence, first), "put an activation such as nn.ReLU() between them"
    if idle is not None:
        rows.append(Row(f"what {idle.name} gives", "what it is given, negative numbers too"))
        place, fix = idle.blame, f"use another activation, or another slope: this {idle.name} changes nothing"
    settings = {"shapes": [list(_weight(trace, a)) for a, _ in pairs]}
    yield Suspicion(
        place,
        0.6,
        rows,
        fix,
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[Trial("ReLU put between them", settings)],
        gain=0.25,
    )


def _layer(trace: Trace, op: Op) -> bool:
    return op.name in LINEAR and any(i.kind == "parameter" for i in trace.inputs(op))


def _before(trace: Trace, op: Op) -> Op | None:
    """The layer whose output this one is given as it is."""
    given = [i for i in trace.inputs(op) if i.kind == "op"]
    found = trace.origin(given[0], _THROUGH) if given else None
    while found is not None and (_adds_bias(trace, found) or _is_idle(trace, found)):
        inner = [i for i in trace.inputs(found) if i.kind == "op"]
        found = trace.origin(inner[0], _THROUGH) if inner else None
    if found is None or not _layer(trace, found):
        return None
    used = {o.number for o in trace.users(found.number)} & {o.number for o in trace.behind(trace.root)}
    return found if len(used) == 1 else None  # an activation whose result is thrown away counts for nothing


def _adds_bias(trace: Trace, op: Op) -> bool:
    return op.name in ("add", "__add__", "add_") and any(i.kind == "parameter" for i in trace.inputs(op))


def _is_idle(trace: Trace, op: Op) -> bool:
    """Whether an activation gives back what it is given, though that has both signs: a leaky ReLU of slope 1."""
    given = next((i.output for i in trace.inputs(op)), None)
    made = op.output
    if (
        op.name not in _BENDS
        or given is None
        or made is None
        or given.minimum is None
        or given.maximum is None
    ):
        return False
    both = given.minimum < 0 < given.maximum
    return both and (made.mean, made.std, made.minimum, made.maximum) == (
        given.mean, given.std, given.minimum, given.maximum,
    )  # fmt: skip


def _weight(trace: Trace, op: Op) -> list[int]:
    shapes = [i.output.shape for i in trace.inputs(op) if i.kind == "parameter" and i.output]
    return next((s for s in shapes if len(s) > 1), [])


def _wide(trace: Trace, first: Op, second: Op) -> bool:
    """Whether the layer between is no bottleneck."""
    a, b = _weight(trace, first), _weight(trace, second)
    if len(a) < 2 or len(b) < 2 or _groups(first) > 1:
        return False
    hidden, inputs = (a[1], a[0]) if first.name in _PRODUCTS else (a[0], a[1])
    outputs = b[1] if second.name in _PRODUCTS else b[0]
    return hidden >= min(inputs, outputs) and hidden > 1


def _groups(op: Op) -> int:
    """Into how many groups a convolution parts its channels; more than one in depthwise ones."""
    groups = op.arguments.get("groups", op.arguments.get("6", 1))
    return groups if isinstance(groups, int) else 1


class _Between(Listener):
    """ReLU behind every layer with one of these weight shapes."""

    def __init__(self, shapes: list[list[int]]) -> None:
        self.shapes = shapes

    def op_end(self, event: OpCall) -> None:
        import torch

        if event.name in LINEAR and isinstance(event.output, torch.Tensor):
            weights = [a for a in event.args if isinstance(a, torch.Tensor) and a.requires_grad and a.is_leaf]
            if any(list(w.shape) in self.shapes for w in weights):
                event.output = torch.relu(event.output)

    def op_begin(self, event: OpCall) -> None:
        """Heard so that operations stay visible."""


def intervene(settings: dict[str, Any]) -> Listener:
    """An activation between them."""
    return _Between(settings["shapes"])
