"""Sigmoid or tanh units stuck at their limits, where their slope is almost zero.

What it sees:
    In recorded steps most outputs of a sigmoid or tanh inside the model are within 1% of its limits, and training is
    poor.

Why learning fails:
    The slope at 0.99 is below 4% of the middle's, so gradients that come back through such units nearly vanish: what
    lies in front of them hardly learns.

Example:
    h = torch.tanh(x @ (2 * torch.randn(100, 100)))

Fix:
    Start with weights scaled by 1/sqrt(fan_in), standardize the inputs, or use ReLU or normalization layers.

Certainty:
    Suspected from half of the outputs on, at the start of training; named when a run in which the activation's input
    is brought to unit scale restores learning.

Look-alikes:
    The last sigmoid of a good classifier is saturated because it is sure; only units inside the model count. Gates of
    LSTMs open and close by design; they are not looked at.

References:
    Glorot & Bengio 2010, http://proceedings.mlr.press/v9/glorot10a.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import LINEAR
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "model/saturated-units",
    "error",
    "forward",
    "sigmoid or tanh units are stuck at their limits",
    symptom=symptoms.SATURATED,
)

_NAMES = ("tanh", "sigmoid", "tanh_", "sigmoid_")
_SPREAD = {
    "tanh": 3.0,
    "sigmoid": 6.0,
}  # a standard deviation of the input from which half of it is at the limits


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Saturating operations between two linear ones, in the first recorded steps."""
    if not symptoms.fit(evidence).poor:
        return
    seen = set()
    for trace in evidence.training_traces[:4]:
        for op in trace.behind(trace.root):
            if op.name not in _NAMES or op.blame is None or op.blame in seen or not op.inputs:
                continue
            given = trace.inputs(op)[0].output
            users = trace.users(op.number)
            inside = any(u.name in LINEAR or u.name in ("batch_norm", "dropout", "flatten") for u in users)
            limit = _SPREAD[op.name.strip("_")]
            if given is None or given.std is None or given.std < limit or not inside:
                continue
            seen.add(op.blame)
            weight = _weight_place(evidence, trace, op)
            rows = [
                Row(
                    f"input of {op.name}: standard deviation", round_to(given.std), "(1 is usual)", trace.step
                ),
                Row(
                    "its range",
                    f"{round_to(given.minimum or 0)} to {round_to(given.maximum or 0)}",
                    "",
                    trace.step,
                ),
            ]
            yield Suspicion(
                weight or op.blame,
                0.6,
                rows,
                "scale the weights in front of it by 1/sqrt(fan_in), standardize the inputs, or normalize in between",
                explains=[symptoms.GRADIENTS_VANISH, symptoms.SLOW],
                trials=[Trial(f"the input of {op.name} brought to unit scale", {"name": op.name})],
                gain=0.4,
            )


def _weight_place(evidence: Evidence, trace: Any, op: Any) -> Any:
    """Where the weights in front of the activation were made."""
    for before in trace.behind(op.number)[1:8]:
        if (
            before.kind == "parameter"
            and before.parameter in evidence.parameters
            and len(before.output.shape) > 1
        ):
            return evidence.parameters[before.parameter].place
    return reading.trained_input(evidence) and None


class _Unit(Listener):
    """Divides the inputs of saturating operations by their spread where it is large."""

    def __init__(self, name: str) -> None:
        self.name = name

    def op_begin(self, event: OpCall) -> None:
        if event.name == self.name and event.args:
            given = event.args[0]
            spread = given.detach().std()
            if given.numel() > 1 and float(spread) > 1.5:
                event.args = (given / spread, *event.args[1:])


def intervene(settings: dict[str, Any]) -> Listener:
    """Units in their middle."""
    return _Unit(settings["name"])
