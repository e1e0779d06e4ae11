"""Notes on answers: which class a model says, by the class it should, over the last batches."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vitreous.record.events import Listener, LossCall
from vitreous.record.facts import Answers, LossRow
from vitreous.record.measure import unheard

if TYPE_CHECKING:
    from vitreous.record.session import Session

_KEPT = 60  # calls of each line, so that what was answered early in training does not count
_MOST_CLASSES, _MOST_ELEMENTS = 100, 50_000
_ALWAYS = 400  # steps at which every call is counted; then at every fifth
_CLASSES = frozenset({"cross_entropy", "nll_loss"})
_THRESHOLDS = {"binary_cross_entropy": 0.5, "binary_cross_entropy_with_logits": 0.0}


class AnswerNotes(Listener):
    """Counts answers by class, for losses that choose between classes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._pending: list[tuple[LossRow, Tensor]] = []
        self._kept: dict[tuple[int, bool], deque[list[list[int]]]] = {}

    def loss_end(self, event: LossCall) -> None:
        """One call; its row is the last that the losses' notes made."""
        step, rows = self.session.step, self.session.losses.rows
        if not rows or rows[-1].step != step or not (step < _ALWAYS or step % 5 == 0):
            return
        if not isinstance(event.target, Tensor) or event.target.device.type != "cpu":
            return
        with unheard():
            matrix = confusion(event)
        if matrix is not None:
            truth = matrix.sum(1)
            present = truth > 0
            right = matrix.diagonal()[present] / truth[present]
            rows[-1].balanced = 1.0 - float(right.mean())
            self._pending.append((rows[-1], matrix))

    def settle(self) -> None:
        """Which of them were trained is known now."""
        for row, matrix in self._pending:
            self._kept.setdefault((row.site, row.trained), deque(maxlen=_KEPT)).append(matrix.tolist())
        self._pending.clear()

    def found(self) -> list[Answers]:
        """By loss line, the last calls together."""
        result = []
        for (site, trained), matrices in self._kept.items():
            alike = [m for m in matrices if len(m) == len(matrices[-1])]
            result.append(Answers(site, trained, len(alike), np.sum(alike, axis=0).tolist()))
        return result


def confusion(event: LossCall) -> Tensor | None:
    """Counts by true and by answered class; None where a loss is not about classes.

    Shape:
        [classes, classes], whole numbers.
    """
    given, target = event.input.detach(), event.target.detach()
    if not target.numel() or target.numel() > _MOST_ELEMENTS:
        return None
    if event.name in _CLASSES and given.ndim >= 2 and not target.is_floating_point():
        classes = given.shape[1]
        if given.numel() != target.numel() * classes:
            return None
        said, truth = given.argmax(1).reshape(-1), target.reshape(-1).long()
    elif event.name in _THRESHOLDS and given.numel() == target.numel():
        classes = 2
        said = (given.reshape(-1) > _THRESHOLDS[event.name]).long()
        truth = (target.reshape(-1) > 0.5).long()
    else:
        return None
    fits = (truth >= 0) & (truth < classes) & (truth != event.options.get("ignore_index", -100))
    if classes > _MOST_CLASSES or not bool(fits.any()):
        return None
    return torch.bincount(truth[fits] * classes + said[fits], minlength=classes**2).view(classes, classes)
