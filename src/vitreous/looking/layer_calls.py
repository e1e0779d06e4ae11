"""Which layer runs, and what each was given and gave: by hooks on all modules, taken off again whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks

Shape = tuple[int, ...]


@dataclass
class Calls:
    """What a layer was called with.

    Attributes:
        inputs: Shapes of the tensors of its first call.
        outputs: Shapes of the tensors it gave then.
        count: How often it was called.
        output_bytes: Memory of all it gave, over all calls.
        order: Which layer was called how early.
    """

    inputs: tuple[Shape, ...]
    order: int
    outputs: tuple[Shape, ...] = ()
    count: int = 0
    output_bytes: int = 0


@dataclass
class LayerCalls:
    """Listens to the layers of one model."""

    model: nn.Module
    calls: dict[str, Calls] = field(default_factory=dict)
    at: str = ""
    _stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._names = {id(m): name for name, m in self.model.named_modules()}

    def current(self, otherwise: str) -> str:
        """The innermost layer that runs; outside of the model, ``otherwise``."""
        return self._stack[-1] if self._stack else otherwise

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hooks on all modules of the process; those of other models are let pass."""
        before = hooks.register_module_forward_pre_hook(self._enter)
        try:
            behind = hooks.register_module_forward_hook(self._leave, always_call=True)
            try:
                yield
            finally:
                behind.remove()
        finally:
            before.remove()

    def _enter(self, module: nn.Module, args: Any) -> None:
        name = self._names.get(id(module))
        if name is None:
            self._stack.append(self.current(""))
            return
        self._stack.append(name)
        self.at = name
        if name not in self.calls:
            self.calls[name] = Calls(tuple(shapes(args)), len(self.calls))

    def _leave(self, module: nn.Module, _args: Any, output: Any) -> None:
        name = self._stack.pop() if self._stack else ""
        if output is None or id(module) not in self._names:
            return
        self.at = self.current("")
        found = self.calls[name]
        found.count += 1
        found.outputs = found.outputs or tuple(shapes(output))
        found.output_bytes += sum(t.numel() * t.element_size() for t in tensors(output))


def tensors(tree: Any) -> Iterator[Tensor]:
    """Every tensor in lists, tuples, dicts and objects with attributes for outputs."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, dict):
        for inner in tree.values():
            yield from tensors(inner)
    elif isinstance(tree, list | tuple):
        for inner in tree:
            yield from tensors(inner)
    elif hasattr(tree, "__dataclass_fields__"):
        yield from tensors(list(vars(tree).values()))


def shapes(tree: Any) -> Iterator[Shape]:
    """Their shapes."""
    with torch._C.DisableTorchFunction():
        for tensor in tensors(tree):
            yield tuple(tensor.shape)
