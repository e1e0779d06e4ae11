"""The experiment for results that leave their graph and come back as new tensors of the same numbers.

A model that computes `torch.tensor(hidden.tolist())` or `nn.Parameter(hidden)` goes on with a tensor that has no past.
Here it goes on with the one that has: where an operation takes a tensor that nothing is known of and that holds, number
by number, what an operation before it in the same call returned, it is given that result instead.
"""

from __future__ import annotations

import weakref
from typing import Any

from vitreous.record.events import Listener, ModuleCall, OpCall

_MOST = 64  # results of one call that are remembered, the latest
_LEAVING = frozenset(
    ["detach", "data", "numpy", "__array__", "tolist", "item", "cpu", "to", "float", "clone"]
)
_MADE_ANEW = _LEAVING | {"tensor", "as_tensor", "asarray", "from_numpy"}


class Rejoin(Listener):
    """Puts results back in the place of tensors that were made anew of their numbers."""

    def __init__(self) -> None:
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
