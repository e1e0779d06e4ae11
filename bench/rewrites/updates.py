"""Optimizers of torch.optim written out as classes of the script."""

from __future__ import annotations

from bench.rewrites.script import Script

CHANGES: set[str] = set()
_NAMES = {"SGD": "Descent", "Adam": "Moments", "AdamW": "Moments"}
_DEFINITIONS = {
    "Descent": """
class Descent:
    def __init__(self, weights, lr=1e-3, momentum=0.0, weight_decay=0.0):
        self.weights = list(weights)
        self.rate, self.momentum, self.decay = lr, momentum, weight_decay
        self.speeds = [torch.zeros_like(w) for w in self.weights]

    def zero_grad(self):
        for w in self.weights:
            w.grad = None

    @torch.no_grad()
    def step(self):
        for w, speed in zip(self.weights, self.speeds):
            if w.grad is None:
                continue
            speed.mul_(self.momentum).add_(w.grad + self.decay * w)
            w -= self.rate * speed
""",
    "Moments": """
class Moments:
    def __init__(self, weights, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        self.weights = list(weights)
        self.rate, self.betas, self.eps, self.decay = lr, betas, eps, weight_decay
        self.first = [torch.zeros_like(w) for w in self.weights]
        self.second = [torch.zeros_like(w) for w in self.weights]
        self.count = 0

    def zero_grad(self):
        for w in self.weights:
            w.grad = None

    @torch.no_grad()
    def step(self):
        self.count += 1
        a, b = self.betas
        for w, m, v in zip(self.weights, self.first, self.second):
            if w.grad is None:
                continue
            m.mul_(a).add_(w.grad, alpha=1 - a)
            v.mul_(b).addcmul_(w.grad, w.grad, value=1 - b)
            w.mul_(1 - self.rate * self.decay)
            w -= self.rate * (m / (1 - a**self.count)) / ((v / (1 - b**self.count)).sqrt() + self.eps)
""",
}
_MORE_THAN_STEPS = (
    "param_groups",
    "scheduler",
    "GradScaler",
    "state_dict",
    "named_parameters",
    "add_param_group",
)


def rewrite(script: Script) -> str | None:
    if any(word in script.source.decode() for word in _MORE_THAN_STEPS):
        return None
    used = script.call_instead(_NAMES)
    for name in sorted(used):
        script.define("import torch\n\n" + _DEFINITIONS[name])
    return script.text if used else None
