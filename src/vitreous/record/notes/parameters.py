"""Notes on parameters: who holds them, whether gradients reach them, how they change."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vitreous.record.events import Backward, Constructed, Frozen, Listener, OpCall
from vitreous.record.facts import ParameterFacts
from vitreous.record.measure import facts, real
from vitreous.record.places import Place, here

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST = 3000
_MOST_ELEMENTS = 50_000_000  # of all first values kept to see how far parameters move
_VIEWS = frozenset(["data", "detach"])
_WRITES = frozenset(
    [
        "fill_", "zero_", "normal_", "uniform_", "copy_", "mul_", "div_", "add_", "sub_", "__setitem__", "exponential_",
        "__imul__", "__idiv__", "__itruediv__", "__iadd__", "__isub__",
        "constant_", "kaiming_uniform_", "kaiming_normal_",  # torch.nn.init, heard as a whole
    ]
)  # fmt: skip


class ParameterNotes(Listener):
    """A book of all parameters; each has a key, under which other notes speak of it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._facts: dict[str, ParameterFacts] = {}
        self._tensors: dict[str, Any] = {}  # references; bare tensors (an input's gradient) may go
        self._keys: dict[int, str] = {}
        self._first: dict[str, Tensor] = {}
        self._grads: dict[str, tuple[int, int, float]] = {}  # as last looked at
        self._kept = self._count = 0
        self._shapeless: set[str] = set()
        # By id: a class may define a hash that needs what its constructor has not set yet (torchmetrics does).
        self._constructed: dict[int, tuple[weakref.ref[nn.Module], Place | None]] = {}
        self._begun = False
        self._filled: dict[int, Place | None] = {}  # by the address of a parameter's values

    def module_made(self, event: Constructed) -> None:
        """Where a module is constructed."""
        self._constructed[id(event.module)] = (weakref.ref(event.module), event.place)

    def frozen(self, event: Frozen) -> None:
        """Which line takes a parameter out of training."""
        if isinstance(event.tensor, nn.Parameter):
            self._facts[self.key(event.tensor)].frozen_place = None if event.wanted else event.place

    def op_end(self, event: OpCall) -> None:
        """Which line gives a parameter its first values."""
        if not self.session.setup or self.session.steps.backwards or event.name not in _VIEWS | _WRITES:
            return
        tensor = event.args[0] if event.args else event.kwargs.get("tensor")
        if not isinstance(tensor, Tensor) or is_lazy(tensor):
            return
        if event.name in _VIEWS and isinstance(tensor, nn.Parameter):
            self._filled.setdefault(tensor.data_ptr(), None)
        elif event.name in _WRITES and (
            isinstance(tensor, nn.Parameter) or tensor.data_ptr() in self._filled
        ):
            self._filled[tensor.data_ptr()] = event.place

    def place_of(self, module: nn.Module) -> Place | None:
        """The line where a module was constructed; None for a copy or one made before."""
        entry = self._constructed.get(id(module))
        return entry[1] if entry is not None and entry[0]() is module else None

    def key(self, tensor: Tensor, *, optimizer: int | None = None, place: Place | None = None) -> str:
        """The key of a parameter; a new one enters the book. The book keeps it alive, so keys stay unique."""
        key = self._keys.get(id(tensor))
        if key is None:
            self._count += 1
            key = f"p{self._count - 1}"
            self._keys[id(tensor)] = key
            kept = isinstance(tensor, nn.Parameter) or optimizer is not None
            self._tensors[key] = (
                (lambda: tensor) if kept else weakref.ref(tensor, self._forget(key, id(tensor)))
            )
            self._facts[key] = ParameterFacts(key, "", [], place=place, requires_grad=tensor.requires_grad)
            self._shapeless.add(key)
        if key in self._shapeless and not is_lazy(tensor):
            self._shapeless.remove(key)
            self._look(key, tensor)
        if optimizer is not None and optimizer not in self._facts[key].optimizers:
            self._facts[key].optimizers.append(optimizer)
        return key

    def _look(self, key: str, tensor: Tensor) -> None:
        """The shape and the first values of a parameter that has them; lazy layers give it some in their first call."""
        entry = self._facts[key]
        entry.shape = list(tensor.shape)
        few = self._kept + tensor.numel() <= _MOST_ELEMENTS and len(self._facts) <= _MOST
        if few and not tensor.is_meta:
            self._kept += tensor.numel()
            self._first[key] = tensor.detach().clone()
            entry.first = facts(tensor)

    def register(self, number: int, model: nn.Module) -> None:
        """Enters a model's parameters under their names."""
        for path, module in model.named_modules():
            for name, tensor in module.named_parameters(recurse=False):
                entry = self._facts[self.key(tensor)]
                if entry.model is None:
                    dotted = f"{path}.{name}" if path else name
                    entry.name, entry.kind, entry.model = dotted, type(module).__name__, number
                    entry.place = self.place_of(module) or self.place_of(model)

    def left(self, number: int, model: nn.Module) -> None:
        """The program is over: what a model has got since, and what it has no more."""
        self.register(number, model)
        held = {id(tensor) for tensor in model.parameters()}
        for key, entry in self._facts.items():
            if entry.model == number and id(self._tensors[key]()) not in held:
                entry.left = True

    def owned(self, module: nn.Module) -> None:
        """Names the parameters of a module that was called, in case no model has it registered."""
        for name, tensor in module.named_parameters(recurse=False):
            entry = self._facts[self.key(tensor)]
            entry.used = True
            if not entry.kind:
                entry.kind, entry.place = type(module).__name__, self.place_of(module)
                entry.name = entry.name or name

    def reached(self, leaves: list[Tensor]) -> None:
        """The graph behind a loss ends in these."""
        for leaf in leaves:
            self._facts[self.key(leaf)].reached = True

    def gradient_asked(self, event: Backward) -> None:
        """The program wants the gradient of an input, as a physics loss or an attack does."""
        for leaf in event.roots:
            if isinstance(leaf, Tensor) and leaf.is_leaf and leaf.requires_grad:
                self._facts[self.key(leaf)].asked = True

    def used(self, tensor: Tensor, made: Place | None = None) -> str:
        """A parameter takes part in a recorded operation; `made` is where a bare one was made."""
        key = self._keys.get(id(tensor)) or self.key(tensor, place=made or next(iter(here()), None))
        entry = self._facts[key]
        if made is not None and not entry.kind and (entry.place is None or self.session.setup):
            entry.place = made  # later on it is the line of an update
        entry.used = True
        return key

    def backward_begin(self, event: Backward) -> None:
        """Before the first update: what the parameters begin with, now that nothing initializes them any more."""
        if not self.session.setup or self._begun:
            return
        self._begun = True
        for key, first in self._first.items():
            tensor = self._tensors[key]()
            if tensor is not None and tensor.shape == first.shape and tensor.device == first.device:
                first.copy_(tensor.detach())
                self._facts[key].first = facts(tensor)

    def backward_end(self, event: Backward) -> None:
        """Which parameters have a gradient, on recorded steps."""
        if not self.session.due(self.session.step):
            return
        step = self.session.step
        for key, reference in list(self._tensors.items()):
            entry, tensor = self._facts[key], reference()
            if tensor is None:
                continue
            entry.looked += 1
            gradient = event.of(tensor)
            if gradient is None or gradient.is_sparse:
                entry.received += gradient is not None
                continue
            norm = float(torch.linalg.vector_norm(real(gradient.detach())))
            seen = (id(gradient), gradient._version, norm)
            if self._grads.get(key) == seen:
                continue  # nothing arrived: it is the gradient of an earlier pass
            self._grads[key] = seen
            entry.received += norm != 0.0
            if len(entry.norms) < 64:
                entry.norms.append((step, norm))

    def found(self) -> dict[str, ParameterFacts]:
        """The book, with what became of each parameter."""
        for key, entry in self._facts.items():
            alive = self._tensors[key]()
            if alive is None:
                continue
            tensor, first = alive.detach(), self._first.get(key)
            entry.requires_grad = alive.requires_grad
            if first is not None and first.shape == tensor.shape and first.device == tensor.device:
                size = float(torch.linalg.vector_norm(real(first)))
                entry.change = float(torch.linalg.vector_norm(real(tensor - first))) / (size or 1.0)
                entry.last = facts(tensor)
            entry.name = entry.name or (f"tensor of {_shape(entry.shape)}")
            entry.filled_place = self._filled.get(tensor.data_ptr()) if tensor.device.type != "meta" else None
        return self._facts

    def _forget(self, key: str, number: int) -> Callable[[Any], None]:
        """Lets a dead tensor's identity be used again, and drops an entry that said nothing."""

        def gone(_reference: Any) -> None:
            self._keys.pop(number, None)
            self._first.pop(key, None)
            if self._facts[key].looked < 3:
                self._facts.pop(key)
                self._tensors.pop(key)

        return gone

    def any_of(self, module: Any) -> bool:
        """Whether a module has parameters of its own or below."""
        return isinstance(module, nn.Module) and next(module.parameters(), None) is not None


def _shape(shape: list[int]) -> str:
    return " × ".join(str(size) for size in shape) or "one number"
