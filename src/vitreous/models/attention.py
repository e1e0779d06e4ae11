"""Attention: every place asks a question (query), shows a label (key) and holds an answer (value).

Vaswani et al., "Attention is all you need", 2017: softmax(Q Kᵀ / √d) V, in several heads at once.
Rotary positions: Su et al., "RoFormer", 2021. Parameter names are those of ``nn.MultiheadAttention``
and of torchvision's encoder blocks, so published weights load.

Shape suffixes: B examples, T places, D width, N heads, K width of one head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vitreous.models.initialize import initialize


def rotate(x_BNTK: Tensor) -> Tensor:
    """Turn each pair of numbers by an angle that grows with the place.

    A query and a key then agree by how far apart they are, wherever they are; any length goes.

    Shape:
        [B, N, T, K] to the same; K even.
    """
    places, width = x_BNTK.shape[-2:]
    speeds = 10_000.0 ** (-torch.arange(0, width, 2, device=x_BNTK.device) / width)
    angles = torch.outer(torch.arange(places, device=x_BNTK.device), speeds)  # [T, K/2]
    cos, sin = angles.cos().to(x_BNTK.dtype), angles.sin().to(x_BNTK.dtype)
    first, second = x_BNTK.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class SelfAttention(nn.Module):
    """Every place gathers what it needs from all places it may see.

    Args:
        width: D, numbers at each place.
        heads: N, questions asked at once; divides the width.
        dropout: Share of attention weights silenced in training.
        causal: Whether a place sees only itself and what came before.
        rotary: Whether queries and keys carry their place.

    Shape:
        [B, T, D], and optionally which places may be seen, bool [B, T], to [B, T, D].
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.0, *, causal: bool = False, rotary: bool = False
    ) -> None:
        super().__init__()
        self.heads, self.dropout, self.causal, self.rotary = heads, dropout, causal, rotary
        self.in_proj_weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(3 * width, width)))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = initialize(nn.Linear(width, width), "identity")

    def project(self, x_BTD: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, each [B, N, T, K]."""
        qkv = F.linear(x_BTD, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.reshape(*x_BTD.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind()
        return (rotate(q), rotate(k), v) if self.rotary else (q, k, v)

    def forward(self, x_BTD: Tensor, seen_BT: Tensor | None = None) -> Tensor:
        """What each place gathered, [B, T, D]."""
        q, k, v = self.project(x_BTD)
        mask = None if seen_BT is None else seen_BT[:, None, None, :]
        dropout = self.dropout if self.training else 0.0
        gathered_BNTK = F.scaled_dot_product_attention(q, k, v, mask, dropout, is_causal=self.causal)
        out: Tensor = self.out_proj(gathered_BNTK.transpose(1, 2).flatten(2))
        return out

    def maps(self, x_BTD: Tensor, seen_BT: Tensor | None = None) -> Tensor:
        """How much each place looks at each other one: [B, N, T, T], rows sum to 1. For people."""
        q, k, _ = self.project(x_BTD)
        scores: Tensor = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
        if self.causal:
            future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(future, -torch.inf)
        if seen_BT is not None:
            scores = scores.masked_fill(~seen_BT[:, None, None, :], -torch.inf)
        return torch.softmax(scores, dim=-1)


class Block(nn.Module):
    """One layer of a transformer: places talk to each other, then each thinks for itself.

    Both results are added to what was there; norms come first (pre-norm: Xiong et al. 2020), which
    trains without a warm-up.

    Args:
        width: D.
        heads: N.
        feed_forward: Units of the dense layer within.
        dropout: Share of numbers silenced in training.
        causal: Whether a place sees only itself and what came before.
        rotary: Whether attention knows places.

    Shape:
        [B, T, D], and optionally bool [B, T], to [B, T, D].
    """

    def __init__(
        self,
        width: int,
        heads: int,
        feed_forward: int,
        dropout: float = 0.0,
        *,
        causal: bool = False,
        rotary: bool = False,
    ) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(width, eps=1e-6)
        self.self_attention = SelfAttention(width, heads, dropout, causal=causal, rotary=rotary)
        self.dropout = nn.Dropout(dropout)
        self.ln_2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.Sequential(
            *(nn.Linear(width, feed_forward), nn.GELU(), nn.Dropout(dropout)),
            *(nn.Linear(feed_forward, width), nn.Dropout(dropout)),
        )
        initialize(self.mlp, "identity")

    def forward(self, x_BTD: Tensor, seen_BT: Tensor | None = None) -> Tensor:
        """The input plus what was gathered plus what was thought."""
        x_BTD = x_BTD + self.dropout(self.self_attention(self.ln_1(x_BTD), seen_BT))
        out: Tensor = x_BTD + self.mlp(self.ln_2(x_BTD))
        return out
