"""``vt.look``: one step through any PyTorch network, forward and back, every number explained and checked."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from vitreous.errors import ModelError, UsageError
from vitreous.looking import losses, unwrap
from vitreous.looking.capture import Capture
from vitreous.looking.check import check
from vitreous.looking.inputs import explain_failure, prepare
from vitreous.looking.operation import Array
from vitreous.looking.steps import Step, Value
from vitreous.looking.structure import Structure, structure_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vitreous.looking.marks import Mark
    from vitreous.looking.update import Update


@dataclass
class Trace:
    """One step through a network: what `look` found.

    Attributes:
        model: The network's class.
        steps: Every operation, in the order of the forward pass.
        values: Values that no step made: parameters, buffers, inputs, constants.
        structure: The layers with shapes, parameters, memory and multiply-adds.
        output: What the network gave, as it gave it, without gradients.
        loss: The number that was differentiated; None where nothing could be.
        differentiated: What that number is.
        notes: What a person should know: the original was taken from a compiled module, numbers were sampled.
        marks: Findings of the run that the network is of.
        seconds: How long each part took.
        network: What was looked at: the module itself, or where that is compiled or scripted its original.
    """

    model: str
    steps: list[Step]
    values: list[Value]
    structure: Structure
    output: Any
    loss: float | None
    differentiated: str
    notes: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    network: nn.Module | None = None

    @property
    def explained(self) -> float:
        """Share of the operations that are recomputed by hand and agree, forward and back; in [0, 1]."""
        counted = [step for step in self.steps if step.computes]
        return sum(step.by_hand for step in counted) / len(counted) if counted else 1.0

    @property
    def unexplained(self) -> list[Step]:
        """The others: shown with torch's numbers, each with a note why."""
        return [step for step in self.steps if step.computes and not step.by_hand]

    @property
    def layers(self) -> Any:
        """The table of layers: kind, shapes, parameters, memory, multiply-adds."""
        return self.structure.layers

    @cached_property
    def parameters(self) -> dict[str, Value]:
        """Every parameter that the step used, by name, with its gradient."""
        return {v.name: v for v in self.values if v.role == "parameter"}

    @cached_property
    def inputs(self) -> dict[str, Value]:
        """What the network was given, by name, with the loss's gradient."""
        return {v.name: v for v in self.values if v.role == "input"}

    @property
    def gradients(self) -> dict[str, Array]:
        """dL/d(parameter) by name, for every parameter that a gradient reached."""
        return {name: v.gradient for name, v in self.parameters.items() if v.gradient is not None}

    @property
    def without_gradient(self) -> list[str]:
        """Trainable parameters that no gradient reached, or that the step did not use (row D11)."""
        if self.network is None or self.loss is None:
            return []
        return [n for n, p in self.network.named_parameters() if p.requires_grad and n not in self.gradients]

    @cached_property
    def not_a_number(self) -> Step | None:
        """The first operation that made a NaN or an infinity out of finite numbers; None where there is none."""
        for step in self.steps:
            if not all(_finite(v) for v in step.outputs) and all(_finite(v) for v in step.inputs):
                return step
        return None

    @property
    def largest_errors(self) -> tuple[float, float]:
        """The largest difference from torch over all steps by hand: forward, and back."""
        known = [s for s in self.steps if s.by_hand]
        forward = max((s.error_forward or 0.0 for s in known), default=0.0)
        return forward, max((s.error_backward or 0.0 for s in known), default=0.0)

    def by_module(self, name: str) -> list[Step]:
        """The steps that happened in a layer, or in layers within it."""
        return [s for s in self.steps if s.module == name or s.module.startswith(f"{name}.")]

    def update(self, optimizer: Any = "adam", **options: Any) -> Update:
        """What one optimizer step would change; the network stays as it is.

        Args:
            optimizer: "sgd", "adam", "adamw", or a torch optimizer over the network (with its moments so far).
            options: ``lr``, ``momentum``, ``betas``, ``eps``, ``weight_decay``, for a name.
        """
        from vitreous.looking.update import update

        if self.network is None:
            raise UsageError("this trace has no network left to update.")
        return update(self.network, self.gradients, optimizer, options)

    def to_json(self, *, numbers: int = 64) -> dict[str, Any]:
        """Everything as plain data; of every tensor at most so many numbers, evenly picked."""
        from vitreous.looking.document import to_json

        return to_json(self, numbers)

    def write_json(self, path: str | Path, *, numbers: int = 64) -> None:
        """Writes `to_json` to a file, whole or not at all."""
        from pathlib import Path

        from vitreous import files
        from vitreous.looking import writing

        writing.write(Path(path), files.json_text(self.to_json(numbers=numbers)), "the trace")

    def write_html(self, path: str | Path, *, title: str = "") -> None:
        """Writes one offline page: every step, any element opened to its sum, and what the network has learned.

        Args:
            path: Where to.
            title: What was looked at; the network's class by default.
        """
        from pathlib import Path

        from vitreous.looking.page.target import write_trace

        write_trace(self, Path(path), title)

    def __rich__(self) -> Any:
        from vitreous.looking.summary import summary

        return summary(self)

    def __repr__(self) -> str:
        return f"Trace({self.model}, {len(self.steps)} steps, {self.explained:.1%} explained)"

    def _repr_html_(self) -> str:
        from vitreous.looking.summary import as_html

        return as_html(self)


