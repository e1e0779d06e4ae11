"""Mixup: each example blended with another of its batch.

Source: Zhang, Cisse, Dauphin and Lopez-Paz 2018, "mixup: Beyond Empirical Risk Minimization",
https://arxiv.org/abs/1710.09412.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vitreous.training.losses import Loss


def mix(x: Any, y: Tensor, *, alpha: float, seed: int, loss: Loss) -> tuple[Tensor, Callable[[Any], Tensor]]:
    """A batch blended with itself in another order.

    Args:
        x: Inputs, (batch, …).
        y: Targets, (batch, …).
        alpha: Both parameters of the Beta distribution that the weight is drawn from.
        seed: Of the draw, so that a resumed run blends as it would have.
        loss: Outputs and targets to the mean loss.

    Returns:
        The blended inputs, and the loss of their outputs: the two targets' losses in the same blend.
    """
    generator = torch.Generator().manual_seed(seed)
    gamma = torch._standard_gamma(torch.full((2,), alpha, dtype=torch.float64), generator)
    weight = float(gamma[0] / gamma.sum())  # a Beta draw is a share of two Gamma draws
    other = torch.randperm(len(y), generator=generator).to(y.device)

    def mixed_loss(outputs: Any) -> Tensor:
        return weight * loss(outputs, y) + (1 - weight) * loss(outputs, y[other])

    return weight * x + (1 - weight) * x[other], mixed_loss
