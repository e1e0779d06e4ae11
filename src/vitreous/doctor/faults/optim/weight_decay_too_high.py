"""The penalty on weights outweighs the loss.

What it sees:
    An optimizer with weight decay, or a loss to which norms of parameters are added, in a run whose training
    stays poor.

Why learning fails:
    Weight decay pulls every weight towards zero at each step. Where its pull is stronger than that of the data,
    the best the optimizer can do is a model that says the same for every input.

Example:
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.5)

Fix:
    Take 1e-5 to 1e-3 as L2 penalty (SGD, Adam), about 1e-2 with AdamW, or none; tune it on validation data.

Certainty:
    Named when the same run without the penalty loses at least 30% of the training error. Penalties below 1e-4
    (AdamW: 0.05, five times its default) are not tried.

Look-alikes:
    model/too-small and train/dropout-too-high cannot fit either; only here does the penalty's removal help.

References:
    https://arxiv.org/abs/1711.05101, https://github.com/BVLC/caffe/issues/1396
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, source, symptoms
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.differences import left_by_step
from vitreous.doctor.fault import Fault, Metric, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "optim/weight-decay-too-high",
    "warning",
    "optimizer",
    "the penalty on weights outweighs the loss",
    settings=("optimizer__weight_decay", "weight_decay", "kernel_regularizer"),
)

_LEAST = 1e-4
_GAIN = 0.3
_LEAST_DECOUPLED = 0.05
_DECOUPLED = frozenset(["AdamW", "NAdamW", "Lion", "Muon"])
_NORMS = frozenset(["abs", "norm", "pow", "__pow__", "square", "sum", "vector_norm", "mul", "__mul__"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each penalty that is large enough to matter, where training stays poor."""
    gain = symptoms.gain_needed(evidence, _GAIN)
    if gain is None:
        return
    # Without a penalty training always fits better; whether that is good, evaluation tells.
    metric: Metric = "evaluation loss" if is_evaluated(evidence) else "fit"
    for number, optimizer in enumerate(evidence.optimizers):
        decay = max((float(group.get("weight_decay") or 0.0) for group in optimizer.groups), default=0.0)
        if optimizer.steps and decay >= (_LEAST_DECOUPLED if optimizer.kind in _DECOUPLED else _LEAST):
            yield _of_optimizer(evidence, number, decay, gain, metric)
    yield from _in_loss(evidence, gain, metric)


def _of_optimizer(evidence: Evidence, number: int, decay: float, gain: float, metric: Metric) -> Suspicion:
    optimizer = evidence.optimizers[number]
    place = literals.option(optimizer.place, ("weight_decay",), decay, None, optimizer.kind)
    rows = [Row("weight decay", decay), *_shrunken(evidence)]
    return Suspicion(
        place, 0.7 if decay >= 0.01 else 0.35, rows,
        f"lower weight_decay of {optimizer.kind} to 1e-4 or less, or leave it out",
        summary=f"weight decay {decay:g} outweighs the loss",
        explains=[symptoms.FLAT, symptoms.ONE_CLASS],
        trials=[Trial("weight decay set to 0", {"optimizer": number})], gain=gain, metric=metric,
    )  # fmt: skip


def _shrunken(evidence: Evidence) -> list[Row]:
    """How far the spread of the weights fell."""
    falls = [
        facts.last.std / facts.first.std
        for facts in evidence.parameters.values()
        if len(facts.shape) > 1
        and facts.first
        and facts.last
        and facts.first.std
        and facts.last.std is not None
    ]
    return (
        [Row("spread of a weight matrix, last over first, smallest", round_to(min(falls)))] if falls else []
    )


