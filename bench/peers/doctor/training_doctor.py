"""training-doctor with "full diagnostics": loss, learning rate and gradient norm logged each step, evaluations too."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from bench.peers.doctor._watching import Session, main, watched

PACKAGE = "training-doctor"
SEVERITY = {"info": "info", "warning": "warning", "critical": "error"}
RULES: dict[str, tuple[str, ...]] = {
    "lr_too_high": (
        "optim/lr-too-high", "model/exploding-gradients", "data/non-finite", "loss/log-of-zero",
        "optim/no-zero-grad", "train/mixed-precision",
    ),
    "lr_too_low": (
        "optim/lr-too-low", "optim/no-step", "optim/frozen", "optim/wrong-parameters", "optim/lr-schedule",
        "model/vanishing-gradients",
    ),
    "plateau": ("train/batch-size", "optim/lr-too-high", "optim/lr-too-low", "optim/lr-schedule"),
    "overfitting": ("train/overfit",),
    "gradient_instability": (
        "model/exploding-gradients", "model/vanishing-gradients", "optim/lr-too-high", "loss/log-of-zero",
        "data/non-finite", "train/mixed-precision", "optim/no-zero-grad",
    ),
}  # fmt: skip


class Training(Session):
    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        super().__init__(model, optimizer)
        from training_doctor import Doctor

        self.doctor = Doctor()
        self.step = 0
        self.norm: float | None = None

    def after_backward(self, loss: float, held_out: float | None) -> None:
        """Its example takes the norm from clipping; here nothing may be clipped."""
        norms = [
            p.grad.norm() for p in self.model.parameters() if p.grad is not None and not p.grad.is_sparse
        ]
        self.norm = float(torch.stack(norms).norm()) if norms else None

    def after_step(self, loss: float, held_out: float | None) -> None:
        known = {
            "lr": float(self.optimizer.param_groups[0]["lr"]) if self.optimizer else None,
            "grad_norm": self.norm,
            "eval_loss": held_out,
        }
        self.doctor.log(self.step, loss=loss, **{name: v for name, v in known.items() if v is not None})
        self.step += 1

    def findings(self) -> list[dict[str, Any]]:
        return [
            {"what": d.detector_name, "severity": SEVERITY[d.severity.value], "message": d.problem}
            for d in self.doctor.diagnoses
        ]


if __name__ == "__main__":
    main(watched(Training))
