"""torch-audit in its zero-touch mode: ``autopatch`` before the loop, ``finish`` after it.

Its example audits every thousandth step; these scripts rarely have as many, so every step is audited.
"""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.optim import Optimizer

from bench.peers.doctor._watching import Session, main, watched

PACKAGE = "torch-audit"
SEVERITY = {"INFO": "info", "WARN": "warning", "ERROR": "error", "FATAL": "error"}
# Empty: advice on speed or style, which no fault of the catalogue is about, and no alarm either.
RULES: dict[str, tuple[str, ...]] = {
    "TA000": (),
    "TA100": (
        "data/non-finite", "loss/log-of-zero", "model/exploding-gradients", "optim/lr-too-high", "model/bad-init",
        "train/mixed-precision",
    ),
    "TA102": ("model/exploding-gradients", "optim/lr-too-high", "optim/no-zero-grad", "data/not-normalized"),
    "TA103": (
        "model/dead-units", "model/disconnected", "model/saturated-units", "model/vanishing-gradients",
        "model/bad-init",
    ),
    "TA104": (
        "optim/grads-cleared", "model/disconnected", "loss/not-differentiable", "optim/wrong-parameters",
        "optim/frozen",
    ),
    "TA105": ("model/dead-units", "model/bad-init"),
    "TA200": (), "TA201": (), "TA202": (), "TA203": (), "TA300": (),
    "TA301": ("data/not-normalized", "data/transform-mismatch"),
    "TA302": ("data/not-normalized", "data/repeated-batch"),
    "TA303": ("data/axis-order",),
    "TA304": ("model/tiny-batch-norm", "train/batch-size"),
    "TA305": ("data/label-range",),
    "TA400": (),
    "TA401": (), "TA402": (), "TA403": (),
    "TA404": (),
    "TA405": ("model/dead-units", "model/bad-init"),
    "TA500": ("model/disconnected",),
    "TA501": ("model/mixes-samples",),
}  # fmt: skip


class Audit(Session):
    def __init__(self, model: nn.Module, optimizer: Optimizer | None) -> None:
        super().__init__(model, optimizer)
        from torch_audit import autopatch

        self.auditor = autopatch(model, optimizer=optimizer, every_n_steps=1, run_static=True, run_init=True)

    def findings(self) -> list[dict[str, Any]]:
        result = self.auditor.finish()
        return [
            {"what": f.rule_id, "severity": SEVERITY[f.severity.value], "message": f.message}
            for f in result.findings
        ]


if __name__ == "__main__":
    main(watched(Audit))
