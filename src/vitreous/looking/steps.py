"""What a trace is made of: values (tensors with their gradients) and steps (operations on them)."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from vitreous.errors import UsageError
from vitreous.looking.operation import Array, Index, Opened, Operation, without_alpha

Role = Literal["parameter", "buffer", "input", "target", "constant", "step"]

# Largest difference between our numbers and torch's that still counts as equal, relative to the largest number.
TOLERANCES = {torch.float64: 1e-6, torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 4e-2}


@dataclass(eq=False)
class Value:
    """A tensor as it was at one moment, and what the loss changes by with it.

    Attributes:
        number: Counts the values of a trace.
        role: A parameter, a buffer, an input, the target, a constant of the code, or made by a step.
        name: The parameter's or input's name; of what a step made, "step 3".
        tensor: Its numbers; shares memory with the network's until something writes there.
        step: The step that made it.
        requires_grad: Whether a gradient flows back to it.
        gradient_tensor: dL/d(this), by torch; None where none came back.
        consumers: The steps that take it.
        open: Whether a step that is not known by hand takes it: its gradient cannot be checked then.
    """

    number: int
    role: Role
    name: str
    tensor: Tensor
    step: Step | None = None
    requires_grad: bool = False
    gradient_tensor: Tensor | None = None
    consumers: list[Step] = field(default_factory=list)
    open: bool = False

    def __repr__(self) -> str:
        return f"Value({self.name}, {self.role}, {list(self.shape)})"

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(self.tensor.shape)

    @property
    def dtype(self) -> torch.dtype:
        """Its type."""
        return self.tensor.dtype

    @property
    def array(self) -> Array:
        """Its numbers; half precision as float32, which NumPy can calculate with."""
        return to_array(self.tensor)

    @property
    def gradient(self) -> Array | None:
        """dL/d(this), of its shape, by torch; None where none came back."""
        return None if self.gradient_tensor is None else to_array(self.gradient_tensor)

    @property
    def tolerance(self) -> float:
        """How far our numbers may be from torch's, relative to the largest."""
        return TOLERANCES.get(self.dtype, 0.0)


