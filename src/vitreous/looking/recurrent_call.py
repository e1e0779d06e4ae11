"""What ``torch.lstm``, ``gru``, ``rnn_tanh`` and ``rnn_relu`` have in common: their arguments, padded or packed."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from vitreous.looking.operation import Array, Index, Opened, Operation, Term
from vitreous.looking.recurrence import Cell, Stack


class Recurrent(Operation):
    """[B, T, F], [T, B, F] or packed rows [Σ lengths, F], and a start, to the state behind every step and the last.

    ``masks`` are dropout's between the layers, as torch drew them: one array for each layer but the last, shaped
    like that layer's output in the order of time.
    """

    cell: ClassVar[Cell]
    replays = True

    def forward(
        self, input: Array, batch_sizes: Array | None, hx: Any, params: Sequence[Array], has_biases: bool,
        num_layers: int, dropout: float, train: bool, bidirectional: bool, batch_first: bool = False,
        masks: Sequence[Array] = (),
    ) -> tuple[Array, ...]:  # fmt: skip
        """Outputs of the top layer, then the last state of each layer and direction."""
        start = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        directions = 1 + bool(bidirectional)
        each = len(params) // (num_layers * directions)
        weights = [params[n * each : (n + 1) * each] for n in range(num_layers * directions)]
        rows = self._rows(input, batch_sizes, batch_first)
        cut = [self._cut(mask, rows) for mask in masks]
        stack = Stack(self.cell, weights, directions, cut)
        single = input.ndim == 2 and batch_sizes is None
        if single:  # one example without an axis for it
            start = tuple(s[:, None] for s in start)
        outputs, last = stack.run(rows, start)
        self.saved = {"stack": stack, "rows": rows, "single": single}
        if single:
            last = tuple(s[:, 0] for s in last)
        return (self._join(outputs, batch_sizes, batch_first, single), *last)

    def backward(
        self, grad: tuple[Array | None, ...], input: Array, batch_sizes: Array | None, hx: Any,
        params: Sequence[Array], has_biases: bool, num_layers: int, dropout: float, train: bool, bidirectional: bool,
        batch_first: bool = False, masks: Sequence[Array] = (),
    ) -> dict[str, Any]:  # fmt: skip
        """Back through time: from the last step to the first, gradients of the weights summed."""
        stack, rows, single = self.saved["stack"], self.saved["rows"], self.saved["single"]
        start = tuple(hx) if isinstance(hx, tuple | list) else (hx,)
        width = stack.directions * start[0].shape[-1]
        top = grad[0]
        if top is None:
            grads = [np.zeros((len(r), width), input.dtype) for r in rows]
        else:
            grads = [g.copy() for g in self._rows(top, batch_sizes, batch_first)]
        last = [np.zeros_like(s) if g is None else g for g, s in zip(grad[1:], start, strict=True)]
        if single:
            last = [g[:, None] for g in last]
        inputs, starts, by_weight = stack.back(grads, tuple(last))
        starts = tuple(s[:, 0] for s in starts) if single else starts
        return {
            "input": self._join(inputs, batch_sizes, batch_first, single),
            "hx": list(starts) if isinstance(hx, tuple | list) else starts[0],
            "params": by_weight,
        }

    def open_element(
        self, index: Index, input: Array, batch_sizes: Array | None, *args: Any, **kwargs: Any
    ) -> Opened:
        """The step that made it: every gate, the state before, the state behind."""
        out = self.forward(input, batch_sizes, *args, **kwargs)[0]
        stack: Stack = self.saved["stack"]
        batch_first = kwargs.get("batch_first", args[7] if len(args) > 7 else False)
        if batch_sizes is not None:
            ends = np.cumsum(batch_sizes)
            t = int(np.searchsorted(ends, index[0], side="right"))
            row = index[0] - (int(ends[t - 1]) if t else 0)
        elif self.saved["single"]:
            t, row = index[0], 0
        else:
            t, row = (index[1], index[0]) if batch_first else (index[0], index[1])
        width = out.shape[-1] // stack.directions
        lane = stack.lanes[-stack.directions + index[-1] // width]
        unit = index[-1] % width
        kept = lane.kept[len(lane.kept) - 1 - t if lane.reverse else t]
        terms = [
            Term(name, (float(array[row, unit]),), float(array[row, unit]))
            for name, array in kept["shown"].items()
            if unit < array.shape[1]
        ]
        return Opened(self.formula, tuple(terms), float(out[index]), "steps")

    def _rows(self, array: Array, sizes: Array | None, batch_first: bool) -> list[Array]:
        if sizes is not None:
            return np.split(array, np.cumsum(sizes)[:-1])
        if array.ndim == 2:
            return [row[None] for row in array]
        return list(array.swapaxes(0, 1) if batch_first else array)

    def _cut(self, mask: Array, rows: list[Array]) -> list[Array]:
        if mask.ndim == 3:
            return list(mask)
        return np.split(mask, np.cumsum([len(r) for r in rows])[:-1])

    def _join(self, steps: list[Array], sizes: Array | None, batch_first: bool, single: bool) -> Array:
        if sizes is not None or single:
            return np.concatenate(steps)
        joined = np.stack(steps)
        return joined.swapaxes(0, 1) if batch_first else joined

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """A packed call has its batch sizes second, and no ``batch_first``."""
        packed = len(args) > 3 and isinstance(args[3], list | tuple)
        return super().bind(args if packed else (args[0], None, *args[1:]), kwargs)
