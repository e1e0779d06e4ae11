"""pulseml's lint of the source, which its ``pulse run SCRIPT`` prints before the first step.

``pulse run`` itself asks for an account before it does anything, and its agent for a language model; the lint
is the same call that it makes with neither. It gives no ids: what a finding says is told by its first words.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from bench.peers.doctor._watching import main

PACKAGE = "pulseml"
# What a message says -> the rule; the first that is part of it.
WORDING = {
    "zero-initializ": "zero weights",
    "a dropout rate of 1.0": "dropout of one",
    "learning rate above 1.0": "rate above one",
    "will never move the weights": "rate of zero or below",
    "fitting on a variable named": "fitted on test data",
    "a one_hot(...) call here": "one-hot into cross-entropy",
    "no .zero_grad() appears": "no zero_grad",
    "no .step() appears": "no step",
    "sits inside a loop": "seeded in a loop",
    "shuffling explicitly turned off": "shuffle off",
    "accumulating a loss-like value": "loss kept with its graph",
    "inside a `with torch.no_grad():`": "backward under no_grad",
    "never has .to(...)": "model not moved",
    "looks like an evaluation": "evaluation without eval or no_grad",
    "combined with CrossEntropyLoss/cross_entropy": "softmax and cross-entropy",
    "combined with BCEWithLogitsLoss": "sigmoid and BCE with logits",
    "combined with NLLLoss": "softmax and NLL",
}
RULES: dict[str, tuple[str, ...]] = {
    "zero weights": ("model/bad-init",),
    "dropout of one": ("train/dropout-too-high",),
    "rate above one": ("optim/lr-too-high",),
    "rate of zero or below": ("optim/lr-too-low", "optim/no-step"),
    "fitted on test data": ("data/split-leak", "eval/on-training-data", "data/transform-mismatch"),
    "one-hot into cross-entropy": ("loss/mse-for-classification", "data/label-range"),
    "no zero_grad": ("optim/no-zero-grad",),
    "no step": ("optim/no-step",),
    "seeded in a loop": ("data/repeated-batch",),
    "shuffle off": ("data/not-shuffled",),
    "loss kept with its graph": ("loss/keeps-graph",),
    "backward under no_grad": ("model/disconnected", "loss/not-differentiable"),
    "model not moved": (),
    "evaluation without eval or no_grad": ("eval/train-mode", "eval/tracks-gradients"),
    "softmax and cross-entropy": ("loss/softmax-before-cross-entropy",),
    "sigmoid and BCE with logits": ("loss/sigmoid-before-logits-loss",),
    "softmax and NLL": ("loss/logits-into-probability-loss", "loss/softmax-before-cross-entropy"),
    "other": (),
}


def examine(script: Path) -> dict[str, Any]:
    """What the lint says of the source; the script is not run."""
    from pulse.pulse_cli import _mllint_scan

    text = script.read_text(encoding="utf-8")
    found = _mllint_scan([(script.name, str(script), text, ast.parse(text))])
    return {
        "findings": [
            {"what": rule_of(message), "severity": "warning", "line": line, "message": message}
            for _, line, message in found
        ]
    }


def rule_of(message: str) -> str:
    """The rule that a message is of."""
    return next((rule for words, rule in WORDING.items() if words in message), "other")


if __name__ == "__main__":
    main(examine)
