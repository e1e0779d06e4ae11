"""What can happen in a training program, and the listener that hears of it.

An observer reads an event; an intervention may change it: set another argument or output, or cancel it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from vitreous.record.places import Place, here


@dataclass(eq=False)
class Event:
    """Something the program is about to do or has done.

    Attributes:
        cancelled: Set by an intervention in a ``…_begin`` event: it does not happen.
    """

    cancelled: bool = False
    _places: tuple[Place, ...] | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """The user's lines it comes from, from the inside out; looked up when first asked for."""
        if self._places is None:
            self._places = here()
        return self._places

    @property
    def place(self) -> Place | None:
        """The innermost of them."""
        return self.places[0] if self.places else None


@dataclass(eq=False)
class ModuleCall(Event):
    """A module is called. `depth` 0 is a call from the user's own loop; `output` is set in module_end."""

    module: Any = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    depth: int = 0
    output: Any = None
    note: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class OpCall(Event):
    """One torch operation. `replace` in op_begin gives its result without running it."""

    name: str = ""
    function: Callable[..., Any] = print
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    replaced: bool = False
    error: BaseException | None = None
    modules: tuple[Any, ...] = ()

    def replace(self, output: Any) -> None:
        """Gives this as the result; the operation does not run."""
        self.output, self.replaced = output, True

    @property
    def path(self) -> str:
        """The name of the innermost module that computes it, dotted from the outermost on."""
        names = []
        for outer, inner in pairwise(self.modules):
            named = (name for name, child in outer.named_modules() if child is inner)
            names.append(next(named, type(inner).__name__))
        return ".".join(names)


@dataclass(eq=False)
class LossCall(Event):
    """A loss of torch.nn.functional: `input` and `target` may be changed in loss_begin, the whole replaced."""

    name: str = ""
    input: Any = None
    target: Any = None
    options: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    replaced: bool = False

    def replace(self, output: Any) -> None:
        """Gives this as the loss; the function does not run."""
        self.output, self.replaced = output, True


@dataclass(eq=False)
class Backward(Event):
    """A backward pass from `roots`; they may be changed in backward_begin.

    Attributes:
        gradients: Of a pass that hands its gradients out instead of leaving them in `.grad` (torch.autograd.grad):
            pairs of a leaf and its gradient, known in backward_end; an intervention may put others in their place.
    """

    roots: list[Any] = field(default_factory=list)
    gradients: list[tuple[Any, Any]] | None = None

    def of(self, leaf: Any) -> Any:
        """The gradient that a leaf has after the pass."""
        if self.gradients is None:
            return leaf.grad
        return next((gradient for known, gradient in self.gradients if known is leaf), None)


@dataclass(eq=False)
class OptimizerEvent(Event):
    """An optimizer is made, or makes a step."""

    optimizer: Any = None


@dataclass(eq=False)
class Clearing(Event):
    """Gradients are about to be cleared, by an optimizer's or a module's zero_grad."""

    owner: Any = None
    parameters: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class SchedulerEvent(Event):
    """A learning rate scheduler is made, or stepped; `given` is the first argument of its step."""

    scheduler: Any = None
    given: Any = None


@dataclass(eq=False)
class LoaderEvent(Event):
    """A DataLoader is about to be made: `options` are its keyword arguments and may be changed."""

    loader: Any = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class BatchEvent(Event):
    """A DataLoader gives a batch; it may be changed. `indices` are its samples' where that is known."""

    loader: Any = None
    batch: Any = None
    indices: list[int] | None = None
    first: bool = False


@dataclass(eq=False)
class ModeEvent(Event):
    """module.train(mode) or module.eval() is called; `mode` may be changed."""

    module: Any = None
    mode: bool = True


@dataclass(eq=False)
class Constructed(Event):
    """A module begins to exist (its __init__ has not run yet)."""

    module: Any = None


@dataclass(eq=False)
class Frozen(Event):
    """requires_grad of a tensor is set (seen only while operations are wanted)."""

    tensor: Any = None
    wanted: bool = True


@dataclass(eq=False)
class ArraysCompared(Event):
    """Two NumPy arrays are subtracted, compared or given to a metric (``how``) in the program's own code."""

    how: str = ""
    left: Any = None
    right: Any = None


@dataclass(eq=False)
class Printed(Event):
    """Text is written to standard output."""

    text: str = ""


class Listener:
    """Hears what happens. Every method is optional; those that are not overridden cost nothing."""

    def module_made(self, event: Constructed) -> None:
        """A module is being constructed."""

    def module_begin(self, event: ModuleCall) -> None:
        """A module is about to run."""

    def module_end(self, event: ModuleCall) -> None:
        """A module has run."""

    def op_begin(self, event: OpCall) -> None:
        """An operation is about to run (only while operations are wanted)."""

    def op_end(self, event: OpCall) -> None:
        """An operation has run."""

    def op_failed(self, event: OpCall) -> None:
        """An operation raised; so will the program."""

    def loss_begin(self, event: LossCall) -> None:
        """A functional loss is about to be computed."""

    def loss_end(self, event: LossCall) -> None:
        """A functional loss was computed."""

    def backward_begin(self, event: Backward) -> None:
        """A backward pass is about to start."""

    def backward_end(self, event: Backward) -> None:
        """A backward pass is over."""

    def gradient_asked(self, event: Backward) -> None:
        """`torch.autograd.grad` gives the gradient of something with respect to `event.roots`, and trains nothing."""

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """An optimizer was constructed."""

    def step_begin(self, event: OptimizerEvent) -> None:
        """An optimizer is about to make its step."""

    def gradients_ready(self, event: OptimizerEvent) -> None:
        """The gradients are as a step is about to use them: where a closure computes them, each time behind it."""

    def step_end(self, event: OptimizerEvent) -> None:
        """An optimizer has made its step."""

    def clear_begin(self, event: Clearing) -> None:
        """zero_grad is called; cancelling keeps the gradients."""

    def scheduler_made(self, event: SchedulerEvent) -> None:
        """A scheduler was constructed."""

    def scheduler_begin(self, event: SchedulerEvent) -> None:
        """A scheduler's step is called; cancelling leaves the learning rate."""

    def scheduler_end(self, event: SchedulerEvent) -> None:
        """A scheduler has stepped."""

    def loader_begin(self, event: LoaderEvent) -> None:
        """A DataLoader is about to be constructed."""

    def batch(self, event: BatchEvent) -> None:
        """A DataLoader gives a batch."""

    def mode_begin(self, event: ModeEvent) -> None:
        """train() or eval() is called."""

    def frozen(self, event: Frozen) -> None:
        """requires_grad is about to be set."""

    def arrays_compared(self, event: ArraysCompared) -> None:
        """Two arrays are held against each other."""

    def printed(self, event: Printed) -> None:
        """Something is printed."""
