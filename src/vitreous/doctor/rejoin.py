"""The experiment for results that leave their graph and come back as new tensors of the same numbers.

A program that computes `torch.tensor(hidden.tolist())` or `nn.Parameter(hidden)` goes on with a tensor without a past.
Here it goes on with the one that has it: a tensor made of the numbers that were taken out of others last is made of
those; and where a model's operation takes a tensor that nothing is known of and that holds, number by number, what an
operation before it in the same call returned, it is given that result instead.
"""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from vitreous.record.events import Listener, ModuleCall, OpCall

_MOST = 64  # results of one call that are remembered, the latest
_MOST_TAKEN = 4096
_TAKING = frozenset(["item", "tolist", "numpy", "__array__", "__float__"])
_MAKING = frozenset(["tensor", "as_tensor", "asarray", "from_numpy"])
_LEAVING = frozenset(
    ["detach", "data", "numpy", "__array__", "tolist", "item", "cpu", "to", "float", "clone"]
)
_MADE_ANEW = _LEAVING | _MAKING


class Untaken(Listener):
    """Tensors made of numbers that were taken out of others are made of those, with their graphs."""

    def __init__(self) -> None:
        self._taken: deque[Any] = deque(maxlen=_MOST_TAKEN)

    def op_begin(self, event: OpCall) -> None:
        """Numbers are taken out of a tensor, or put into one."""
        given = event.args[0] if event.args else None
        if event.name in _TAKING and getattr(given, "requires_grad", False):
            self._taken.append(given)
        elif event.name in _MAKING and self._taken:
            whole = self._of_taken(given)
            if whole is not None:
                event.replace(whole)

    def _of_taken(self, numbers: Any) -> Any:
        """The tensors whose numbers these are, one behind the other, in the shape that these have."""
        import numpy as np
        import torch

        try:
            array = np.asarray(numbers, dtype=np.float64)
        except (TypeError, ValueError):  # of tensors, or ragged: what torch makes of it is its own affair
            return None
        found: list[Any] = []
        missing = array.size
        for tensor in reversed(self._taken):
            if missing <= 0:
                break
            found.insert(0, tensor)
            missing -= tensor.numel()
        if missing or not found:
            return None
        whole = torch.cat([tensor.reshape(-1) for tensor in found])
        same = np.array_equal(whole.detach().cpu().double().numpy(), array.reshape(-1))
        return whole.reshape(array.shape) if same else None


class Rejoin(Untaken):
    """Puts results back in the place of tensors that were made anew of their numbers, also within a model."""

    def __init__(self) -> None:
        super().__init__()
        self._results: list[Any] = []
        self._known: dict[int, Any] = {}  # what a call was given, and what operations returned, by id

    def module_begin(self, event: ModuleCall) -> None:
        """A call from the program itself begins: what was computed before it is not its own."""
        if event.depth:
            return
        from vitreous.record.measure import tensors

        self._results.clear()
        self._known.clear()
        for tensor in [
            *event.module.parameters(),
            *event.module.buffers(),
            *tensors([event.args, event.kwargs]),
        ]:
            self._known[id(tensor)] = weakref.ref(tensor)

    def op_begin(self, event: OpCall) -> None:
        """An operation takes what has no past."""
        super().op_begin(event)
        if event.modules and event.name not in _MADE_ANEW:
            event.args = self._with_past(event.args)
            event.kwargs = {name: self._with_past(value) for name, value in event.kwargs.items()}

    def op_end(self, event: OpCall) -> None:
        """An operation has returned something."""
        if not event.modules:
            return
        from vitreous.record.measure import tensors

        for tensor in tensors(event.output):
            if tensor.grad_fn is not None and tensor.is_floating_point():
                self._results = [*self._results[1 - _MOST :], tensor]
            if tensor.grad_fn is not None or event.name not in _MADE_ANEW:
                self._known[id(tensor)] = weakref.ref(tensor)

    def _with_past(self, value: Any) -> Any:
        import torch

        if type(value) in (tuple, list):
            return type(value)(self._with_past(inner) for inner in value)
        if not isinstance(value, torch.Tensor) or value.grad_fn is not None or not value.is_floating_point():
            return value
        known = self._known.get(id(value))
        if known is not None and known() is value:
            return value
        same = (
            r
            for r in reversed(self._results)
            if r.shape == value.shape and torch.equal(r.to(value.dtype), value)
        )
        found = next(same, None)
        return value if found is None else found.to(value.dtype)
