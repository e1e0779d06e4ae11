"""Two calls of a model with inputs that differ in one known place, held against each other operation by operation.

Where the difference goes says what the model mixes, what it cannot see, and at which operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vitreous.record import keras_layers
from vitreous.record.measure import plain, tensors
from vitreous.record.operations import PROPERTIES, SILENT, is_ready_made
from vitreous.record.places import Place, here

_MOST_ELEMENTS = 60_000_000  # kept of one call; later results are left out
_NEAR = 1e-5  # of the largest value: rounding of sums in another order


@dataclass
class Call:
    """One operation of a replayed call: what went in (as operations before it), and what came out."""

    name: str
    place: Place | None
    builtin: bool
    inputs: list[int]
    given: list[Tensor]
    outputs: list[Tensor]
    arguments: dict[str, Any] = field(default_factory=dict)
    within: Place | None = None

    @property
    def blame(self) -> Place | None:
        """The constructor of a ready-made module, else the operation's own line."""
        return self.within if self.builtin and self.within else self.place


class Recording(TorchFunctionMode):
    """Keeps every operation's tensors.

    Args:
        place_of: Where a module was constructed, as far as it is known.
    """

    def __init__(self, place_of: Callable[[Any], Place | None]) -> None:
        super().__init__()
        self.place_of = place_of
        self.calls: list[Call] = []
        self.modules: list[Any] = []
        self._made: dict[int, int] = {}
        self._kept: list[Any] = []  # so that no id is given twice
        self._room = _MOST_ELEMENTS

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = getattr(func, "__name__", "")
        if name == "__get__":
            name = getattr(getattr(func, "__self__", None), "__name__", "")
            if name not in PROPERTIES:
                return out
        elif name in SILENT:
            return out
        outputs = tensors(out) if name != "__setitem__" else tensors(args[:1])
        if outputs and self._room > 0:
            self._write(name, args, kwargs, outputs)
        return out

    def _write(self, name: str, args: Any, kwargs: Any, outputs: list[Tensor]) -> None:
        given = tensors([args, kwargs])
        module = self.modules[-1] if self.modules else None
        places = here()
        call = Call(
            name, places[0] if places else None,
            is_ready_made(module),
            [self._made[id(t)] for t in given if id(t) in self._made],
            [t.detach().clone() if t.numel() < 1e6 else t.detach() for t in given],
            [t.detach().clone() for t in outputs], within=self.place_of(module) if module is not None else None,
        )  # fmt: skip
        call.arguments = {str(i): plain(a) for i, a in enumerate(args) if not isinstance(a, Tensor)}
        call.arguments.update({k: plain(v) for k, v in kwargs.items() if not isinstance(v, Tensor)})
        self._room -= sum(t.numel() for t in outputs)
        self._kept += outputs
        for tensor in outputs:
            self._made[id(tensor)] = len(self.calls)
        self.calls.append(call)

    def maker(self, tensor: Tensor) -> int | None:
        """The number of the operation that gave a tensor."""
        return self._made.get(id(tensor))


def record(
    model: nn.Module, args: Any, kwargs: Any, place_of: Callable[[Any], Place | None]
) -> tuple[Recording, list[Tensor]]:
    """Calls a model in eval mode, with the same random numbers each time.

    Returns:
        What it did, and its output tensors; a loss that it computes beside them is none.

    Raises:
        Exception: whatever the model raises.
    """
    recording = Recording(place_of)
    with torch.random.fork_rng(devices=[]), torch.no_grad(), _evaluating(model), _entered(model, recording):
        torch.manual_seed(0)
        with recording:
            out = model(*args, **kwargs)
    outputs = tensors(out)
    return recording, [tensor for tensor in outputs if tensor.ndim] or outputs


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in before:
            module.training = mode


@contextmanager
def _entered(model: nn.Module, recording: Recording) -> Iterator[None]:
    """Keeps the stack of modules that are running."""
    hooks = []
    for module in model.modules():
        hooks.append(module.register_forward_pre_hook(lambda m, _: recording.modules.append(m)))
        hooks.append(
            module.register_forward_hook(lambda *_: recording.modules.pop() and None, always_call=True)
        )
    try:
        with keras_layers.listed(recording.modules):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def changed(before: Tensor, after: Tensor, near: float = _NEAR, floor: float = 1e-30) -> Tensor:
    """Which elements differ, beyond rounding; NaN equals NaN.

    Args:
        before: A result of one call.
        after: The same result of another call.
        near: How much is rounding, as a share of the largest value.
        floor: The least that counts as the largest value.
    """
    if not before.is_floating_point():
        return before != after
    size = (
        torch.nan_to_num(before.abs().float(), 0.0, 0.0, 0.0).amax()
        if before.numel()
        else before.new_zeros(())
    )
    different = (before - after).abs() > near * (size + floor)
    odd = before.isfinite() != after.isfinite()
    return different | odd


def moved_along(before: Tensor, after: Tensor, axis: int) -> list[int]:
    """The places along an axis where anything differs."""
    mask = changed(before, after)
    others = [d for d in range(mask.ndim) if d != axis]
    along = mask.any(dim=others) if others else mask
    found: list[int] = along.nonzero().reshape(-1).tolist()
    return found


def _kept(mask: Tensor, axes: list[int], allowed: Callable[[int], bool]) -> Tensor:
    """The part of a tensor where nothing may differ along any of these axes."""
    for axis in axes:
        places = [i for i in range(mask.shape[axis]) if not allowed(i)]
        mask = mask.index_select(axis, torch.tensor(places, dtype=torch.long, device=mask.device))
    return mask


def first_leak(
    first: Recording, second: Recording, size: int, allowed: Callable[[int], bool], *, pairs: bool = False
) -> tuple[Call, Call | None] | None:
    """The first operation whose result differs outside of what is allowed along every axis of a size.

    Args:
        first: One call of a model.
        second: Another one.
        size: The axes that are looked at have this length.
        allowed: Where along such an axis a result may differ.
        pairs: Of a result that has several such axes, as one number for each two steps, it may differ wherever it may
            along one of them.

    Returns:
        It, and the operation before it whose result did not leak yet; None where none leaks, or where the two
        calls took different ways.
    """
    for one, two in zip(first.calls, second.calls, strict=False):
        if one.name != two.name:
            return None
        for a, b in zip(one.outputs, two.outputs, strict=False):
            axes = [axis for axis, length in enumerate(a.shape) if length == size]
            if a.shape != b.shape or not axes:
                continue
            if pairs and len(axes) > 1:
                leaks = bool(_kept(changed(a, b), axes, allowed).any())
            else:
                leaks = not any(all(allowed(i) for i in moved_along(a, b, axis)) for axis in axes)
            if leaks:
                source = first.calls[one.inputs[0]] if one.inputs else None
                return one, source
    return None
