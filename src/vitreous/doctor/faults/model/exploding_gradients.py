"""Gradients grow through depth or time until the loss jumps or overflows.

What it sees:
    A recurrent network (or a layer applied many times) whose gradient norm jumps to twenty times its median, or
    overflows; or a network whose signal already grows from layer to layer before the first step: by a factor of
    three and more at the same operation, or by less in each of many layers and a hundredfold in all of them.

Why learning fails:
    Through many layers or time steps the same factor is multiplied again and again. Where it is above one, a small
    change of the weights multiplies the gradient by orders of magnitude, and one step throws away all that was
    learned.

Example:
    message = adjacency @ self.neighbours(h)      # a sum over some 18 neighbours, in each of four layers

Fix:
    Clip the gradient's norm before the step (`torch.nn.utils.clip_grad_norm_`); keep the signal's size the same
    in each layer: means instead of sums, normalization layers, a recurrence that does not grow.

    Where the script drew the weights itself, and half as large again or more as those that keep variance, so that the
    signal grows by them, the line that draws them is named; else that of the operation that grows.

Certainty:
    Named when training is poor and the run with the norm clipped at 1, or with the growing operation scaled back,
    loses at least 30% of the error (50% where training is middling). Twenty, three and a hundred are choices: an
    experiment follows them. A residual network whose branches keep the variance doubles it in each block (Zhang et al.
    2019): 14 blocks make a hundred-fold spread.

Look-alikes:
    optim/lr-too-high: the network is neither recurrent nor does its signal grow at the start. model/bad-init: it
    grows because the weights were drawn too large. data/not-normalized: the input is large to begin with.

References:
    Pascanu, Mikolov and Bengio 2013, https://proceedings.mlr.press/v28/pascanu13.html; Zhang, Dauphin and Ma 2019,
    https://arxiv.org/abs/1901.09321
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from vitreous.doctor import reading, symptoms, trainers
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.doctor.faults.model import bad_init
from vitreous.record.dataflow import LINEAR, Op, Trace
from vitreous.record.events import Listener, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("model/exploding-gradients", "error", "forward", "gradients grow through depth or time")

_GAIN = 0.3
_JUMP = 20.0
_GROWTH = 3.0
_TOTAL = 30.0
_WHOLE, _LAYERS = 100.0, 4  # times through all layers, and how many there must be
_DRAWN = 1.5  # times the weights that keep variance; the usual for relu are 1.41 times
_CLIPS = ("gradient_clip_val", "max_grad_norm", "clipnorm")
_OFTEN = 8  # uses of one parameter in one step: a recurrence written by hand
_RECURRENT = frozenset(
    ["lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"]
)
_SUMMING = frozenset(
    [
        "matmul",
        "__matmul__",
        "mm",
        "bmm",
        "sum",
        "index_add",
        "scatter_add",
        "add",
        "__add__",
        "mul",
        "__mul__",
        "einsum",
        "spmm",
        "cumsum",
    ]
)
_BOUNDED = frozenset(
    {"tanh", "sigmoid", "hardtanh", "hardsigmoid", "softsign", "erf", "sin", "cos", "softmax"}
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Growth at the start, or jumps of a recurrent network's gradient."""
    gain = symptoms.gain_needed(evidence, _GAIN)
    if gain is None or not evidence.training_traces:
        return
    trace = evidence.training_traces[0]
    grown = _growing(evidence, trace) or _growing_slowly(trace)
    if grown is not None:
        yield replace(_by_depth(evidence, trace, *grown), gain=gain)
        return
    jumps = _jumps(evidence)
    if jumps is not None and _is_recurrent(trace):
        yield replace(_by_time(evidence, jumps), gain=gain)


def _jumps(evidence: Evidence) -> float | None:
    """The largest gradient norm over the median; None where it stays near it."""
    norms = [step.gradient_norm for step in evidence.steps if step.gradient_norm is not None]
    if not all(math.isfinite(norm) for norm in norms):
        return math.inf  # as early as the second step, where the first was long enough
    positive = [norm for norm in norms if norm > 0]
    if len(positive) < 3:
        return None
    times = max(positive) / statistics.median(positive)
    return times if times >= _JUMP else None


def _is_recurrent(trace: Trace) -> bool:
    behind = trace.behind(trace.root)
    if any(op.name in _RECURRENT for op in behind):
        return True
    uses = Counter(
        number for op in behind for number in op.inputs if (i := trace.op(number)) and i.kind == "parameter"
    )
    return bool(uses) and max(uses.values()) >= _OFTEN


