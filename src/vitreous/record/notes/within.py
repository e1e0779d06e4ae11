"""Backward passes that an optimizer makes within one step: LBFGS calls its closure at one point after the other."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

_CHECKED = 4  # parameters that are looked at to see whether weights moved, and whether gradients were cleared


class Within:
    """One step of an optimizer, and the backward passes between its begin and its end.

    Gradients of batches that are added up at the same weights are accumulation; those that are added to what the pass
    before left at other weights are no gradient of anything.

    Attributes:
        passes: How many backward passes there were.
        moved: Those at weights that the step had moved since the pass before.
        added: Those of them that found the gradients of the pass before still there.

    Args:
        looks: Whether to look for these two.
    """

    def __init__(self, optimizer: Any, looks: bool = True) -> None:
        self.passes = self.moved = self.added = 0
        self._optimizer, self._looks = optimizer, looks
        self._cleared = True
        self._norms: list[float] = []

    def clear(self) -> None:
        """The optimizer's gradients are cleared."""
        self._cleared = True

    def backward(self) -> None:
        """A backward pass begins."""
        self.passes += 1
        if not self._looks:
            return
        held = [p for group in self._optimizer.param_groups for p in group["params"] if p.requires_grad]
        norms = [float(torch.linalg.vector_norm(p.detach(), dtype=torch.float64)) for p in held[:_CHECKED]]
        if self._norms and norms != self._norms and all(math.isfinite(norm) for norm in norms):
            self.moved += 1
            self.added += not self._cleared and not without_gradient(self._optimizer)
        self._norms, self._cleared = norms, False


def with_gradient(optimizer: Any) -> list[Tensor]:
    """A few parameters that have a gradient."""
    held = [p for group in optimizer.param_groups for p in group["params"] if p.requires_grad]
    return [p for p in held if p.grad is not None][:_CHECKED]


def without_gradient(optimizer: Any) -> bool:
    """Whether gradients are None or zero."""
    return all(not bool(p.grad.any()) for p in with_gradient(optimizer))  # type: ignore[union-attr]
