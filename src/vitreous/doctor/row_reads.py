"""Batches that a script cuts from whole tensors: where it reads their rows, and other rows read in their place."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from vitreous.doctor import literals, source
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_READS = frozenset({"__getitem__", "index_select", "narrow"})
_SORTS = re.compile(r"\b(arg|lex|np\.|torch\.)?(sort|sorted|sort_values|argsort|lexsort)\(")
_LEAST = 2  # tensors: inputs and targets


@dataclass(frozen=True)
class Reads:
    """Lines of training at which rows of tensors of one length are read.

    Attributes:
        rows: How long the tensors are.
        lines: Files and lines.
        made: Where the tensors are made.
    """

    rows: int
    lines: tuple[tuple[str, int], ...]
    made: tuple[Place, ...]


def of_training(evidence: Evidence) -> Reads | None:
    """Where training reads rows of its inputs and of its targets, from tensors equally long; None if it does not."""
    found: dict[int, dict[tuple[str, int], int]] = defaultdict(Counter)
    made: dict[int, dict[Place, None]] = defaultdict(dict)
    for trace in evidence.training_traces:
        reads = [(op, given) for op in trace.ops if (given := _read(trace, op)) is not None]
        lengths = Counter(given.output.shape[0] for _, given in reads if given.output is not None)
        for op, given in reads:
            rows = given.output.shape[0] if given.output is not None else 0
            if lengths[rows] >= _LEAST and op.place is not None:
                found[rows][op.place.file, op.place.line] += 1
                made[rows] |= {given.place: None} if given.place is not None else {}
    if not found:
        return None
    rows = max(found, key=lambda rows: sum(found[rows].values()))
    return Reads(rows, tuple(found[rows]), tuple(made[rows]))


def _read(trace: Trace, op: Op) -> Op | None:
    """The tensor from outside of which an operation takes some rows."""
    given = trace.inputs(op)[:1]
    if op.name not in _READS or op.module or not given or given[0].kind != "data":
        return None
    before, after = given[0].output, op.output
    if before is None or after is None or not before.shape or before.requires_grad:
        return None
    fewer = len(after.shape) < len(before.shape) or after.shape[0] < before.shape[0]
    return given[0] if fewer else None


def sorted_at(reads: Reads) -> Place | None:
    """The line that sorts what the tensors are made of, or the order in which they are made; None if none is seen."""
    for place in reads.made:
        node = source.statement(place)
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        taken = [part.slice for part in ast.walk(node.value) if isinstance(part, ast.Subscript)]
        orders = [literals.held(place.file, name) for name in taken if isinstance(name, ast.Name)]
        for value in (node.value, *orders):
            if value is not None and _SORTS.search(ast.unparse(value)):
                return Place(place.file, value.lineno, place.function)
    return None


class Mixed(Listener):
    """At these lines rows are read from tensors of this length as if they had been shuffled, all in the same way."""

    def __init__(self, rows: int, lines: list[list[Any]]) -> None:
        self.rows, self.lines = rows, {(file, line) for file, line in lines}
        self._order: Any = None
        self._known: dict[int, tuple[Any, int, Any]] = {}

    def op_begin(self, event: OpCall) -> None:
        """Gives an operation that reads rows the tensor with its rows in another order."""
        if event.name not in _READS or not event.args or not self._is_meant(event):
            return
        event.args = (self._shuffled(event.args[0]), *event.args[1:])

    def _is_meant(self, event: OpCall) -> bool:
        tensor = event.args[0]
        if tensor.ndim == 0 or len(tensor) != self.rows or tensor.requires_grad:
            return False
        place = event.place
        if place is None or (place.file, place.line) not in self.lines:
            return False
        if event.name == "__getitem__":
            return takes_some(event.args[1], self.rows)
        return event.kwargs.get("dim", event.args[1:2]) in (0, (0,))

    def _shuffled(self, tensor: Any) -> Any:
        import torch

        if self._order is None:
            self._order = torch.randperm(self.rows, generator=torch.Generator().manual_seed(self.rows))
        known = self._known.get(id(tensor))
        if known is None or known[0] is not tensor or known[1] != tensor._version:
            mixed = tensor.index_select(0, self._order.to(tensor.device))
            known = self._known[id(tensor)] = (tensor, tensor._version, mixed)
        return known[2]


def takes_some(index: Any, rows: int) -> bool:
    """Whether an index takes some of the rows by their numbers: all of them, or those of a mask, are no batch."""
    import torch

    first = index[0] if isinstance(index, tuple) and index else index
    if isinstance(first, slice):
        return len(range(*first.indices(rows))) < rows
    if isinstance(first, torch.Tensor):
        return first.dtype not in (torch.bool, torch.uint8) and first.numel() < rows
    if isinstance(first, (list, np.ndarray, np.integer, int)):
        numbers = np.asarray(first)
        return numbers.dtype.kind in "iu" and numbers.size < rows
    return False