def look(
    model: nn.Module,
    x: Any,
    y: Any = None,
    *,
    loss: Callable[..., Any] | str | None = None,
    gradients: bool = True,
) -> Trace:
    """Runs a network once, forward and back, and explains every number.

    The network stays as it was: weights, buffers, gradients, mode, hooks and the random generator. It runs in the
    mode it is in: call ``model.eval()`` first to see it without dropout.

    Args:
        model: Any module; a compiled or scripted one is looked at through its original.
        x: Its input: a tensor or array, a tuple of them for several, a dict for keywords.
        y: The target, if there is a loss to see.
        loss: A function of (outputs, target), or a name: cross-entropy, mse, mae, huber, binary-cross-entropy. By
            default what outputs and target suggest; without a target, the largest output of each example.
        gradients: Whether to go back too.

    Returns:
        The trace: steps, layers, parameters, gradients.

    Raises:
        ModelError: when the network raises, saying what its first layer expects where the input does not fit.
        UsageError: when there is no such loss, or none suits.
    """
    start = time.perf_counter()
    if not isinstance(model, nn.Module):
        raise UsageError(f"expected an nn.Module; came a {type(model).__name__}.", where="model")
    watched, taken_from = unwrap.original(model)
    if any(is_lazy(p) for p in watched.parameters()):  # their first call makes weights: of a copy
        watched = _made(copy.deepcopy(watched), x, y)
        taken_from = taken_from or "one whose weights are made at the first call"
    prepared = prepare(watched, x, y)
    notes = list(prepared.notes)
    if taken_from:
        notes.append(f"The network is {taken_from}; what is shown is its original, or a copy of it.")
    function = losses.named(loss)
    capture = Capture(watched)
    with _as_it_was(prepared.device):
        try:
            with unwrap.eager(), torch.enable_grad():
                outputs, value, what = _forward(watched, capture, prepared, function)
                forward = time.perf_counter()
                if value is not None and gradients:
                    _backward(value, capture, notes)
        finally:
            capture.restore()
    back = time.perf_counter()
    capture.release()
    check(capture.steps, capture.leaves)
    checked = time.perf_counter()
    structure = structure_of(watched, capture.layers, capture.steps)
    trace = Trace(
        model=type(watched).__name__, steps=capture.steps, values=capture.leaves, structure=structure,
        output=_detached(outputs), loss=None if value is None else float(value.detach()), differentiated=what,
        notes=notes, network=watched,
    )  # fmt: skip
    trace.seconds = {"forward": forward - start, "backward": back - forward, "by_hand": checked - back}
    return trace


def _made(model: nn.Module, x: Any, y: Any) -> nn.Module:
    """A model whose lazy weights have been made by a first call."""
    prepared = prepare(model, x, y)
    try:
        with torch.no_grad(), torch.random.fork_rng([]):
            model(*prepared.args, **prepared.kwargs)
    except Exception as error:
        raise explain_failure(model, error, prepared, "") from error
    return model


def _forward(
    model: nn.Module, capture: Capture, prepared: Any, loss: Callable[..., Tensor] | None
) -> tuple[Any, Tensor | None, str]:
    """Outputs, the number to differentiate, and what it is."""
    for name, tensor in prepared.tensors.items():
        capture.begin(tensor, "input", name)
    if isinstance(prepared.target, Tensor):
        capture.begin(prepared.target, "target", "y")
    with capture.listening():
        try:
            outputs = model(*prepared.args, **prepared.kwargs)
        except (Exception, SystemExit) as error:
            raise explain_failure(model, error, prepared, capture.at) from error
        capture.stage = "loss"
        try:
            value, what = losses.differentiated(outputs, prepared.target, loss)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            raise ModelError(
                f"the loss could not be computed: {type(error).__name__}: {str(error).splitlines()[0]}",
                where="loss", hint=losses.what_suits(outputs, error),
            ) from error  # fmt: skip
    return outputs, value, what


def _backward(value: Tensor, capture: Capture, notes: list[str]) -> None:
    """Gradients of everything, without touching ``.grad``."""
    leaves = [(leaf, tensor) for leaf, tensor in capture.trainable()]
    if not value.requires_grad or not leaves:
        notes.append("Nothing that was used can learn, so no gradient goes back.")
        return
    found = torch.autograd.grad(value, [tensor for _, tensor in leaves], allow_unused=True)
    for (leaf, _), gradient in zip(leaves, found, strict=True):
        leaf.gradient_tensor = gradient


@contextmanager
def _as_it_was(device: torch.device) -> Iterator[None]:
    """The random generators go on afterwards as if nobody had looked."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        yield


def _finite(value: Value) -> bool:
    return not value.tensor.is_floating_point() or bool(torch.isfinite(value.tensor).all())


def _detached(outputs: Any) -> Any:
    if isinstance(outputs, Tensor):
        return outputs.detach()
    if isinstance(outputs, Mapping):
        return {name: _detached(value) for name, value in outputs.items()}
    if type(outputs) in (list, tuple):
        return type(outputs)(_detached(value) for value in outputs)
    return {name: tensor.detach() for name, tensor in losses.parts(outputs).items()}
