"""Text from a language model, one token at a time."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


@torch.no_grad()
def sample(
    model: nn.Module, preprocessing: Any, prompt: str, *, length: int, temperature: float, seed: int
) -> str:
    """The prompt and what the model goes on with.

    Each next token is drawn from softmax(logits / temperature) of the last position; the model sees
    at most as many tokens as it was trained on.

    Args:
        model: Token ids [B, T] to logits [B, T, V].
        preprocessing: Of a language run: ``encode(text)`` and ``text(ids)``.
        prompt: What to go on from; a line break where it is empty.
        length: Tokens to add.
        temperature: Above 0; lower is more certain.
        seed: Same seed, same text.
    """
    model.eval()
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(seed)
    ids = list(preprocessing.encode(prompt or "\n")) or [1]
    window = int(preprocessing.length)
    for _ in range(length):
        logits = model(torch.tensor([ids[-window:]], device=device))[0, -1].float().cpu()
        logits[0] = -torch.inf  # padding is never said
        chosen = torch.multinomial(torch.softmax(logits / max(temperature, 1e-3), 0), 1, generator=generator)
        ids.append(int(chosen))
    text: str = preprocessing.text(ids)
    return text if prompt else text.lstrip("\n")
