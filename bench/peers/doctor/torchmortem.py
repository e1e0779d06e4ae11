"""torchmortem: ``Autopsy(model, optimizer=optimizer)`` around the loop, ``step(loss=…)`` after each step, a report."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim import Optimizer

from bench.peers.doctor._watching import Session, main, watched

PACKAGE = "torchmortem"
SEVERITY = {"INFO": "info", "WARNING": "warning", "CRITICAL": "error"}
RULES: dict[str, tuple[str, ...]] = {
    "Vanishing gradients detected": (
        "model/vanishing-gradients", "model/saturated-units", "model/bad-init", "model/dead-units",
    ),
    "Exploding gradients detected": (
        "model/exploding-gradients", "optim/lr-too-high", "data/not-normalized", "model/bad-init",
        "optim/no-zero-grad",
    ),
    "Gradient stalling": (
        "model/vanishing-gradients", "model/dead-units", "model/disconnected", "model/saturated-units",
        "optim/frozen",
    ),
    "High gradient noise (low SNR)": ("train/batch-size",),
    "Training divergence detected": ("optim/lr-too-high", "model/exploding-gradients", "optim/no-zero-grad"),
    "Loss plateau detected": ("optim/lr-too-low", "optim/lr-schedule"),
    "Catapult phase detected": ("optim/lr-too-high",),
    "Edge of stability regime detected": ("optim/lr-too-high",),
    "Rank collapse": ("model/dead-units", "model/saturated-units", "model/too-small"),
    "Dead units": ("model/dead-units",),
    "Activation saturation": ("model/saturated-units", "model/bad-init", "data/not-normalized"),
    "Update ratio too low": ("optim/lr-too-low", "optim/no-step", "optim/wrong-parameters", "optim/frozen"),
    "Update ratio too high": ("optim/lr-too-high", "optim/no-zero-grad"),
    "Weight norm explosion": ("optim/lr-too-high", "model/exploding-gradients", "optim/no-zero-grad"),
    "Stagnant weight norms": ("optim/lr-too-low", "optim/no-step", "optim/wrong-parameters", "optim/frozen"),
    "Inter-layer weight norm imbalance": ("model/bad-init",),
    "Gradient starvation causing unit death": ("model/vanishing-gradients", "model/dead-units"),
    "Instability feedback loop -- gradients and weights exploding": (
        "model/exploding-gradients", "optim/lr-too-high",
    ),
    "Representation bottleneck -- rank collapse limiting capacity": ("model/too-small", "model/dead-units"),
    "Training trapped by loss landscape curvature": ("optim/lr-too-high",),
}  # fmt: skip


class Mortem(Session):
    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        super().__init__(model, optimizer)
        from torchmortem import Autopsy

        self.autopsy = Autopsy(model, optimizer=optimizer)
        self.autopsy.attach()

    def after_step(self, loss: float, held_out: float | None) -> None:
        self.autopsy.step(loss=loss)

    def findings(self) -> list[dict[str, Any]]:
        self.autopsy.detach()
        report = self.autopsy.get_report()
        return [
            {
                "what": f.title.split(" in ")[0],  # without the layer
                "severity": SEVERITY[f.severity.name],
                "message": f.summary,
            }
            for f in [*report.insights, *report.findings]
        ]


if __name__ == "__main__":
    main(watched(Mortem))
