"""Softmax, sigmoid and rectifiers written out by operations, as functions and as modules."""

from __future__ import annotations

from bench.rewrites.script import Script

CHANGES: set[str] = set()
_NAMES = {
    "softmax": "shares", "sigmoid": "squash", "relu": "positive",
    "Softmax": "Shares", "Sigmoid": "Squash", "ReLU": "Positive",
}  # fmt: skip
_DEFINITION = """
import torch


def shares(scores, dim=-1):
    powers = torch.exp(scores - scores.max(dim, keepdim=True).values)
    return powers / powers.sum(dim, keepdim=True)


def squash(scores):
    return 1 / (1 + torch.exp(-scores))


def positive(values):
    return values * (values > 0)


class Shares(torch.nn.Module):
    def __init__(self, dim=-1):
        super().__init__()
        self.dim = dim

    def forward(self, scores):
        return shares(scores, self.dim)


class Squash(torch.nn.Module):
    def forward(self, scores):
        return squash(scores)


class Positive(torch.nn.Module):
    def __init__(self, inplace=False):
        super().__init__()

    def forward(self, values):
        return positive(values)
"""


def rewrite(script: Script) -> str | None:
    if not script.call_instead(_NAMES):
        return None
    script.define(_DEFINITION)
    return script.text
