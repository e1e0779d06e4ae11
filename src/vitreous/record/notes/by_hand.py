"""Updates of parameters that no optimizer makes: told from what changed between two backward passes."""

from __future__ import annotations

import torch
from torch import Tensor

from vitreous.record.events import Backward

_COPIED = 4  # leaves kept as copies: what is written through `.data` shows in no version counter
_MOST_ELEMENTS = 200_000  # of a leaf that is copied
_WATCHED = 50  # backward passes without any update by hand, after which copies are no longer kept
_NORMS = 60  # backward passes after which the gradient is measured; then every tenth


class ByHand:
    """Holds the leaves of the last backward pass as they were then.

    An update is a change in place (seen by the version counter), one through `.data` (seen by comparing values),
    or new tensors of the same shapes in the place of all old ones.

    Attributes:
        norm: Gradient norm after the last backward pass; None where it was not measured.
        carried: Whether gradients that the update before had used were still there in the pass after it.
    """

    def __init__(self) -> None:
        self.norm: float | None = None
        self.carried = False
        self._leaves: list[Tensor] = []
        self._versions: list[int] = []
        self._copies: list[tuple[Tensor, Tensor]] = []
        self._passes = self._updates = 0

    def remember(self, leaves: list[Tensor], event: Backward) -> None:
        """A backward pass is over; these are the leaves it reached."""
        self._passes += 1
        self._leaves, self._versions = leaves, [leaf._version for leaf in leaves]
        self._copies = []
        if self._updates or self._passes <= _WATCHED:
            small = [leaf for leaf in leaves if leaf.numel() <= _MOST_ELEMENTS][:_COPIED]
            self._copies = [(leaf, leaf.detach().clone()) for leaf in small]
        self.norm = None
        if self._passes <= _NORMS or self._passes % 10 == 0:
            found = [event.of(leaf) for leaf in leaves]
            grads = [g.detach().float() for g in found if g is not None and not g.is_sparse]
            self.norm = float(torch.stack(torch._foreach_norm(grads)).norm()) if grads else None

    def forget(self) -> None:
        """An optimizer steps: tensors are not held any longer."""
        self._leaves, self._versions, self._copies = [], [], []

    def changed(self, now: list[Tensor]) -> bool:
        """Whether an update was made since then; `now` are the leaves of the pass that begins."""
        if not self._leaves:
            return False
        if [leaf._version for leaf in self._leaves] != self._versions:
            return True
        if any(not torch.equal(leaf.detach(), copy) for leaf, copy in self._copies):
            return True
        known = {id(leaf) for leaf in self._leaves}
        same = len(now) == len(known) and [leaf.shape for leaf in now] == [
            leaf.shape for leaf in self._leaves
        ]
        return same and not any(id(leaf) in known for leaf in now)

    def updated(self, now: list[Tensor]) -> None:
        """The update is noted; whether its gradients were cleared shows in the leaves of the pass that begins."""
        self._updates += 1
        self.carried = any(leaf.grad is not None and bool(leaf.grad.any()) for leaf in now)
