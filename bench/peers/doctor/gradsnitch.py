"""gradsnitch: ``watch(model, optimizer)``, ``log`` between ``backward`` and ``step``, a report at the end."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim import Optimizer

from bench.peers.doctor._watching import Session, main, watched

PACKAGE = "gradsnitch"
RULES: dict[str, tuple[str, ...]] = {
    "GS001": (
        "data/non-finite", "loss/log-of-zero", "model/exploding-gradients", "optim/lr-too-high",
        "train/mixed-precision", "model/bad-init",
    ),
    "GS002": ("model/exploding-gradients", "optim/lr-too-high", "train/mixed-precision", "model/bad-init"),
    "GS003": ("model/exploding-gradients", "optim/lr-too-high", "data/non-finite", "optim/no-zero-grad"),
    "GS004": ("train/overfit",),
    "GS005": (
        "optim/lr-too-low", "model/dead-units", "model/bad-init", "optim/frozen", "data/labels-misaligned",
        "optim/no-step", "optim/grads-cleared", "optim/wrong-parameters", "model/disconnected",
    ),
    "GS006": ("optim/lr-too-high", "optim/lr-schedule", "model/exploding-gradients", "optim/no-zero-grad"),
    "GS007": (
        "model/vanishing-gradients", "model/dead-units", "model/saturated-units", "optim/lr-too-low",
        "model/bad-init",
    ),
    "GS008 too high": ("optim/lr-too-high", "optim/no-zero-grad"),
    "GS008 too low": ("optim/lr-too-low", "optim/no-step", "optim/frozen", "optim/wrong-parameters"),
    "GS009": ("optim/lr-too-high", "optim/no-zero-grad"),
    "GS010": ("optim/lr-schedule",),
}  # fmt: skip


class Snitch(Session):
    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        super().__init__(model, optimizer)
        import gradsnitch

        self.monitor = gradsnitch.watch(model, optimizer, check_every=50)
        self.step = 0

    def after_backward(self, loss: float, held_out: float | None) -> None:
        self.monitor.log(self.step, loss, val_loss=held_out)
        self.step += 1

    def findings(self) -> list[dict[str, Any]]:
        return [
            {"what": _rule(f.code, f.name), "severity": f.severity, "message": f"{f.name}: {f.evidence}"}
            for f in self.monitor.report()
        ]


def _rule(code: str, name: str) -> str:
    """GS008 says two things that are opposites."""
    return f"{code} too {'high' if 'too high' in name else 'low'}" if code == "GS008" else code


if __name__ == "__main__":
    main(watched(Snitch))
