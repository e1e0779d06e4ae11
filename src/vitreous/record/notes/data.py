"""Notes on the data: samples of what goes in and what is aimed at, and a fingerprint of every sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from vitreous.record.events import BatchEvent, Listener, LossCall, ModuleCall
from vitreous.record.facts import LossRow
from vitreous.record.measure import fingerprints, tensors
from vitreous.record.notes.ids import IdRows, as_rows
from vitreous.record.places import Place

if TYPE_CHECKING:
    from vitreous.record.session import Session

_ELEMENTS = {
    "train": 4_000_000,
    "evaluation": 2_000_000,
}  # kept of inputs; targets and predictions as many rows
_MOST_PRINTS = 200_000
_MOST_CALLERS = 200
_APART = 0x1E3779B97F4A7C15  # odd and large: no sum of two small prints, as those of numbers, is that of two others
_NARROW = 8  # numbers in a row of the first argument, up to which the others are needed to tell samples apart


@dataclass(eq=False)
class _Seen:
    """A batch that a model was given, and what became of it.

    Attributes:
        origin: The number of the call, of the lines that call, of the loader, and of the model.
        beside: Further arguments that belong to the samples, as the film that a user is asked about.
        passed: The models' notes on the call.
    """

    inputs: Tensor
    origin: tuple[int, int, int, int]
    beside: list[Tensor]
    passed: Any = None
    row: LossRow | None = None
    targets: Tensor | None = None
    said: Tensor | None = None


class _Rows:
    """Rows of one shape in one growing array: many small arrays between large ones would leave holes in memory."""

    def __init__(self, first: np.ndarray) -> None:
        self.shape = first.shape[1:]
        usual = min(
            4096, 4_000_000 // (first[:1].size or 1)
        )  # its pages take no memory before they are written
        self._buffer = np.empty((max(usual, 2 * len(first)), *self.shape), first.dtype)
        self._count = 0
        self.add(first)

    def add(self, rows: np.ndarray) -> None:
        """Copies them to the end."""
        needed = self._count + len(rows)
        kind = np.result_type(self._buffer, rows)
        if needed > len(self._buffer) or kind != self._buffer.dtype:
            grown = np.empty((max(needed, 2 * self._count), *self.shape), kind)
            grown[: self._count] = self._buffer[: self._count]
            self._buffer = grown
        self._buffer[self._count : needed] = rows
        self._count = needed

    def all(self) -> np.ndarray:
        """Those that there are."""
        return self._buffer[: self._count]


class DataNotes(Listener):
    """Rows that a model was given, with what its output was compared with, by training and evaluation."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[str, _Rows] = {}
        share = 8 if session.resting else 1  # a long run has its memory for itself
        self._most = {part: most // share for part, most in _ELEMENTS.items()}
        self._elements = {"train": 0, "evaluation": 0}
        self._prints = {"train": 0, "evaluation": 0}
        self._pending: list[_Seen] = []
        self._passed: Any = None
        self._last: Tensor | None = None
        self._beside: list[Tensor] = []
        self._from = (-1, -1, -1, -1)
        self._loader, self._calls = -1, 0
        self.callers: list[list[Place]] = []
        self._callers: dict[tuple[Place, ...], int] = {}
        self.moments: dict[str, Any] = {}
        self._ids = IdRows()

    def given(self, model: int, event: ModuleCall) -> None:
        """A model is called: its first tensor argument is the batch."""
        self._flush_alone()
        found = [t for t in tensors([event.args, event.kwargs])[:3] if t.ndim >= 1 and t.numel()]
        found = [bags, *found[2:]] if (bags := as_rows(event.module, found)) is not None else found
        self._last = found[0].detach() if found else None
        narrow = bool(found) and found[0].numel() <= _NARROW * len(found[0])
        self._beside = [t.detach() for t in found[1:] if len(t) == len(found[0])] if narrow else []
        self._from = (self._calls, self._caller(event.places), self._loader, model)
        self._loader, self._calls, self._passed = -1, self._calls + 1, None

    def passed(self, call: Any) -> None:
        """The call is over; `call.trained` will say whether a gradient came back through it."""
        self._passed = call

    def rows(self, name: str) -> np.ndarray | None:
        """What is kept so far under one of the names of `Evidence.arrays`."""
        known = self._rows.get(name)
        return known.all() if known is not None else None

    def batch(self, event: BatchEvent) -> None:
        """A loader gives what the next call of a model is probably about."""
        self._loader = self.session.schedules.number(event.loader)

    @property
    def last_call(self) -> int:
        """The number of the model's call before now; -1 where there was none."""
        return self._calls - 1

    def _caller(self, places: tuple[Place, ...]) -> int:
        number = self._callers.get(places)
        if number is None:
            if len(self.callers) >= _MOST_CALLERS:
                return -1
            number = self._callers[places] = len(self.callers)
            self.callers.append(list(places))
        return number

    def compared(self, row: LossRow, event: LossCall) -> None:
        """A loss is computed: its target belongs to the batch before it where both have as many rows."""
        target, given = event.target, event.input
        row.call = self._calls - 1
        if not isinstance(target, Tensor) or self._full():
            self._last = None
            return
        inputs, beside = self._last, self._beside
        if inputs is None:
            beside = []
            inputs = self.session.traces.batch_behind(given)
        if inputs is not None:
            rows = target.detach() if target.ndim and len(target) == len(inputs) else None
            said = given.detach() if given.ndim and len(given) == len(inputs) else None
            self._pending.append(_Seen(inputs, self._from, beside, self._passed, row, rows, said))
        self._last = None

    def settle(self) -> None:
        """A step is over: what was trained is known."""
        self._flush_alone()
        for seen in self._pending:
            trained = (seen.row is not None and seen.row.trained) or (seen.passed and seen.passed.trained)
            if trained or seen.row is not None or not self.session.setup:
                self._keep("train" if trained else "evaluation", seen)
        self._pending.clear()

    def found(self) -> dict[str, np.ndarray]:
        """All arrays by name; parts whose rows have different shapes keep the first shape."""
        return {name: rows.all() for name, rows in self._rows.items()} | self._ids.found()

    def _flush_alone(self) -> None:
        """A batch that no functional loss followed: an evaluation, or a loss written by hand."""
        if self._last is not None and not self._full():
            self._pending.append(_Seen(self._last, self._from, self._beside, self._passed))
        self._last = None

    def _full(self) -> bool:
        return len(self._pending) > 500 or all(
            self._elements[part] >= self._most[part] and self._prints[part] >= _MOST_PRINTS
            for part in ("train", "evaluation")
        )

    def _keep(self, part: str, seen: _Seen) -> None:
        step, inputs, targets, said = self.session.step, seen.inputs, seen.targets, seen.said
        self._ids.add(part, inputs)
        if self._prints[part] < _MOST_PRINTS:
            self._prints[part] += len(inputs)
            prints = fingerprints(inputs)
            for other in seen.beside:
                prints = prints * _APART + fingerprints(other)
            self._add(f"{part}.prints", prints.cpu().numpy())
            self._add(f"{part}.print_steps", np.full(len(inputs), step))
            for name, value in zip(("calls", "callers", "loaders", "models"), seen.origin, strict=True):
                self._add(f"{part}.print_{name}", np.full(len(inputs), value, dtype=np.int32))
        if self._elements[part] >= self._most[part]:
            return
        self._elements[part] += inputs.numel()
        if targets is None and f"{part}.targets" in self._rows:
            return  # rows stay matched: those without a target are left out where others have one
        parts = (("inputs", inputs), ("targets", targets), ("predictions", said))
        if not all(self._fits(f"{part}.{name}", rows) for name, rows in parts if rows is not None):
            return  # nor is one of another shape kept in part
        self._add(f"{part}.inputs", _numbers(inputs))
        self._add(f"{part}.steps", np.full(len(inputs), step))
        self._add(f"{part}.calls", np.full(len(inputs), seen.origin[0], dtype=np.int32))
        if targets is not None:
            self._add(f"{part}.targets", _numbers(targets))
        if said is not None:
            self._add(f"{part}.predictions", _numbers(said))

    def _fits(self, name: str, rows: Tensor) -> bool:
        known = self._rows.get(name)
        return known is None or known.shape == tuple(rows.shape[1:])

    def _add(self, name: str, rows: np.ndarray) -> None:
        known = self._rows.get(name)
        if known is None:
            self._rows[name] = _Rows(rows)
        elif known.shape == rows.shape[1:]:
            known.add(rows)


def _numbers(tensor: Tensor) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.float()
    found: np.ndarray = tensor.cpu().numpy()
    return found
