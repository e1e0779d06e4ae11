"""Notes on comparisons in evaluation: how many answers were said to be right, whatever computes the figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitreous.record.events import Listener, OpCall
from vitreous.record.facts import Comparison
from vitreous.record.measure import IGNORED

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST = 3000
_EQUAL = frozenset({"__eq__", "eq"})


class ComparisonNotes(Listener):
    """Every == of tensors that is heard, with the call of a model before it and how many were equal."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: list[Comparison] = []
        self._waiting: list[Tensor] = []

    def op_end(self, event: OpCall) -> None:
        """One comparison: counted on its device, read at the end."""
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
        self._waiting.append(torch.stack([output.sum(), self._ignored(event, output)]))
        call = self.session.data.last_call
        row = Comparison(self.session.step, call, event.places[0], 0, output.numel())
        sides = [side for side in event.args[:2] if isinstance(side, Tensor)]
        if (
            len(sides) == 2
            and sides[0].shape != sides[1].shape
            and sides[0].data_ptr() != sides[1].data_ptr()
        ):
            row.shapes = [list(side.shape) for side in sides]
        self._rows.append(row)

    def _ignored(self, event: OpCall, output: Tensor) -> Tensor:
        """How many of the labels are such that the losses leave them out; a model is never taught to answer them."""
        sites = [
            s for s in self.session.losses.sites if s.trained and s.name in ("cross_entropy", "nll_loss")
        ]
        values = {site.options.get("ignore_index", IGNORED) for site in sites}
        counts = [
            (side == value).sum()
            for side in event.args[:2]
            for value in values
            if isinstance(value, int) and isinstance(side, Tensor) and side.shape == output.shape
            if not side.is_floating_point()
        ]
        return torch.stack(counts).amax() if counts else output.new_zeros((), dtype=torch.int64)

    def found(self) -> list[Comparison]:
        """All of them."""
        if self._waiting:
            counts = torch.stack([count.cpu() for count in self._waiting]).tolist()
            for row, (right, ignored) in zip(self._rows[-len(counts) :], counts, strict=True):
                row.right, row.ignored = int(right), int(ignored)
            self._waiting.clear()
        return self._rows
