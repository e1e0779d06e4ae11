"""pulseml's numerical checks on what its run tracks: the loss, the validation loss, the rate, the gradient norm.

``pulse run SCRIPT`` finds such numbers among the script's variables and hands their histories to its detection
engine at every reading. It asks for an account before that, so the engine is given the same histories here,
under the names that it knows, with the settings that the run gives it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from bench.peers.doctor._watching import Session, main, watched

PACKAGE = "pulseml"
SEVERITY = {"critical": "error", "warning": "warning", "info": "info"}
_DIVERGES = ("optim/lr-too-high", "model/exploding-gradients", "optim/no-zero-grad")
_STANDS = (
    "optim/lr-too-low", "optim/no-step", "optim/frozen", "optim/wrong-parameters", "optim/grads-cleared",
    "model/disconnected", "model/dead-units", "model/vanishing-gradients", "model/ignores-input", "model/bad-init",
    "data/labels-misaligned",
)  # fmt: skip
RULES: dict[str, tuple[str, ...]] = {
    "nonfinite": ("data/non-finite", "loss/log-of-zero", "train/mixed-precision", "model/bad-init", *_DIVERGES),
    "frozen": _STANDS,
    "repeating": ("data/repeated-batch", *_STANDS),
    "never_learned": _STANDS,
    "stagnation": (*_STANDS, "optim/lr-schedule"),
    "plateau": ("optim/lr-too-low", "optim/lr-schedule", "optim/lr-too-high", "model/too-small"),
    "chance_level": (*_STANDS, "data/class-imbalance"),
    "quantised": ("train/mixed-precision",),
    "periodic": ("data/not-shuffled",),
    "divergence": _DIVERGES,
    "loss_spike": _DIVERGES,
    "oscillation": ("optim/lr-too-high", "train/batch-size", "data/not-shuffled"),
    "progress_lost": (*_DIVERGES, "optim/lr-schedule"),
    "norm_explosion": (*_DIVERGES, "data/not-normalized"),
    "norm_growth": (*_DIVERGES, "data/not-normalized"),
    "norm_collapse": ("model/vanishing-gradients", "model/dead-units", "model/saturated-units"),
    "lr_jump": ("optim/lr-schedule",),
    "hyperparameter_out_of_range": ("optim/lr-too-high", "optim/lr-too-low", "optim/lr-schedule"),
    "overfitting": ("train/overfit",), "widening_gap": ("train/overfit",),
    "val_regression": ("train/overfit", "eval/train-mode"),
    "val_drift": ("train/overfit", "data/transform-mismatch"),
    "eval_unstable": ("eval/train-mode", "model/tiny-batch-norm"),
    "suspiciously_perfect": ("data/split-leak", "eval/on-training-data", "model/sees-the-future"),
    "identical_series": ("eval/on-training-data",),
    "pair_drift": (),
}  # fmt: skip


class Checks(Session):
    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        super().__init__(model, optimizer)
        from pulse.pulse_detect import DetectionEngine

        self.engine = DetectionEngine(sensitivity=0.3, require_new_data=True)
        self.histories: dict[str, list[float]] = {}
        self.raised: dict[tuple[str, str], Any] = {}
        self.steps = 0

    def after_backward(self, loss: float, held_out: float | None) -> None:
        norms = [
            p.grad.norm() for p in self.model.parameters() if p.grad is not None and not p.grad.is_sparse
        ]
        if norms:
            self._add("grad_norm", float(torch.stack(norms).norm()))

    def after_step(self, loss: float, held_out: float | None) -> None:
        self._add("loss", loss)
        if self.optimizer is not None:
            self._add("lr", float(self.optimizer.param_groups[0]["lr"]))
        if held_out is not None:
            self._add("val_loss", held_out)
        self.steps += 1
        for found in self.engine.update(self.histories, step=self.steps)["raised"]:
            self.raised.setdefault((found.check, found.variable), found)

    def _add(self, name: str, value: float) -> None:
        self.histories.setdefault(name, []).append(value)

    def findings(self) -> list[dict[str, Any]]:
        return [
            {"what": f.check, "severity": SEVERITY[f.severity], "message": f.message}
            for f in self.raised.values()
        ]


if __name__ == "__main__":
    main(watched(Checks))
