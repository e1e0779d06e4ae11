"""The autoencoder: squeeze the input through a few numbers, and rebuild it from them.

Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science 2006. What
it rebuilds badly is unlike what it was trained on. Without hidden layers it finds the same plane as
principal component analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.models.accepts import FLOATS, Count, require
from vitreous.models.activations import Activation, activation_layer
from vitreous.models.initialize import Scheme, initialize


def dense(widths: Sequence[int], activation: Activation, init: Scheme) -> nn.Sequential:
    """Linear maps from each width to the next, with activations between them.

    Shape:
        [B, first width] to [B, last width].
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths[:-1]):
        layers += [initialize(nn.Linear(inputs, outputs), activation, init), activation_layer(activation)]
    return nn.Sequential(*layers, initialize(nn.Linear(widths[-2], widths[-1]), "identity", init))


class Autoencoder(nn.Module):
    """Encoder, code, decoder.

    Args:
        input: Features, an image or a sequence; flattened.
        task: Reconstruction.
        hidden: Widths from the input to the code; the decoder has them in reverse.
        code: How many numbers stand for an example.
        activation: What follows each hidden layer.
        init: How the weights start.

    Shape:
        [B, ...] to the same.

    Raises:
        ModelError: for tokens, or another task than reconstruction.
    """

    def __init__(
        self,
        input: InputSpec,
        task: Task,
        *,
        hidden: tuple[Count, ...] = (256, 128),
        code: Count = 32,
        activation: Activation = "relu",
        init: Scheme = "auto",
    ) -> None:
        super().__init__()
        require("autoencoder", input, task, FLOATS, ("reconstruction",))
        size = prod(input.shape)
        self.encoder = dense((size, *hidden, code), activation, init)
        self.decoder = dense((code, *reversed(hidden), size), activation, init)

    def encode(self, x: Tensor) -> Tensor:
        """The code of each example, [B, code]."""
        code: Tensor = self.encoder(x.flatten(1))
        return code

    def forward(self, x: Tensor) -> Tensor:
        """The input, rebuilt from its code."""
        rebuilt: Tensor = self.decoder(self.encode(x))
        return rebuilt.view_as(x)


MODELS = {"autoencoder": Autoencoder}
