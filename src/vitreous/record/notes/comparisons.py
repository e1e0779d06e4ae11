"""Notes on comparisons in evaluation: how many answers were said to be right, whatever computes the figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vitreous.record.events import Listener, OpCall
from vitreous.record.facts import Comparison

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
        self._waiting.append(output.sum())
        call = self.session.data.last_call
        self._rows.append(Comparison(self.session.step, call, event.places[0], 0, output.numel()))

    def found(self) -> list[Comparison]:
        """All of them."""
        if self._waiting:
            counts = torch.stack([count.cpu() for count in self._waiting]).tolist()
            for row, count in zip(self._rows[-len(counts) :], counts, strict=True):
                row.right = int(count)
            self._waiting.clear()
        return self._rows