@dataclass(eq=False)
class Step:
    """One operation with its numbers.

    Attributes:
        number: From 0, in the order of the forward pass.
        operation: Torch's name for it: ``linear``, ``conv2d``, ``add``.
        module: The layer it happened in, as ``named_modules`` calls it; "" in the network's own forward, "loss"
        behind it.
        kind: The operation by hand, or None where there is none.
        call: Its arguments by name, values in place of tensors; None where they fit no operation of ours.
        inputs: The values it takes, each once.
        outputs: The values it makes.
        in_place: Whether it wrote over its input.
        by_hand: Whether our own numbers, forward and back, agree with torch's.
        error_forward: Largest difference of our output from torch's, relative to the largest number; None where there
            is nothing to compare.
        error_backward: The same of the gradients of its inputs.
        note: Why it is not explained by hand, where it is not.
    """

    number: int
    operation: str
    module: str
    kind: type[Operation] | None
    call: inspect.BoundArguments | None
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    in_place: bool = False
    by_hand: bool = False
    error_forward: float | None = None
    error_backward: float | None = None
    note: str = ""

    def __repr__(self) -> str:
        return f"Step({self.number}, {self.operation}, {self.module!r}, {list(self.outputs[0].shape)})"

    @property
    def title(self) -> str:
        """Its name in words."""
        return self.kind.title if self.kind else self.operation

    @property
    def formula(self) -> str:
        """Forward, on one line; "" where we do not know it."""
        return self._as_called(self.kind.formula) if self.kind else ""

    @property
    def derivative(self) -> str:
        """Backward, on one line."""
        return self._as_called(self.kind.derivative) if self.kind else ""

    def _as_called(self, text: str) -> str:
        return without_alpha(text, self.call.arguments.get("alpha", 1)) if self.call else text

    @property
    def computes(self) -> bool:
        """False for what only begins a path: constants and random draws."""
        return self.kind is None or self.kind.computes

    @property
    def output(self) -> Array:
        """The numbers it made (of several outputs the first)."""
        return self.outputs[0].array

    @property
    def gradient(self) -> Array | None:
        """What came back to its output: dL/d(output)."""
        return self.outputs[0].gradient

    @property
    def options(self) -> dict[str, Any]:
        """What it was called with besides tensors: stride, dim, eps."""
        if self.call is None:
            return {}
        return {
            k: v
            for k, v in self.call.arguments.items()
            if not any(True for _ in values_in(v)) and k != "mask"
        }

    def open(self, index: Index | int = ()) -> Opened:
        """The output's element at an index, opened to what it is made of.

        Raises:
            UsageError: when the step is not known by hand, or the index lies outside the output.
        """
        operation, call = self._ready()
        place = self._inside(index, self.outputs[0])
        with np.errstate(all="ignore"):  # a network with NaN inside is opened too: there one wants to look
            return operation.open_element(place, *call.args, **call.kwargs)

    def open_gradient(self, name: str, index: Index | int = ()) -> Opened:
        """One element of the gradient of an input (by its parameter's name: ``weight``) opened to its paths.

        Where the input has several consumers, only the paths through this step.

        Raises:
            UsageError: when the step is not known by hand, has no such input, or no gradient came back.
        """
        operation, call = self._ready()
        value = call.arguments.get(name)
        if not isinstance(value, np.ndarray):
            raise UsageError(f"step {self.number} ({self.operation}) has no tensor input {name!r}.")
        grads = tuple(v.gradient for v in self.outputs)
        if all(g is None for g in grads):
            raise UsageError(f"no gradient came back to step {self.number} ({self.operation}).")
        assert self.call is not None
        place = self._inside(index, self.call.arguments[name])
        with np.errstate(all="ignore"):
            result = operation.forward(*call.args, **call.kwargs)
            incoming = grads if isinstance(result, tuple | list) else grads[0]
            return operation.open_gradient(name, place, incoming, *call.args, **call.kwargs)

    def materialized(self) -> inspect.BoundArguments:
        """The call with arrays in place of values."""
        assert self.call is not None
        arguments = {name: _materialize(value) for name, value in self.call.arguments.items()}
        return inspect.BoundArguments(self.call.signature, arguments)

    def _ready(self) -> tuple[Operation, inspect.BoundArguments]:
        if self.kind is None or self.call is None or not self.kind.computes:
            raise UsageError(
                f"step {self.number} ({self.operation}) cannot be opened: {self.note or self.title}."
            )
        return self.kind(), self.materialized()

    def _inside(self, index: Index | int, value: Value) -> Index:
        place = (index,) if isinstance(index, int) else tuple(index)
        shape = value.shape
        if len(place) != len(shape) or not all(-n <= i < n for i, n in zip(place, shape, strict=True)):
            raise UsageError(
                f"expected an index into shape {list(shape)}; came {list(place)}.",
                where=f"step {self.number}",
            )
        return tuple(i % n for i, n in zip(place, shape, strict=True))


def to_array(tensor: Tensor) -> Array:
    """A tensor's numbers without a copy where it can be; half precision as float32."""
    tensor = tensor.detach()
    if tensor.is_sparse:
        tensor = tensor.to_dense()
    if tensor.device.type != "cpu":
        tensor = tensor.cpu()
    if tensor.dtype in (torch.bfloat16, torch.float16):
        tensor = tensor.float()
    array: Array = tensor.resolve_conj().resolve_neg().numpy()
    return array


def values_in(argument: Any) -> Any:
    """Every value in an argument: lists and tuples of them too."""
    if isinstance(argument, Value):
        yield argument
    elif isinstance(argument, list | tuple):
        for inner in argument:
            yield from values_in(inner)
    elif isinstance(argument, slice):
        yield from values_in((argument.start, argument.stop, argument.step))


def _materialize(argument: Any) -> Any:
    if isinstance(argument, Value):
        return argument.array
    if isinstance(argument, Tensor):
        return to_array(argument)
    if isinstance(argument, list | tuple):
        return (
            type(argument)(_materialize(a) for a in argument)
            if type(argument) in (list, tuple)
            else tuple(_materialize(a) for a in argument)
        )
    if isinstance(argument, slice):
        return slice(*(_whole(_materialize(a)) for a in (argument.start, argument.stop, argument.step)))
    return argument


def _whole(bound: Any) -> Any:
    return int(bound) if isinstance(bound, np.ndarray) else bound
