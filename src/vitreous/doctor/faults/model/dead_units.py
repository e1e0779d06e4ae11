"""Most units of a ReLU layer are zero for every input, and so get no gradient.

What it sees:
    In the last recorded steps at least 90% of a ReLU's outputs are zero, or all of them, and training is poor.

Why learning fails:
    Where ReLU is zero so is its slope: a unit that is zero for every sample of the data never gets a gradient again.

Example:
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), …)      # after one step with lr=10

Fix:
    Lower the learning rate, remove a large negative bias, or use LeakyReLU or GELU.

Certainty:
    Suspected from a share of 90% of zeros on, when training is poor; named when a run with LeakyReLU in the same place
    restores learning.

Look-alikes:
    Sparse activations that work: training is good there, and nothing is reported. A learning rate that kills units
    is optim/lr-too-high, and is proven as that.

References:
    Maas, Hannun & Ng 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "model/dead-units",
    "error",
    "forward",
    "most units of a layer are zero for every input",
    symptom=symptoms.DEAD_UNITS,
)

_NAMES = ("relu", "relu_", "relu6", "hardtanh")
_DEAD = 0.9


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """ReLUs of the last recorded steps."""
    if not symptoms.fit(evidence).poor:
        return
    dead: dict[Any, tuple[Any, int]] = {}
    for trace in evidence.training_traces[-3:]:
        for op in trace.behind(trace.root):
            zeros = op.output.zeros if op.output and op.name in _NAMES and op.place else None
            if zeros is not None and zeros >= _DEAD:
                dead[op.blame, op.module] = (op, trace.step)
    if not dead:
        return
    op, step = max(dead.values(), key=lambda pair: pair[0].output.zeros)
    name = op.module or "the activation"
    rows = [
        Row(f"outputs of {name} that are zero", round_to(100 * op.output.zeros), "%", step),
        Row("layers with 90% zeros or more", len(dead)),
    ]
    yield Suspicion(
        op.blame,
        0.55,
        rows,
        "lower the learning rate or the biases, or use nn.LeakyReLU",
        explains=[symptoms.FLAT, symptoms.NO_GRADIENT],
        trials=[Trial("ReLU replaced by LeakyReLU", {})],
        gain=0.4,
    )


class _Leaky(Listener):
    """ReLU with a slope of 0.01 below zero."""

    def op_begin(self, event: OpCall) -> None:
        import torch

        if event.name in ("relu", "relu_", "relu6"):
            event.replace(torch.nn.functional.leaky_relu(event.args[0], 0.01))


def intervene(settings: dict[str, Any]) -> Listener:
    """Units that cannot die."""
    return _Leaky()
