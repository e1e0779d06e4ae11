"""Updates of parameters that no optimizer makes: told from what changed between two backward passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitreous.record.events import Backward, BatchEvent, Listener, LossCall, ModuleCall, Printed
from vitreous.record.measure import real

if TYPE_CHECKING:
    from vitreous.record.session import Session

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
        made_anew: Whether the last update put new tensors in the place of the old ones.
    """

    def __init__(self) -> None:
        self.norm: float | None = None
        self.carried = self.made_anew = False
        self._leaves: list[Tensor] = []
        self._versions: list[int] = []
        self._copies: list[tuple[Tensor, Tensor]] = []
        self._passes = self._updates = 0
        self._moved = False

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
            grads = [real(g.detach()) for g in found if g is not None and not g.is_sparse]
            self.norm = float(torch.stack(torch._foreach_norm(grads)).norm()) if grads else None

    def forget(self) -> None:
        """An optimizer steps: tensors are not held any longer."""
        self._leaves, self._versions, self._copies = [], [], []

    def changed(self, now: list[Tensor]) -> bool:
        """Whether an update was made since then; `now` are the leaves of the pass that begins."""
        self.made_anew = False
        if not self._leaves:
            return False
        if [leaf._version for leaf in self._leaves] != self._versions:
            return True
        if any(not _same(leaf.detach(), copy) for leaf, copy in self._copies):
            return True
        known = {id(leaf) for leaf in self._leaves}
        same = sorted(leaf.shape for leaf in now) == sorted(leaf.shape for leaf in self._leaves)
        self.made_anew = same and not any(id(leaf) in known for leaf in now)
        return self.made_anew

    def updated(self) -> None:
        """The update is noted: what changed since is another."""
        self._updates += 1
        self._moved = True
        self.forget()

    def begins(self, now: list[Tensor]) -> None:
        """A backward pass begins; whether the gradients of the update before it were cleared shows in its leaves."""
        if self._moved:
            self._moved = False
            self.carried = any(leaf.grad is not None and bool(leaf.grad.any()) for leaf in now)


def _same(now: Tensor, before: Tensor) -> bool:
    """Whether nothing was written: what is no number equals nothing, but it is still what it was."""
    return torch.equal(now, before) or torch.allclose(now, before, rtol=0.0, atol=0.0, equal_nan=True)


class Clock(Listener):
    """Tells an update by hand as soon as the program goes on: what follows it is of the next step.

    At the next backward pass it would be too late: the model's call before that would count as an evaluation.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def module_begin(self, event: ModuleCall) -> None:
        """A model is called; with new tensors for parameters, perhaps, where nothing else makes updates.

        Beside an optimizer these would be another model's, as a teacher's that is built like its student.
        """
        steps = self.session.steps
        if not event.depth and steps.awaits_update:
            steps.look_for_update([] if steps.optimizers else list(event.module.parameters()))

    def loss_begin(self, event: LossCall) -> None:
        """A loss is computed, in a program without modules perhaps."""
        self.session.steps.look_for_update([])

    def batch(self, event: BatchEvent) -> None:
        """A batch is drawn."""
        self.session.steps.look_for_update([])

    def printed(self, event: Printed) -> None:
        """Something is reported."""
        self.session.steps.look_for_update([])
