"""Notes on what a model answered in evaluation beside what it should have: enough to compute any figure of it anew."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from vitreous.record.compared import Pair
from vitreous.record.events import BatchEvent, Listener, LossCall, ModuleCall, OpCall
from vitreous.record.measure import tensors

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST_ELEMENTS = 2_000_000  # of answers
_MOST_PENDING = 500
_MOST_CHANNELS = 20  # of a picture's answer: a few classes at each place
_HELD_AGAINST = frozenset({"__eq__", "eq", "__ne__", "ne", "sub", "__sub__", "__rsub__", "rsub"})
_OVERLAPPING = frozenset({"mul", "__mul__", "__rmul__", "__and__", "logical_and", "bitwise_and", "minimum"})


@dataclass(eq=False)
class _Answer:
    """One call of a model.

    Attributes:
        call: Its number, as in ``evaluation.print_calls``.
        passed: The models' notes on it, which will say whether it was trained.
        said: Its output, [samples], [samples, anything] or [samples, classes, height, width].
        meant: The truth for the same samples, once it is known.
    """

    call: int
    passed: Any
    said: Tensor
    meant: Tensor | np.ndarray | None = None


class JudgedNotes(Listener):
    """The latest answers, and the truth that goes with them.

    The truth is what the loader gave beside the model's input, or the target of a loss, or the other side where
    something made from the answer is compared with it or subtracted from it.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._batch: list[Tensor] = []
        self._pending: list[_Answer] = []
        self._made: dict[int, weakref.ref[Tensor]] = {}
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._elements = self._waiting = 0
        self._apart: list[tuple[Any, Pair]] = []
        self.pairs: dict[Any, Pair] = {}

    def batch(self, event: BatchEvent) -> None:
        """What the next calls are probably about."""
        found = [t for t in tensors(event.batch)[:5] if t.ndim]
        self._batch = found if len({len(t) for t in found}) == 1 else []

    def answered(self, event: ModuleCall, passed: Any) -> None:
        """A model was called from outside of any module."""
        self._made = {}
        found = tensors(event.output)
        if len(found) != 1 or not found[0].is_floating_point() or not _kept(found[0]):
            return
        self._waiting += found[0].numel() if found[0].ndim > 2 else 0
        if (
            self._waiting > _MOST_ELEMENTS
            or len(self._pending) >= _MOST_PENDING
            or self._elements > _MOST_ELEMENTS
        ):
            return
        given, said = tensors([event.args, event.kwargs]), found[0]
        self._made = {id(said): weakref.ref(said)}
        call = self.session.data.last_call
        self._pending.append(_Answer(call, passed, said.detach(), self._beside(given, len(said))))

    def loss_end(self, event: LossCall) -> None:
        """The target of a loss that is given the answer just as the model gave it."""
        last = self._pending[-1] if self._pending else None
        rows = self.session.losses.rows
        known = bool(rows) and rows[-1].step == self.session.step
        if last is None or not known or not isinstance(event.input, Tensor):
            return
        same = event.input.data_ptr() == last.said.data_ptr() and event.input.numel() == last.said.numel()
        self.session.losses.sites[rows[-1].site].direct += same
        if same and isinstance(event.target, Tensor):
            self._means(event.target)

    def op_end(self, event: OpCall) -> None:
        """Follows what is made from the answer, and looks what it is held against."""
        if not self._made or event.modules:
            return
        sides = [side for side in event.args if isinstance(side, Tensor)]
        made = [self._is_made(side) for side in sides]
        if not any(made):
            return
        masks = self._pending[-1].said.ndim > 2 and event.name in _OVERLAPPING
        if (event.name in _HELD_AGAINST or masks) and len(sides) == 2 and not all(made):
            self._means(sides[made.index(False)])
            self._subtracted(event, sides[made.index(True)], sides[made.index(False)])
        for tensor in tensors(event.output)[:4]:
            self._made[id(tensor)] = weakref.ref(tensor)

    def compared(self, given: np.ndarray) -> None:
        """An array is held against the answers of one or more calls together."""
        rows = len(given) if given.ndim else 0
        together: list[_Answer] = []
        for answer in reversed(self._pending):
            if rows <= 0:
                break
            together.insert(0, answer)
            rows -= len(answer.said)
        if rows:
            return
        start = 0
        for answer in together:
            end = start + len(answer.said)
            if answer.meant is None:
                answer.meant = given[start:end]
            start = end

    def _subtracted(self, event: OpCall, said: Tensor, given: Tensor) -> None:
        """Answers and truth of other shapes, one minus the other."""
        if "sub" in event.name and said.shape != given.shape and event.place is not None:
            pair = Pair("-", event.place, list(said.shape), list(given.shape), step=self.session.step)
            self._apart.append((self._pending[-1].passed, pair))

    def settle(self) -> None:
        """What was trained is known now: the rest was evaluation."""
        for passed, pair in self._apart:
            if not passed.trained:
                self.pairs.setdefault(pair.place, pair)
        self._apart.clear()
        for answer in self._pending:
            if answer.meant is None or answer.passed.trained or self._elements > _MOST_ELEMENTS:
                continue
            said, meant = _array(answer.said), _array(answer.meant)
            if self._rows and not _alike(self._rows[0], (said, meant)):
                continue
            self._elements += said.size
            self._rows.append((said, meant, np.full(len(said), answer.call, np.int32)))
        self._pending.clear()
        self._waiting = 0
        self._made = {}

    def found(self) -> dict[str, np.ndarray]:
        """Answers, the truth and the number of the call, row by row."""
        if not self._rows:
            return {}
        joined = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        return dict(zip(("judged.said", "judged.meant", "judged.calls"), joined, strict=True))

    def _means(self, truth: Tensor) -> None:
        last = self._pending[-1]
        if last.meant is None and truth.ndim and len(truth) == len(last.said):
            last.meant = truth.detach()

    def _is_made(self, tensor: Tensor) -> bool:
        known = self._made.get(id(tensor))
        return known is not None and known() is tensor

    def _beside(self, given: list[Tensor], rows: int) -> Tensor | None:
        """The one tensor of the loader's batch that is no input."""
        if not given or not self._batch or len(self._batch[0]) != rows or not given[0].ndim:
            return None
        starts, shapes = {t.data_ptr() for t in given}, {t.shape for t in given}
        others = [t for t in self._batch if t.data_ptr() not in starts]
        if len(others) > 1:
            others = [t for t in others if t.shape not in shapes]
        return others[0].detach() if len(others) == 1 and others[0].ndim <= 4 else None


def _array(values: Tensor | np.ndarray) -> np.ndarray:
    if isinstance(values, Tensor):
        values = values.detach().float().cpu().numpy()
    return np.array(values, dtype=np.float32)


def _alike(one: tuple[np.ndarray, ...], other: tuple[np.ndarray, ...]) -> bool:
    return all(a.shape[1:] == b.shape[1:] for a, b in zip(one, other, strict=False))


def _kept(said: Tensor) -> bool:
    """Whether an answer is one number or a row of them for each sample, or a mask."""
    return said.ndim in (1, 2) or (said.ndim == 4 and said.shape[1] <= _MOST_CHANNELS)
