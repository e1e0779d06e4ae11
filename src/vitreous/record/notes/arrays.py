"""Notes on NumPy arrays that are compared with what a model gave, and on metrics of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor

from vitreous.record.compared import Comparison, Pair
from vitreous.record.events import ArraysCompared, Listener, ModuleCall, OptimizerEvent
from vitreous.record.measure import tensors

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST_KEPT = 2_000_000  # elements of outputs since the last step
_MOST_PAIRS, _MOST_LOOKED_AT = 200, 2000
_LEAST = 12  # elements: fewer are in the same order by chance
_EQUAL = ("==", "accuracy_score")
_IGNORED = -100  # a label that PyTorch's losses leave out, unless told another


class ArrayNotes(Listener):
    """Outputs since the last step, to know an array again that was made of them.

    An array is what the model gave if its elements are in the order of those of the latest outputs (whatever scale
    they were brought to), or are the classes with the largest output, or outputs cut at 0 or one half.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.pairs: dict[tuple[Any, ...], Pair] = {}
        self.comparisons: list[Comparison] = []
        self._outputs: list[Tensor] = []
        self._kept = self._looked = 0

    def module_end(self, event: ModuleCall) -> None:
        """An output that may be compared later."""
        outputs = tensors(event.output) if event.depth == 0 else []
        found = [tensor for tensor in outputs if tensor.ndim]  # a loss beside them is none
        if found and found[0].is_floating_point():
            self._outputs.append(found[0].detach())
            self._kept += found[0].numel()
            while self._kept > _MOST_KEPT and len(self._outputs) > 1:
                self._kept -= self._outputs.pop(0).numel()

    def step_begin(self, event: OptimizerEvent) -> None:
        """What was said before an update is compared no more."""
        self._outputs.clear()
        self._kept = 0

    def arrays_compared(self, event: ArraysCompared) -> None:
        """Two arrays, if exactly one of them is what the model gave."""
        one, other = (_plain(side) for side in (event.left, event.right))
        if one is None or other is None or not self._outputs or self._looked >= _MOST_LOOKED_AT:
            return
        self._looked += 1
        first, second = self._is_said(one), self._is_said(other)
        if first == second:
            return
        said, given = (one, other) if first else (other, one)
        self.session.judged.compared(given)
        place = event.place
        key = (event.how, place, said.shape[1:], given.shape[1:], first)
        known = self.pairs.get(key)
        if known is not None:
            known.calls += 1
        elif len(self.pairs) < _MOST_PAIRS:
            shapes = list(said.shape), list(given.shape)
            self.pairs[key] = Pair(event.how, place, *shapes, first, self.session.step)
        if event.how in _EQUAL and said.shape == given.shape and place is not None:
            right = int((said == given).sum())
            call = self.session.data.last_call
            ignored = int((given == _IGNORED).sum())
            row = Comparison(self.session.step, call, place, right, said.size, ignored=ignored)
            self.comparisons.append(row)

    def _is_said(self, array: np.ndarray) -> bool:
        """Whether an array was made of the latest outputs."""
        if array.size < _LEAST or array.dtype.kind not in "fiub":
            return False
        if array.ndim == 2 and array.dtype.kind in "iu" and self._is_said_by_place(array):
            return True
        flat = array.reshape(-1)
        for classes in (False, True):
            said = self._latest(len(flat), classes)
            if said is None:
                continue
            if classes:
                if np.array_equal(said.argmax(1), flat):
                    return True
            elif _in_order(said.reshape(-1), flat):
                return True
        return False

    def _is_said_by_place(self, array: np.ndarray) -> bool:
        """Whether rows are the classes of the latest outputs [B, T, C], each filled up to a common length."""
        rows: list[np.ndarray] = []
        for output in reversed(self._outputs):
            if output.ndim != 3 or output.shape[1] > array.shape[1]:
                return False
            rows = [*output.argmax(-1).cpu().numpy(), *rows]
            if len(rows) >= len(array):
                break
        return len(rows) == len(array) and all(
            np.array_equal(row, one[: len(row)]) for row, one in zip(rows, array, strict=True)
        )

    def _latest(self, size: int, classes: bool) -> np.ndarray | None:
        """The latest outputs with so many elements together, or so many rows; None where they do not add up."""
        parts: list[Tensor] = []
        for output in reversed(self._outputs):
            if classes and (output.ndim != 2 or output.shape[1] < 2):
                return None
            parts.append(output)
            size -= len(output) if classes else output.numel()
            if size <= 0:
                break
        if size or not parts:
            return None
        flat = [part.float().cpu().numpy() for part in reversed(parts)]
        return np.concatenate([part if classes else part.reshape(-1) for part in flat])


def _plain(side: Any) -> np.ndarray | None:
    """An array of numbers, also of a list or a tensor."""
    if isinstance(side, Tensor):
        return side.detach().cpu().numpy() if not side.dtype.is_complex else None
    if isinstance(side, list):
        side = (
            np.asarray(side) if side and isinstance(side[0], (int, float, np.generic, np.ndarray)) else None
        )
    return side if isinstance(side, np.ndarray) and side.ndim else None


def _in_order(said: np.ndarray, other: np.ndarray) -> bool:
    """Whether an array rises and falls with the outputs: another scale of them, or a cut through them."""
    if not np.isfinite(said).all() or np.ptp(said) <= 0:
        return False
    kinds = len(np.unique(other[:4096]))
    if kinds < 2:
        return False
    if kinds == 2 and set(np.unique(other).tolist()) <= {0, 1}:
        return any(np.array_equal(said > cut, other > 0) for cut in (0.0, 0.5))
    ordered = other.astype(np.float64)[np.argsort(said, kind="stable")]
    steps = np.diff(ordered)
    slack = 1e-6 * float(np.ptp(ordered))
    fine = len(np.unique(said[:4096])) < 2 * kinds  # rounding to classes of an order is no change of scale
    return fine and bool((steps >= -slack).all() or (steps <= slack).all())
