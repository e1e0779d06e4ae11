"""Losses of torch.nn written out by operations."""

from __future__ import annotations

from bench.rewrites.script import Script

CHANGES = {"loss/log-of-zero", "train/mixed-precision", "data/label-range"}
_FUNCTIONS = {
    "cross_entropy": "entropy_of",
    "nll_loss": "picked_of",
    "binary_cross_entropy_with_logits": "logistic_of",
    "binary_cross_entropy": "bits_of",
    "mse_loss": "squares_of",
    "l1_loss": "distance_of",
}
_CLASSES = {
    "CrossEntropyLoss": "entropy_of",
    "NLLLoss": "picked_of",
    "BCEWithLogitsLoss": "logistic_of",
    "BCELoss": "bits_of",
    "MSELoss": "squares_of",
    "L1Loss": "distance_of",
}
_DEFINITIONS = {
    "entropy_of": """
def entropy_of(scores, labels):
    shifted = scores - scores.max(1, keepdim=True).values
    logs = shifted - shifted.exp().sum(1, keepdim=True).log()
    if labels.is_floating_point():
        return -(labels * logs).sum(1).mean()
    return -logs.gather(1, labels.unsqueeze(1)).mean()
""",
    "picked_of": """
def picked_of(logs, labels):
    return -logs.gather(1, labels.unsqueeze(1)).mean()
""",
    "logistic_of": """
def logistic_of(scores, labels):
    return (scores.clamp(min=0) - scores * labels + torch.log1p(torch.exp(-scores.abs()))).mean()
""",
    "bits_of": """
def bits_of(chances, labels):
    right = labels * torch.log(chances + 1e-7)
    return -(right + (1 - labels) * torch.log(1 - chances + 1e-7)).mean()
""",
    "squares_of": """
def squares_of(said, meant):
    return ((said - meant) ** 2).mean()
""",
    "distance_of": """
def distance_of(said, meant):
    return (said - meant).abs().mean()
""",
}


def rewrite(script: Script) -> str | None:
    used = script.call_instead(_FUNCTIONS, lambda call: len(call.args) == 2 and not call.keywords)
    for call, name in script.calls():
        if name in _CLASSES and not call.args and not call.keywords:
            script.replace_node(call, _CLASSES[name])
            used.add(_CLASSES[name])
    for name in sorted(used):
        script.define("import torch\n" + _DEFINITIONS[name])
    return script.text if used else None
