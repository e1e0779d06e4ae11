"""Weights start all equal, all zero, or at a scale that kills or explodes the signal.

What it sees:
    At the first step, weight matrices whose elements are all the same, or whose standard deviation times the square
    root of the layer's inputs is far from 1; or whose mean times the inputs is, as of numbers between 0 and 1.

Why learning fails:
    Equal weights get equal gradients for ever, so a layer is as good as one unit. Too small weights lose the signal
    layer by layer; too large ones saturate what follows, or overflow.

Example:
    for p in model.parameters():
        nn.init.zeros_(p)

Fix:
    Leave PyTorch's initialization, or use `nn.init.kaiming_normal_` (ReLU) or `xavier_uniform_` (tanh, sigmoid).

Certainty:
    Equal weights, and scales below 0.1 or above 4 (PyTorch's own is 0.58), are suspected where training is poor,
    whether an optimizer or the program itself updates them, and
    named when a run with weights of the usual scale loses at least 40% of the error (50% where training is middling).

Look-alikes:
    A last layer that starts at zero on purpose (residual branches, adapters) trains well and is not reported.

References:
    Glorot & Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html; He et al. 2015, https://arxiv.org/abs/1502.01852
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vitreous.doctor import reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Backward, Listener, ModuleCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts

FAULT = Fault(
    "model/bad-init", "error", "forward", "weights start at values from which the model cannot learn"
)

_SMALL, _LARGE = 0.1, 4.0
_GAIN = 0.4
_ROUNDING = 1e-6  # of the mean: what is left of the spread of equal numbers
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1, "LSTMCell": 4, "GRUCell": 3, "RNNCell": 1}
_TABLES = ("Embedding", "EmbeddingBag")
_PICKS = frozenset({"__getitem__", "index_select", "embedding"})
_LEFT_OUT = (
    "LayerNorm",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "GroupNorm",
    "RMSNorm",
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Weights of a program that trains badly."""
    gain = symptoms.gain_needed(evidence, _GAIN)
    if gain is None:
        return
    found: dict[str, list[ParameterFacts]] = {"equal": [], "small": [], "large": []}
    tables = _looked_up(evidence)
    for parameter in evidence.parameters.values():
        if parameter.key in tables:
            parameter = replace(parameter, kind=_TABLES[0])
        how = scale(parameter)
        if how is None or not _is_asked(parameter.kind, parameter.shape, how):
            continue
        if not reading.is_trained(evidence, parameter):
            continue
        if how == 0:
            found["equal"].append(parameter)
        elif how < _SMALL:
            found["small"].append(parameter)
        elif how > _LARGE:
            found["large"].append(parameter)
    for kind, parameters in found.items():
        if parameters:
            yield _suspicion(evidence, kind, parameters, gain, [tables[key] for key in sorted(tables)])


def _looked_up(evidence: Evidence) -> dict[str, list[int]]:
    """Tensors that no layer holds and whose rows are picked: tables of embeddings; their shapes by key."""
    bare = {p.key: p.shape for p in evidence.parameters.values() if not p.kind and len(p.shape) == 2}
    found = {}
    for trace in evidence.training_traces[:1]:
        for op in trace.ops:
            shape, users = bare.get(op.parameter or ""), trace.users(op.number)
            if shape and users and all(u.name in _PICKS and u.inputs[0] == op.number for u in users):
                found[op.parameter or ""] = shape
    return found


def _is_asked(kind: str, shape: list[int], how: float) -> bool:
    """Normalizations begin at one on purpose, and small tables of embeddings are right; equal and huge ones are not."""
    if kind in _TABLES:
        return shape[1] > 1 and (how == 0 or how > _LARGE)
    return kind not in _LEFT_OUT


def scale(parameter: ParameterFacts) -> float | None:
    """The first standard deviation times the root of the fan-in, 1 where variance is kept; None for no matrix.

    Of weights mostly of one sign it is their mean times the fan-in, where that is more: their sum does not cancel.
    """
    if parameter.first is None or parameter.first.std is None or len(parameter.shape) < 2:
        return None
    if parameter.shape[0] == 1 or (parameter.first.std == 0 and _elements(parameter.shape) < 4):
        return None
    if parameter.first.std <= _ROUNDING * abs(parameter.first.mean or 0.0):
        return 0.0
    return _size(parameter.first.std, parameter.first.mean or 0.0, _fan_in(parameter.kind, parameter.shape))


