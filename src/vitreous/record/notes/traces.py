"""Notes on single operations: the graph of some steps, from the data to the loss."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules.loss import _Loss

from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Backward, Listener, OpCall
from vitreous.record.measure import facts, plain, tensors, unheard
from vitreous.record.operations import is_ready_made
from vitreous.record.places import Place

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST_OPS = 1200  # in one trace
_LONG, _MOST_LONG = 5000, 16_000  # in one whose loss has not come by then; and in all traces together
_MOST_SETUP = 500
_MOST_TRACES = 40
_WORKING = frozenset(
    {"linear", "matmul", "__matmul__", "mm", "conv1d", "conv2d", "conv3d", "embedding", "lstm", "gru"}
)
# What may give NaN or infinity for finite numbers: of preparations, the results of these alone are looked at.
_SINGULAR = frozenset(
    ["div", "divide", "truediv", "true_divide", "log", "log2", "log10", "sqrt", "rsqrt", "reciprocal", "pow", "logit"]
)  # fmt: skip


class TraceNotes(Listener):
    """Operations as a graph; a tensor is known again by itself, through a weak reference."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.traces: list[Trace] = []
        self.recording = True
        self.started = False
        self.failed: Op | None = None
        self._count = 0
        self._current = Trace(0, setup=True)
        self._known: dict[
            int, tuple[Any, Op, int]
        ] = {}  # id of a tensor -> reference, what made it, which trace
        self._serial = self._kept = 0
        self._leaves: dict[int, Op] = {}

    def begin(self) -> None:
        """The setup is over: a new trace."""
        self.started = True
        self.close()

    def close(self) -> None:
        """Keeps the trace and starts another."""
        if self._current.ops and len(self.traces) < _MOST_TRACES:
            self.traces.append(self._current)
            self._kept += len(self._current.ops)
        self._current = Trace(self.session.step, setup=not self.started)
        self._leaves.clear()
        self._serial += 1
        if len(self._known) > 20_000:
            self._known = {k: v for k, v in self._known.items() if v[0]() is not None}

    def op_end(self, event: OpCall) -> None:
        """One operation."""
        if self.recording and not self._cut():
            with unheard():
                self._write(event)

    def op_failed(self, event: OpCall) -> None:
        """The operation that raised, with what it was given."""
        op = self._write(event)
        if op is not None:
            op.failed = True
            for number in op.inputs:
                source = self._current.op(number)
                given = next(
                    (t for t in tensors([event.args, event.kwargs]) if self._number(t) == number), None
                )
                if source is not None and given is not None:
                    source.output = facts(given)
        self.failed = op

    def backward_begin(self, event: Backward) -> None:
        """Where the graph of the loss ends."""
        for root in event.roots:
            unknown = isinstance(root, Tensor) and root.grad_fn is None and self._number(root) is None
            if unknown and self.recording and not self._current.cut:
                self._keep(
                    root, Op(self._next(), "data", "data", output=facts(root))
                )  # a number made a tensor
        numbers = [self._number(root) for root in event.roots if isinstance(root, Tensor)]
        found = [n for n in numbers if n is not None]
        self._current.roots += found
        if found:
            self._current.root = found[-1]

    def batch_behind(self, prediction: Tensor) -> Tensor | None:
        """The batch a prediction was made from, in a program without modules: the first outside tensor as long."""
        number = self._number(prediction)
        if number is None or not prediction.ndim:
            return None
        for op in reversed(self._current.behind(number)):
            fits = op.output is not None and op.output.shape[:1] == [len(prediction)]
            if fits and not self._current.learns(op):
                tensor = self._tensor(op.number)
                if tensor is not None and tensor.ndim >= 1:
                    return tensor.detach()
        return None

    def place_of(self, tensor: Tensor) -> Place | None:
        """The line where a tensor's numbers were made, if that was recorded; parts of it are cut from there."""
        entry = self._known.get(id(tensor))
        if entry is None or entry[0]() is not tensor:
            return None
        for trace in (self._current, *self.traces[:1]):
            made = trace.origin(entry[1]) if entry[1].number in trace.by_number else None
            if made is not None and made.place is not None:
                return made.place
        return entry[1].place

    def _tensor(self, number: int) -> Tensor | None:
        for reference, op, _ in self._known.values():
            if op.number == number:
                found: Tensor | None = reference()
                return found
        return None

    def _cut(self) -> bool:
        most = _MOST_OPS if self.started else _MOST_SETUP
        if self.started and self._kept < _MOST_LONG:
            most = _LONG
        if len(self._current.ops) >= most:
            self._current.cut = True
        return self._current.cut

    def _write(self, event: OpCall) -> Op | None:
        given = tensors([event.args, event.kwargs])
        if event.name == "to" and given and event.output is given[0] and given[0].requires_grad:
            return None  # a conversion to what it is already, as libraries make everywhere
        if not self._current.ops:
            self._current.step = self.session.step  # it was made before the clock moved on
        if not self.started and event.name in _WORKING and any(t.requires_grad for t in given):
            self.begin()
        if not event.modules or isinstance(event.modules[0], _Loss):
            for tensor in given:
                self.session.models.used(tensor)
        inputs = [self._source(tensor).number for tensor in given]
        module, places = event.modules[-1] if event.modules else None, event.places
        op = Op(
            self._next(), event.name, inputs=inputs, arguments=_arguments(event), place=places[0] if places else None,
            stack=list(places[1:]), grad=torch.is_grad_enabled(),
        )  # fmt: skip
        if module is not None:
            op.module, op.module_kind = event.path, type(module).__name__
            op.module_place = self.session.parameters.place_of(module) or self._around(event.modules)
            op.builtin = is_ready_made(module)
        results = tensors(event.output)
        if event.name == "__setitem__" and given:
            results = [given[0]]
        if results:
            measured = self.recording and (self.started or event.name.strip("_") in _SINGULAR)
            op.output = facts(results[0], statistics=measured)
        for tensor in results:
            self._known[id(tensor)] = (weakref.ref(tensor), op, self._serial)
        self._current.ops.append(op)
        self._current.by_number[op.number] = op
        return op

    def _keep(self, tensor: Tensor, op: Op) -> None:
        self._known[id(tensor)] = (weakref.ref(tensor), op, self._serial)
        self._current.ops.append(op)
        self._current.by_number[op.number] = op

    def _source(self, tensor: Tensor) -> Op:
        """What a tensor came from: an operation of this trace, a parameter, or something from outside."""
        entry = self._known.get(id(tensor))
        if entry is not None and entry[0]() is tensor:
            if entry[2] == self._serial:
                return entry[1]
            older: Op | None = entry[1]
        else:
            older = None
        leaf = self._leaves.get(id(tensor))
        if leaf is None:
            leaf = self._leaf(tensor, older)
            self._leaves[id(tensor)] = leaf
            self._keep(tensor, leaf)
        return leaf

    def _leaf(self, tensor: Tensor, older: Op | None) -> Op:
        is_parameter = isinstance(tensor, nn.Parameter) or (tensor.requires_grad and tensor.is_leaf)
        kind = "parameter" if is_parameter else "data"
        leaf = Op(self._next(), kind, kind, output=facts(tensor, statistics=self.started))
        if is_parameter:
            leaf.parameter = self.session.parameters.used(tensor, older.place if older is not None else None)
        elif older is not None:
            leaf.arguments["made_by"] = older.arguments.get("made_by", older.name)
            leaf.arguments["made_as"] = older.number
            leaf.place, leaf.stack = older.place, older.stack
        return leaf

    def _number(self, tensor: Tensor) -> int | None:
        entry = self._known.get(id(tensor))
        return (
            entry[1].number
            if entry is not None and entry[0]() is tensor and entry[2] == self._serial
            else None
        )

    def _around(self, modules: tuple[Any, ...]) -> Any:
        """A copy's constructor is not known: that of a module around it stands in."""
        places = (self.session.parameters.place_of(module) for module in reversed(modules))
        return next((place for place in places if place is not None), None)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _arguments(event: OpCall) -> dict[str, Any]:
    found = {str(i): plain(a) for i, a in enumerate(event.args) if not isinstance(a, Tensor)}
    found.update({k: plain(v) for k, v in event.kwargs.items() if not isinstance(v, Tensor)})
    return found
