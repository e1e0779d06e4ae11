"""The variational autoencoder: an autoencoder whose code is a cloud, so that new examples can be drawn.

Kingma & Welling, "Auto-encoding variational Bayes", 2013. The encoder gives a mean and a variance for
each number of the code; the decoder rebuilds from a draw. Clouds are pulled towards one standard
normal, so a draw from that normal decodes to something new.
"""

from __future__ import annotations

from math import prod
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.models.accepts import FLOATS, Count, require
from vitreous.models.activations import Activation
from vitreous.models.autoencoder import dense
from vitreous.models.initialize import Scheme


class VAE(nn.Module):
    """Encoder, a draw, decoder; and its own loss.

    Args:
        input: Features, an image or a sequence; flattened.
        task: Reconstruction.
        hidden: Widths from the input to the code; the decoder has them in reverse.
        code: How many numbers stand for an example.
        beta: Weight of the pull towards the standard normal; 1 is the paper (Higgins et al. 2017).
        activation: What follows each hidden layer.
        init: How the weights start.

    Shape:
        [B, ...] to three: the input rebuilt [B, ...], the mean and the log-variance of its code, both
        [B, code].

    Raises:
        ModelError: for tokens, or another task than reconstruction.
    """

    def __init__(
        self,
        input: InputSpec,
        task: Task,
        *,
        hidden: tuple[Count, ...] = (256, 128),
        code: Count = 16,
        beta: Annotated[float, Field(strict=True, ge=0)] = 1.0,
        activation: Activation = "relu",
        init: Scheme = "auto",
    ) -> None:
        super().__init__()
        require("vae", input, task, FLOATS, ("reconstruction",))
        size = prod(input.shape)
        self.shape, self.code, self.beta = input.shape, code, beta
        self.encoder = dense((size, *hidden, 2 * code), activation, init)
        self.decoder = dense((code, *reversed(hidden), size), activation, init)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rebuilt from a draw while training, from the mean otherwise."""
        mean, log_variance = self.encoder(x.flatten(1)).chunk(2, dim=-1)
        draw = mean
        if self.training:  # the draw as a function of mean and variance, so that both get gradients
            draw = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return self.decoder(draw).view_as(x), mean, log_variance

    def loss(self, outputs: tuple[Tensor, Tensor, Tensor], targets: Tensor) -> Tensor:
        """The negative evidence lower bound, in nats an example (less a constant), mean over the batch.

        Rebuilding costs ½ Σ(x - x̂)², the negative log-likelihood under unit variance; the cloud costs
        its divergence from the standard normal, ½ Σ(μ² + σ² - log σ² - 1).
        """
        rebuilt, mean, log_variance = outputs
        rebuilding = 0.5 * (targets - rebuilt).square().flatten(1).sum(1)
        divergence = 0.5 * (mean.square() + log_variance.exp() - log_variance - 1).sum(1)
        return (rebuilding + self.beta * divergence).mean()

    def sample(self, count: int) -> Tensor:
        """New examples, decoded from draws of the standard normal: [count, ...]."""
        device = next(self.parameters()).device
        drawn: Tensor = self.decoder(torch.randn(count, self.code, device=device))
        return drawn.view(count, *self.shape)


MODELS = {"vae": VAE}
