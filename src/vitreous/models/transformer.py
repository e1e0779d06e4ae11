"""The transformer: every token looks at every other (to classify or tag) or only back (to continue).

Vaswani et al., "Attention is all you need", 2017; with norms first, GELU and rotary positions, as
today's language models have them. Reading (BERT, Devlin et al. 2018) and continuing (GPT, Radford
et al. 2018) differ in one thing: whether a token may see what comes after it.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vitreous.data.types import InputSpec, Task
from vitreous.errors import ModelError
from vitreous.models.accepts import VECTORS, Count, Rate, Switch, require
from vitreous.models.attention import Block
from vitreous.models.initialize import LAST, initialize
from vitreous.models.recurrent import lengths


class Transformer(nn.Module):
    """Embedding, blocks, a norm, one linear map.

    Args:
        input: Tokens or a sequence.
        task: Any but reconstruction; next-token needs tokens, and makes attention causal.
        width: Numbers at each place; the heads divide it.
        layers: Blocks.
        heads: Attention heads of each.
        feed_forward: Units of the dense layer in each; four times the width by default.
        dropout: Share of numbers silenced in training.
        positions: "rotary" (any length) or "learned" (no longer than ``input.shape[0]``).
        tied: Whether next-token scores come from the embedding itself, w·x for each token's vector w
            (Press & Wolf 2016), not from a map of their own.

    Shape:
        int [B, T] or float [B, T, F] to [B, outputs]; tagging and next-token to [B, T, outputs].
        Token 0 is padding, which no token looks at; the pooled answer is the mean over the others.

    Raises:
        ModelError: for other inputs, reconstruction, or a width the heads do not divide evenly.
    """

    def __init__(
        self,
        input: InputSpec,
        task: Task,
        *,
        width: Count = 128,
        layers: Count = 4,
        heads: Count = 4,
        feed_forward: Count | None = None,
        dropout: Rate = 0.1,
        positions: Literal["rotary", "learned"] = "rotary",
        tied: Switch = True,
    ) -> None:
        super().__init__()
        self.tokens = input.kind == "tokens"
        tasks = (*VECTORS, "tagging", "next-token") if self.tokens else (*VECTORS, "tagging")
        require("transformer", input, task, ("tokens", "sequence"), tasks)
        rotary = positions == "rotary"
        if width % heads or (rotary and width // heads % 2):
            message = f"expected a width of {heads} equal, even parts, one for each head; came {width}."
            raise ModelError(message, where="model.width")
        self.causal = task.kind == "next-token"
        self.pooled = task.kind in VECTORS
        self.embedding = embedding(input, width)
        self.positions = (
            None if rotary else nn.Parameter(torch.empty(input.shape[0], width).normal_(std=0.02))
        )
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            Block(width, heads, feed_forward or 4 * width, dropout, causal=self.causal, rotary=rotary)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.head: nn.Linear | None = None
        if tied and self.causal:
            self.head_name = "embedding"
        else:
            self.head = initialize(nn.Linear(width, task.outputs), "identity", gain=LAST)

    def forward(self, x: Tensor) -> Tensor:
        """Logits, of each place or of the whole."""
        seen_BT = self._seen(x)
        x_BTD = self.embedding(x)
        if self.positions is not None:
            x_BTD = x_BTD + self.positions[: x.shape[1]]
        x_BTD = self.dropout(x_BTD)
        for block in self.blocks:
            # Padding is always at the end: one who only looks back never sees it.
            x_BTD = block(x_BTD, None if self.causal else seen_BT)
        x_BTD = self.norm(x_BTD)
        if self.pooled:
            x_BTD = x_BTD.mean(1) if seen_BT is None else mean_over(x_BTD, seen_BT)
        if self.head is None:
            return F.linear(x_BTD, self.get_parameter("embedding.weight"))
        logits: Tensor = self.head(x_BTD)
        return logits

    def _seen(self, x: Tensor) -> Tensor | None:
        """Which places are no padding, bool [B, T]; the first always is one. None: all are."""
        if not self.tokens:
            return None
        return torch.arange(x.shape[1], device=x.device) < lengths(x)[:, None]


def embedding(input: InputSpec, width: int) -> nn.Module:
    """What turns a token or a step into a vector: a table to look it up in, or a linear map."""
    if input.kind == "sequence":
        return initialize(nn.Linear(input.shape[-1], width), "identity")
    table = nn.Embedding(input.vocabulary, width, padding_idx=0)
    nn.init.normal_(table.weight[1:], std=0.02)  # small, so that tied scores start near zero
    return table


def mean_over(x_BTD: Tensor, seen_BT: Tensor) -> Tensor:
    """The mean over the places that are seen, [B, D]."""
    weights = seen_BT[..., None].to(x_BTD.dtype)
    return (x_BTD * weights).sum(1) / weights.sum(1)


MODELS = {"transformer": Transformer}