def _size(std: float, mean: float, fan_in: int) -> float:
    return float(max(std * fan_in**0.5, abs(mean) * fan_in))


def _fan_in(kind: str, shape: list[int]) -> int:
    """How many terms a sum has; recurrent layers of PyTorch draw all their weights by the size of their state."""
    if not kind:
        return shape[0]  # a bare tensor, used as x @ W
    if kind in _TABLES:
        return 1  # a row is looked up, nothing is summed
    terms = _elements(shape[1:])
    return max(terms, shape[0] // _GATES[kind]) if kind in _GATES else terms


def _elements(shape: list[int]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _suspicion(
    evidence: Evidence, kind: str, parameters: list[ParameterFacts], gain: float, tables: list[list[int]]
) -> Suspicion:
    first = parameters[0]
    said = first.first
    rows = [
        Row(
            f"weights that start {'all equal' if kind == 'equal' else 'too ' + kind}",
            len(parameters),
            f"as {first.name}",
        )
    ]
    if said is not None and said.std is not None:
        rows.append(
            Row("their mean and standard deviation", [round_to(said.mean or 0.0), round_to(said.std)])
        )
        rows.append(
            Row("what they make of a signal of size 1 (1 keeps it)", round_to(scale(first) or 0.0), "times")
        )
    return Suspicion(
        reading.drawn_at(evidence, first),
        0.8 if kind == "equal" else 0.7,
        rows,
        "leave PyTorch's initialization, or use nn.init.kaiming_normal_ / xavier_uniform_"
        if first.kind
        else "scale the random weights by 1/sqrt(fan_in)",
        explains=[
            symptoms.SATURATED,
            symptoms.DEAD_UNITS,
            symptoms.GRADIENTS_VANISH,
            symptoms.FLAT,
            symptoms.SPIKES,
            symptoms.NOT_A_NUMBER,
        ],
        trials=[Trial("weights started at the usual scale", {"tables": tables})],
        gain=gain,
    )


class _Restart(Listener):
    """Draws the weights in question again, at the usual scale, before the first step with them.

    Layers that the program puts into its model later are new then; what is known is trained and left alone.
    """

    def __init__(self, tables: list[list[int]]) -> None:
        self.tables = tables
        self._done = False
        self._known: dict[int, Any] = {}

    def optimizer_made(self, event: OptimizerEvent) -> None:
        bare = [p for group in event.optimizer.param_groups for p in group["params"]]
        import torch

        if not any(isinstance(p, torch.nn.Parameter) for p in bare):
            self._done = True
            self._restart(bare, "")

    def module_begin(self, event: ModuleCall) -> None:
        if event.depth or (self._done and not self._known):
            return
        if all(id(parameter) in self._known for parameter in event.module.parameters()):
            return
        self._done = True
        for module in event.module.modules():
            own = [p for p in module.parameters(recurse=False) if id(p) not in self._known]
            self._restart(own, type(module).__name__)
        self._known |= {id(parameter): parameter for parameter in event.module.parameters()}

    def backward_begin(self, event: Backward) -> None:
        """Tensors that no module and no optimizer hold are known by the first loss; its gradient is that of the new."""
        from vitreous.record.notes.steps import graph_leaves

        if not self._done:
            self._done = True
            self._restart(graph_leaves(event.roots), "")

    def _restart(self, parameters: list[Any], kind: str) -> None:
        import torch

        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for parameter in parameters:
                if parameter.ndim < 2:
                    continue
                shape = list(parameter.shape)
                held = _TABLES[0] if not kind and shape in self.tables else kind
                fan_in = _fan_in(held, shape)
                size = _size(float(parameter.std(correction=0)), float(parameter.mean()), fan_in)
                if not _SMALL <= size <= _LARGE and _is_asked(held, shape, size):
                    width = shape[1] if held in _TABLES else fan_in  # so that a sum over a row is about 1
                    drawn = torch.randn(parameter.shape, generator=generator) / width**0.5
                    # what was computed with it may be waiting for backward
                    parameter.data.copy_(drawn.to(parameter))


def intervene(settings: dict[str, Any]) -> Listener:
    """Usual weights."""
    return _Restart(settings["tables"])
