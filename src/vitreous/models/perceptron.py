"""The perceptron: one linear unit and a threshold, the first machine that learned from examples.

Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the
brain", Psychological Review 1958. There the output is 1 if w·x + b > 0, else 0, and weights move only
after a mistake. A step has no slope to follow, so here the number under the threshold is trained, as
a logit; `Perceptron.decide` is the threshold. One unit draws one line: it can never learn XOR.
"""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.models.accepts import FLOATS, require
from vitreous.models.initialize import LAST, Scheme, initialize


class Perceptron(nn.Module):
    """One unit: w·x + b.

    Args:
        input: Features, an image or a sequence; flattened.
        task: Binary.
        init: How the weights start.

    Shape:
        [B, ...] to [B, 1], a logit.

    Raises:
        ModelError: for tokens, or another task than binary.
    """

    def __init__(self, input: InputSpec, task: Task, *, init: Scheme = "auto") -> None:
        super().__init__()
        require("perceptron", input, task, FLOATS, ("binary",))
        self.unit = initialize(nn.Linear(prod(input.shape), 1), "identity", init, gain=LAST)

    def forward(self, x: Tensor) -> Tensor:
        """The number that is held against the threshold."""
        logit: Tensor = self.unit(x.flatten(1))
        return logit

    def decide(self, x: Tensor) -> Tensor:
        """Rosenblatt's output: 1 where w·x + b > 0, else 0; shape [B, 1]."""
        return torch.where(self(x) > 0, 1.0, 0.0)


MODELS = {"perceptron": Perceptron}