def _by_time(evidence: Evidence, jumps: float) -> Suspicion:
    optimizer = next((o for o in evidence.optimizers if o.steps), None)
    place = (optimizer.backward_place or optimizer.step_place) if optimizer else None
    if trainers.runs(place):
        place = trainers.setting(place, *_CLIPS) or trainers.configured(place) or place
    seen = Row("largest gradient norm", "not a number any more")
    if math.isfinite(jumps):
        seen = Row("largest gradient norm over the median", round_to(jumps), "times")
    return Suspicion(
        place, 0.7, [seen],
        "clip the gradient before the step: torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        summary="the gradient of the recurrent network explodes",
        explains=[symptoms.GRADIENTS_GROW, symptoms.SPIKES, symptoms.DIVERGES, symptoms.NOT_A_NUMBER],
        trials=[Trial("gradient norm clipped at 1", {"do": "clip"})],
    )  # fmt: skip


def _growing(evidence: Evidence, trace: Trace) -> tuple[Place, str, float, int] | None:
    """The line and operation where the signal grows again and again on its way through the model."""
    found: dict[tuple[str, int, str], list[float]] = {}
    places: dict[tuple[str, int, str], Place] = {}
    chains: dict[tuple[str, int, str], set[int]] = {}
    for op in trace.behind(trace.root):
        factor = _factor(trace, op)
        grows = op.name in _SUMMING and factor >= _GROWTH and not _totals(op)
        if grows and op.place is not None and _of_weights(evidence, trace, op):
            key = (op.place.file, op.place.line, op.name)
            if key not in chains:
                chains[key] = {behind.number for behind in trace.behind(op.number)}
            if op.number in chains[key]:  # not beside it, as two sums of one loss
                found.setdefault(key, []).append(factor)
                places[key] = op.place
    best = max(found, key=lambda key: math.prod(found[key]), default=None)
    if best is None or len(found[best]) < 2 or math.prod(found[best]) < _TOTAL:
        return None
    return places[best], best[2], statistics.geometric_mean(found[best]), len(found[best])


def _totals(op: Op) -> bool:
    """Whether it is the sum of all that a sample has, as in a loss: no layer goes on from there."""
    return op.name == "sum" and op.output is not None and len(op.output.shape) < 2


def _of_weights(evidence: Evidence, trace: Trace, op: Op) -> bool:
    """Whether a result hangs on weights, and not only on inputs that a gradient is asked for, as in physics."""
    keys = {behind.parameter for behind in trace.behind(op.number) if behind.kind == "parameter"}
    known = [evidence.parameters[key] for key in keys if key in evidence.parameters]
    return any(not parameter.asked for parameter in known)


def _growing_slowly(trace: Trace) -> tuple[Place, str, float, int] | None:
    """The same for growth that is small in each layer: from its first result to its last, at one line, step by step."""
    found: dict[tuple[Place, str], list[Op]] = {}
    for op in reversed(trace.behind(trace.root)):
        if op.kind == "op" and op.place is not None and op.output is not None and op.output.std:
            found.setdefault((op.place, op.name), []).append(op)
    best: tuple[float, bool, Place, str, int] | None = None
    for (place, name), ops in found.items():
        if len(ops) < _LAYERS or ops[-1].output is None:
            continue
        before = {op.number for op in trace.behind(ops[-1].number)}
        row = [op for op in ops if op.number in before and op.output.shape == ops[-1].output.shape]  # type: ignore[union-attr]
        sizes = [op.output.std for op in row if op.output is not None and op.output.std]
        rises = sum(b > a for a, b in pairwise(sizes))
        whole = sizes[-1] / sizes[0]
        if len(sizes) < _LAYERS or whole < _WHOLE or rises < 0.8 * (len(sizes) - 1):
            continue
        # what is added up carries the growth; the layers around it only see it
        candidate = (whole ** (1 / (len(sizes) - 1)), name in _SUMMING, place, name, len(sizes))
        if best is None or (candidate[1], whole) > (best[1], best[0] ** (best[4] - 1)):
            best = candidate
    return (best[2], best[3], best[0], best[4]) if best is not None else None


