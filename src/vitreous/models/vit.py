"""The vision transformer: an image is cut into patches, and the patches are read like words.

Dosovitskiy et al., "An image is worth 16x16 words", 2020. One more place, the class token, gathers
what the answer needs. Parameter names are torchvision's, so published weights load in ``vit_b_16``.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models.accepts import VECTORS, Count, Rate, require
from vitreous.models.attention import Block
from vitreous.models.initialize import LAST, initialize


class Encoder(nn.Module):
    """Learned positions, a stack of blocks, one last norm.

    Shape:
        [B, T, D] to the same.
    """

    def __init__(
        self, places: int, width: int, layers: int, *, heads: int, feed_forward: int, dropout: float
    ) -> None:
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, places, width).normal_(std=0.02))
        self.dropout = nn.Dropout(dropout)
        blocks = {f"encoder_layer_{n}": Block(width, heads, feed_forward, dropout) for n in range(layers)}
        self.layers = nn.Sequential(OrderedDict(blocks))
        self.ln = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        """What each place knows in the end."""
        out: Tensor = self.ln(self.layers(self.dropout(x + self.pos_embedding)))
        return out


class ViT(nn.Module):
    """Patches, encoder, one linear map from the class token.

    Args:
        input: An image whose sides the patch divides.
        task: Any with one vector of outputs an example.
        patch: Side of a patch, in pixels.
        width: Numbers at each place; the heads divide it.
        layers: Blocks.
        heads: Attention heads of each.
        feed_forward: Units of the dense layer in each.
        dropout: Share of numbers silenced in training.

    Shape:
        [B, C, H, W] to [B, outputs].

    Raises:
        ModelError: for inputs that are no images, sides the patch does not divide, a width the heads
            do not divide, or a task of another kind.
    """

    def __init__(
        self,
        input: InputSpec,
        task: Task,
        *,
        patch: Count = 4,
        width: Count = 128,
        layers: Count = 6,
        heads: Count = 4,
        feed_forward: Count = 256,
        dropout: Rate = 0.0,
    ) -> None:
        super().__init__()
        require("vit", input, task, ("image",), VECTORS)
        channels, high, wide = input.shape
        if high % patch or wide % patch:
            message = f"patches of {patch} pixels do not divide an image of {high}×{wide}."
            raise ModelError(message, where="model.patch", hint="Give a patch that divides both sides.")
        if width % heads:
            raise ModelError(f"{heads} heads do not divide a width of {width}.", where="model.heads")
        self.class_token = nn.Parameter(torch.zeros(1, 1, width))
        self.conv_proj = nn.Conv2d(channels, width, kernel_size=patch, stride=patch)
        places = (high // patch) * (wide // patch) + 1
        self.encoder = Encoder(places, width, layers, heads=heads, feed_forward=feed_forward, dropout=dropout)
        self.heads = nn.Sequential(OrderedDict(head=nn.Linear(width, task.outputs)))
        initialize(self.conv_proj, "identity")
        initialize(self.heads, "identity", gain=LAST)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        patches = self.conv_proj(x).flatten(2).transpose(1, 2)  # [B, places, width]
        places = torch.cat([self.class_token.expand(x.shape[0], -1, -1), patches], dim=1)
        logits: Tensor = self.heads(self.encoder(places)[:, 0])
        return logits


def vit_b_16(input: InputSpec, task: Task, *, dropout: Rate = 0.0) -> ViT:
    """The paper's base model: 86,567,656 parameters for 3×224×224 and 1000 classes.

    Args:
        input: An image whose sides 16 divides.
        task: Any with one vector of outputs an example.
        dropout: Share of numbers silenced in training.

    Raises:
        ModelError: as `ViT` does.
    """
    return ViT(input, task, patch=16, width=768, layers=12, heads=12, feed_forward=3072, dropout=dropout)


MODELS = {"vit": ViT, "vit_b_16": vit_b_16}
