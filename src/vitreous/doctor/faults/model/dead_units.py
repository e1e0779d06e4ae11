"""Most units of a layer are zero for every input, and so get no gradient.

What it sees:
    In the last recorded steps at least 90% of the outputs of a ReLU (or of a shrinking activation) are zero, or all of
    them, and training is poor.

Why learning fails:
    Where ReLU is zero so is its slope: a unit that is zero for every sample of the data never gets a gradient again.

Example:
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), …)      # after one step with lr=10

Fix:
    Lower the learning rate, remove a large negative bias, or use LeakyReLU or GELU; lower a threshold.

Certainty:
    Suspected from a share of 90% of zeros on, when training is poor; named when a run with LeakyReLU in the same place,
    with a tenth of the threshold, or with biases started at zero (where they start below -1) restores learning.

Look-alikes:
    Sparse activations that work: training is good there, and nothing is reported. A learning rate that kills units
    is optim/lr-too-high, and is proven as that.

References:
    Maas, Hannun & Ng 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, source, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import LINEAR, Op, Trace
from vitreous.record.events import Listener, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault(
    "model/dead-units",
    "error",
    "forward",
    "most units of a layer are zero for every input",
    symptom=symptoms.DEAD_UNITS,
)

_RECTIFIERS = ("relu", "relu_", "relu6", "hardtanh")
_SHRINKERS = ("softshrink", "hardshrink")
_DEAD = 0.9
_LOW = -1.0  # PyTorch's own biases lie within 1/sqrt(inputs) of zero


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Units of the last recorded steps."""
    if not symptoms.fit(evidence).poor:
        return
    dead: dict[Any, tuple[Trace, Op, float]] = {}
    for trace in evidence.training_traces[-3:]:
        for op in trace.behind(trace.root):
            zeros = (
                op.output.zeros if op.output and op.name in _RECTIFIERS + _SHRINKERS and op.place else None
            )
            if zeros is not None and zeros >= _DEAD:
                dead[op.blame, op.module] = (trace, op, zeros)
    if not dead:
        return
    # of the deadest layers the first: those behind it are given nothing but zeros
    trace, op, zeros = max(dead.values(), key=lambda found: (round(found[2], 2), -found[1].number))
    biases = _low_biases(evidence, trace, op)
    shrinks = op.name in _SHRINKERS
    rows = [
        Row(
            f"outputs of {op.module or 'the activation'} that are zero",
            round_to(100 * zeros),
            "%",
            trace.step,
        ),
        Row("layers with 90% zeros or more", len(dead)),
    ]
    trials = [Trial("ReLU replaced by LeakyReLU", {"do": "leak"})]
    place, fix = op.blame, "lower the learning rate or the biases, or use nn.LeakyReLU"
    if shrinks:
        trials = [Trial("a tenth of the threshold", {"do": "shrink less"})]
        place, fix = _threshold(op), "lower the threshold: nothing passes it"
    elif biases:
        bias = biases[0]
        rows.append(Row("largest bias in front of it at the start", round_to(_largest(bias) or 0.0)))
        trials.append(
            Trial("those biases started at zero", {"do": "biases", "at": _numbered(evidence, biases)})
        )
        place, fix = reading.drawn_at(evidence, bias) or op.blame, "start the biases of hidden layers at zero"
    yield Suspicion(
        place, 0.65 if biases or shrinks else 0.55, rows, fix, explains=[symptoms.FLAT, symptoms.NO_GRADIENT],
        trials=trials, gain=0.4,
    )  # fmt: skip


def _low_biases(evidence: Evidence, trace: Trace, op: Op) -> list[ParameterFacts]:
    """The biases in front of all such activations that begin so low that hardly anything exceeds them."""
    found = []
    for unit in trace.behind(trace.root):
        if unit.name == op.name:
            waiting, seen = trace.inputs(unit), 0
            while waiting and seen < 6:
                current, seen = waiting.pop(0), seen + 1
                for given in trace.inputs(current):
                    facts = evidence.parameters.get(given.parameter or "")
                    if facts is not None and len(facts.shape) == 1 and (_largest(facts) or 0.0) <= _LOW:
                        found.append(facts)
                    elif given.kind == "op" and current.name not in LINEAR:
                        waiting.append(given)
    return sorted(found, key=lambda facts: facts.key)


def _largest(facts: ParameterFacts) -> float | None:
    return facts.first.maximum if facts.first is not None else None


def _numbered(evidence: Evidence, parameters: list[ParameterFacts]) -> list[list[int]]:
    """Parameters as [optimizer, place in it]: what another run can find again."""
    return [
        [number, optimizer.parameters.index(facts.key)]
        for facts in parameters
        for number, optimizer in enumerate(evidence.optimizers)
        if facts.key in optimizer.parameters
    ]


def _threshold(op: Op) -> Place | None:
    """Where the threshold of a shrinking activation is written down."""
    place = op.blame
    given = source.argument(place, ["lambd"], 0 if op.builtin else 1, "shrink") or source.argument(
        place, ["lambd"], 0 if op.builtin else 1, "Shrink"
    )
    return (source.origin(place.file, given) if place is not None and given is not None else None) or place


class _Leaky(Listener):
    """ReLU with a slope of 0.01 below zero, or a threshold of a tenth."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def op_begin(self, event: OpCall) -> None:
        import torch

        functional = torch.nn.functional
        if event.name not in self.names or event.name == "hardtanh":
            return
        if event.name in _RECTIFIERS:
            event.replace(functional.leaky_relu(event.args[0], 0.01))
        else:
            given = event.args[1] if len(event.args) > 1 else event.kwargs.get("lambd", 0.5)
            event.args, event.kwargs = (event.args[0], given / 10), {}


class _Biases(Listener):
    """Sets biases to zero as soon as their optimizer is made."""

    def __init__(self, at: list[list[int]]) -> None:
        self.at = at
        self._count = 0

    def optimizer_made(self, event: OptimizerEvent) -> None:
        held = [p for group in event.optimizer.param_groups for p in group["params"]]
        for number, index in self.at:
            if number == self._count and index < len(held):
                held[index].data.zero_()
        self._count += 1


def intervene(settings: dict[str, Any]) -> Listener:
    """Units that cannot die, or that are alive at the start."""
    if settings["do"] == "biases":
        return _Biases(settings["at"])
    return _Leaky(_RECTIFIERS if settings["do"] == "leak" else _SHRINKERS)
