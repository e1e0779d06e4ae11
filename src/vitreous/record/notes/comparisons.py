"""Notes on comparisons in evaluation: how many answers were said to be right, whatever computes the figure."""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitreous.record.compared import Comparison
from vitreous.record.events import Listener, OpCall
from vitreous.record.measure import IGNORED

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST = 3000
_EQUAL = frozenset({"__eq__", "eq"})
_CUTTING = frozenset({"__getitem__", "masked_select"})
_REMEMBERED = 8  # cuts by a mask; a comparison follows those of its two sides at once


class ComparisonNotes(Listener):
    """Every == of tensors that is heard, with the call of a model before it and how many were equal."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: list[Comparison] = []
        self._waiting: list[Tensor] = []
        self._cut: deque[tuple[weakref.ref[Tensor], weakref.ref[Tensor]]] = deque(maxlen=_REMEMBERED)

    def op_end(self, event: OpCall) -> None:
        """One comparison: counted on its device, read at the end."""
        if event.name in _CUTTING and not event.modules:
            self._remember(event)
        if event.name not in _EQUAL or len(self._rows) >= _MOST or event.modules:
            return
        output = event.output
        if (
            not isinstance(output, Tensor)
            or output.dtype != torch.bool
            or not output.ndim
            or not event.places
        ):
            return
        sides = [side for side in event.args[:2] if isinstance(side, Tensor)]
        ignored = self._ignored(sides, output)
        whole = [before for side in sides if (before := self._whole(side)) is not None]
        ignored_right = self._ignored(
            sides[:1], output, among=output
        )  # of equal numbers one side says enough
        uncut = self._ignored(whole, whole[0]) - ignored if whole else torch.zeros_like(ignored)
        self._waiting.append(torch.stack([output.sum(), ignored, ignored_right, uncut]))
        call = self.session.data.last_call
        row = Comparison(self.session.step, call, event.places[0], 0, output.numel())
        if len(whole) == 2 and whole[0].shape == whole[1].shape:
            row.left_out = whole[0].numel() - output.numel()
        if (
            len(sides) == 2
            and sides[0].shape != sides[1].shape
            and sides[0].data_ptr() != sides[1].data_ptr()
        ):
            row.shapes = [list(side.shape) for side in sides]
        self._rows.append(row)

    def _remember(self, event: OpCall) -> None:
        """What a mask cuts out of a tensor of one number a place, and that tensor; neither is kept alive."""
        whole, mask, output = *event.args[:2], event.output
        masks = isinstance(mask, Tensor) and mask.dtype == torch.bool
        if masks and isinstance(whole, Tensor) and isinstance(output, Tensor) and mask.shape == whole.shape:
            self._cut.append((weakref.ref(output), weakref.ref(whole)))

    def _whole(self, side: Tensor) -> Tensor | None:
        """What a side of a comparison was cut from by a mask; None where it was not, or that is gone."""
        return next((whole() for cut, whole in self._cut if cut() is side), None)

    def _ignored(self, sides: list[Tensor], output: Tensor, among: Tensor | None = None) -> Tensor:
        """How many of the labels are such that the losses leave them out; a model is never taught to answer them.

        Of all places, or of those among which `among` is true.
        """
        sites = [
            s for s in self.session.losses.sites if s.trained and s.name in ("cross_entropy", "nll_loss")
        ]
        values = {site.options.get("ignore_index", IGNORED) for site in sites}
        counts = [
            (side == value if among is None else (side == value) & among).sum()
            for side in sides
            for value in values
            if isinstance(value, int) and side.shape == output.shape and not side.is_floating_point()
        ]
        return torch.stack(counts).amax() if counts else output.new_zeros((), dtype=torch.int64)

    def found(self) -> list[Comparison]:
        """All of them."""
        if self._waiting:
            counts = torch.stack([count.cpu() for count in self._waiting]).tolist()
            for row, count in zip(self._rows[-len(counts) :], counts, strict=True):
                row.right, row.ignored, row.ignored_right, row.unlearned = count
            self._waiting.clear()
        return self._rows