def _factor(trace: Trace, op: Op) -> float:
    """How much larger a result is than the learned input it was made from; weights are no input."""
    if op.output is None or op.output.std is None:
        return 0.0
    inputs = [
        i
        for i in trace.inputs(op)
        if i.kind == "op" and trace.learns(i) and i.output is not None and i.output.std
    ]
    if any(i.kind == "parameter" for i in trace.inputs(op)) and op.name in LINEAR:
        return 0.0  # a layer's own weights: model/bad-init
    users = trace.users(op.number)
    if users and all(user.name.rstrip("_") in _BOUNDED for user in users):
        return 0.0  # it grows no further: model/saturated-units
    sizes = [i.output.std for i in inputs if i.output is not None and i.output.std]
    return op.output.std / max(sizes) if sizes else 0.0


def _by_depth(
    evidence: Evidence, trace: Trace, place: Place, name: str, factor: float, times: int
) -> Suspicion:
    norm = next((s.gradient_norm for s in evidence.steps if s.gradient_norm is not None), None)
    rows = [
        Row(f"growth at each {name.strip('_')}", round_to(factor), "times", trace.step),
        Row("in layers", times),
    ]
    if norm is not None:
        rows.append(Row("gradient norm at the first step", round_to(norm)))
    drawn = _drawn_large(evidence, trace, place, name, factor)
    if drawn is not None:
        rows.append(
            Row("what its weights make of a signal of size 1 (1 keeps it)", round_to(drawn[1]), "times")
        )
    settings = {"do": "scale", "file": place.file, "line": place.line, "name": name, "factor": factor}
    return Suspicion(
        drawn[0] if drawn is not None else place, 0.75, rows,
        "draw the weights smaller, so that they keep the signal's size: gain 1 through a recurrence or many layers"
        if drawn is not None
        else "keep the signal's size: a mean instead of a sum, a normalization layer, or a division by the number of "
        "terms",
        summary=f"the signal grows {factor:.2g} times in each of {times} layers",
        explains=[
            symptoms.GRADIENTS_GROW, symptoms.SPIKES, symptoms.DIVERGES, symptoms.NOT_A_NUMBER, symptoms.ONE_CLASS,
        ],
        trials=[
            Trial(f"the result of {name.strip('_')} divided by {factor:.3g}", settings),
            Trial("gradient norm clipped at 1", {"do": "clip"}),
        ],
    )  # fmt: skip


def _drawn_large(
    evidence: Evidence, trace: Trace, place: Place, name: str, factor: float
) -> tuple[Place, float] | None:
    """Where the script drew the weights that the growth comes from, and how large; None where it is not from these.

    They are multiplied with at least once for every two of the results that grow, and make the larger part of it.
    """
    row = [op for op in trace.behind(trace.root) if op.place == place and op.name == name]
    if len(row) < 2:
        return None
    found: dict[Place, list[float]] = {}
    for op in reading.path_between(trace, row[-1].number, row[0].number):
        given = trace.inputs(op)
        weights = [evidence.parameters.get(i.parameter or "") for i in given if i.kind == "parameter"]
        sizes = [i.output.std for i in given if i.kind == "op" and i.output is not None and i.output.std]
        if op.name not in LINEAR or not sizes or op.output is None or op.output.std is None:
            continue
        for facts in weights:
            size = bad_init.scale(facts) if facts is not None else None
            at = reading.drawn_at(evidence, facts) if facts is not None and facts.filled_place else None
            by_script = at is not None and facts is not None and at != facts.place
            if at is not None and by_script and size is not None and size >= _DRAWN:
                larger = op.output.std / max(sizes) >= max(1.0, factor) ** 0.5
                found.setdefault(at, []).extend([size] if larger else [])
    at = max(found, key=lambda one: len(found[one]), default=None)
    if at is None or 2 * len(found[at]) < len(row) - 1:
        return None
    return at, statistics.median(found[at])


class _Clip(Listener):
    """Clips the norm of an optimizer's gradients before its step."""

    def gradients_ready(self, event: OptimizerEvent) -> None:
        from torch.nn.utils import clip_grad_norm_

        clip_grad_norm_([p for group in event.optimizer.param_groups for p in group["params"]], 1.0)


class _Scale(Listener):
    """Divides the result of one operation at one line."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def op_begin(self, event: OpCall) -> None:
        """Nothing; being here keeps operations visible for the whole run."""

    def op_end(self, event: OpCall) -> None:
        place, wanted = (event.places[0] if event.places else None), self.settings
        if (
            event.name == wanted["name"]
            and place
            and (place.file, place.line) == (wanted["file"], wanted["line"])
        ):
            event.output = event.output / wanted["factor"]


def intervene(settings: dict[str, Any]) -> Listener:
    """Holds the gradient, or the signal."""
    return _Clip() if settings["do"] == "clip" else _Scale(settings)