def _in_loss(evidence: Evidence, gain: float, metric: Metric) -> Iterator[Suspicion]:
    """A penalty written into the loss: norms of parameters that depend on no data."""
    for trace in evidence.training_traces[:3]:
        norms = [op for op in trace.behind(trace.root) if _is_norm(trace, op)]
        if not norms or norms[0].place is None:
            continue
        lines = {
            op.place.line for op in norms if op.place is not None and op.place.file == norms[0].place.file
        }
        yield Suspicion(
            _strength(norms[0]),
            0.6,
            [Row("parameters in the penalty", len(norms)), *_shrunken(evidence)],
            "lower the factor of the penalty",
            summary="the penalty that is added to the loss outweighs it",
            explains=[symptoms.FLAT, symptoms.ONE_CLASS],
            trials=[Trial("the penalty left out", {"file": norms[0].place.file, "lines": sorted(lines)})],
            # the loss without its penalty is smaller in any case: only the error of predictions counts
            metric=metric
            if metric != "fit" or evidence.errors
            else "left"
            if left_by_step(evidence)
            else "none",
            gain=gain,
        )
        return


def _is_norm(trace: Trace, op: Op) -> bool:
    inputs = trace.inputs(op)
    return (
        op.name in _NORMS
        and not op.module_kind
        and bool(inputs)
        and all(i.kind == "parameter" for i in inputs)
    )


def _strength(op: Op) -> Place | None:
    """Where the factor of a penalty was set: the number that multiplies it, at its line or where that is called."""
    for place in [op.place, *op.stack]:
        statement = source.statement(place)
        if place is None or statement is None:
            continue
        products = [n for n in ast.walk(statement) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult)]
        for node in [*products, *_products_of(place)]:
            for side in (node.left, node.right):
                if isinstance(side, (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)):
                    found = literals.origin(place.file, side)
                    if found is not None and literals.has_fraction(found):
                        return found
    return op.place


def _products_of(place: Place) -> Iterator[ast.BinOp]:
    """The products, in the same function, of what a line gives a name."""
    names, function = set(source.targets(place)), source.functions(place)[-1:]
    for node in source.nodes(place.file, ast.BinOp):
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult) or node.lineno <= place.line:
            continue
        sides = {side.id for side in (node.left, node.right) if isinstance(side, ast.Name)}
        if sides & names and source.functions(Place(place.file, node.lineno))[-1:] == function:
            yield node


class _NoDecay(Listener):
    """Sets weight decay to 0 for each step."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._optimizers: list[Any] = []
        self._before: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def step_begin(self, event: OptimizerEvent) -> None:
        if self._is_meant(event.optimizer):
            self._before = [group.get("weight_decay") for group in event.optimizer.param_groups]
            for group in event.optimizer.param_groups:
                group["weight_decay"] = 0.0

    def step_end(self, event: OptimizerEvent) -> None:
        if self._is_meant(event.optimizer):
            for group, decay in zip(event.optimizer.param_groups, self._before, strict=False):
                group["weight_decay"] = decay

    def _is_meant(self, optimizer: Any) -> bool:
        return len(self._optimizers) > self.number and self._optimizers[self.number] is optimizer


class _NoPenalty(Listener):
    """Makes what is computed from a parameter alone, at the lines of the penalty, zero."""

    def __init__(self, file: str, lines: list[int]) -> None:
        self.file, self.lines = file, frozenset(lines)

    def op_end(self, event: OpCall) -> None:
        import torch

        place = event.places[0] if event.places else None
        given = [a for a in event.args if isinstance(a, torch.Tensor)]
        alone = bool(given) and all(t.is_leaf and t.requires_grad for t in given)
        if alone and event.name in _NORMS and place and place.file == self.file and place.line in self.lines:
            event.output = event.output * 0.0

    def op_begin(self, event: OpCall) -> None:
        """Nothing; being here keeps operations visible for the whole run."""


def intervene(settings: dict[str, Any]) -> Listener:
    """Removes the penalty."""
    if "lines" in settings:
        return _NoPenalty(settings["file"], settings["lines"])
    return _NoDecay(settings["optimizer"])
