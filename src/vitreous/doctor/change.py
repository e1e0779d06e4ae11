"""Interventions that several faults need, ready to be returned by `intervene`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vitreous.record.events import Backward, Listener, LossCall, ModuleCall, OpCall, OptimizerEvent
from vitreous.record.places import Place

__all__ = [
    "BeforeBackward",
    "ChangeInput",
    "ChangeLoss",
    "FirstCall",
    "HoldParameters",
    "Listener",
    "ScaleLearningRate",
    "SkipOp",
    "hold",
]

_LOOK_AGAIN = 10  # backward passes


class SkipOp(Listener):
    """Operations of one name at one line give back their input.

    Args:
        name: As in `Op.name`.
        line: Of the user's code, or of the module's constructor where `module` says so.
        result: Makes the result from the first argument; the argument itself by default.
    """

    def __init__(self, name: str, file: str, line: int, result: Callable[[Any], Any] = lambda x: x) -> None:
        self.name, self.file, self.line, self.result = name, file, line, result
        self._constructed: dict[int, Any] = {}

    def module_made(self, event: Any) -> None:
        """Remembers modules constructed at the line."""
        if _at(event.place, self.file, self.line):
            self._constructed[id(event.module)] = event.module

    def op_begin(self, event: OpCall) -> None:
        """Gives back the input."""
        if self.is_meant(event):
            event.replace(self.result(event.args[0]))

    def is_meant(self, event: OpCall) -> bool:
        """Whether it is one of them."""
        if event.name != self.name or not event.args:
            return False
        module = event.modules[-1] if event.modules else None
        made = module is not None and id(module) in self._constructed
        return made or any(_at(place, self.file, self.line) for place in event.places[:1])


class BeforeBackward(Listener):
    """Calls a function before every backward pass.

    Args:
        act: Gets the event.
    """

    def __init__(self, act: Callable[[Backward], None]) -> None:
        self.act = act

    def backward_begin(self, event: Backward) -> None:
        """Before a backward pass."""
        self.act(event)


class ScaleLearningRate(Listener):
    """Multiplies the learning rate of optimizers as it is at each step, schedules included.

    Args:
        factor: By what.
        optimizer: Which one, in the order of construction; None all.
    """

    def __init__(self, factor: float, optimizer: int | None = None) -> None:
        self.factor, self.optimizer = factor, optimizer
        self._known: list[Any] = []
        self._before: list[float] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """Counts them."""
        self._known.append(event.optimizer)

    def step_begin(self, event: OptimizerEvent) -> None:
        """Scales for this step."""
        if self._meant(event.optimizer):
            self._before = [group["lr"] for group in event.optimizer.param_groups]
            for group in event.optimizer.param_groups:
                group["lr"] = group["lr"] * self.factor

    def step_end(self, event: OptimizerEvent) -> None:
        """Gives back what schedulers expect."""
        if self._before and self._meant(event.optimizer):
            for group, lr in zip(event.optimizer.param_groups, self._before, strict=True):
                group["lr"] = lr

    def _meant(self, optimizer: Any) -> bool:
        return self.optimizer is None or (
            self.optimizer < len(self._known) and self._known[self.optimizer] is optimizer
        )


class ChangeLoss(Listener):
    """Changes prediction and target of functional losses.

    Args:
        change: Gets the event; it may set `input` and `target`.
        line: Only at this line (None: all).
    """

    def __init__(
        self, change: Callable[[LossCall], None], file: str | None = None, line: int | None = None
    ) -> None:
        self.change, self.file, self.line = change, file, line

    def loss_begin(self, event: LossCall) -> None:
        """Before a loss is computed."""
        if self.line is None or _at(event.place, self.file or "", self.line):
            self.change(event)


class ChangeInput(Listener):
    """Changes what models get from the user's own loop.

    Args:
        change: Makes the new tensor from the first tensor argument.
    """

    def __init__(self, change: Callable[[Any], Any]) -> None:
        self.change = change

    def module_begin(self, event: ModuleCall) -> None:
        """Before a model runs."""
        import torch
        from torch.nn.modules.loss import _Loss

        if event.depth or isinstance(event.module, _Loss) or next(event.module.parameters(), None) is None:
            return
        args = list(event.args)
        for number, given in enumerate(args):
            if isinstance(given, torch.Tensor) and given.is_floating_point():
                args[number] = self.change(given)
                break
        event.args = tuple(args)


class FirstCall(Listener):
    """Calls a function with each model before its first call from the loop.

    Args:
        act: Gets the model.
    """

    def __init__(self, act: Callable[[Any], None]) -> None:
        self.act = act
        self._seen: list[Any] = []

    def module_begin(self, event: ModuleCall) -> None:
        """Before a model runs."""
        if event.depth == 0 and not any(known is event.module for known in self._seen):
            self._seen.append(event.module)
            self.act(event.module)


class HoldParameters(Listener):
    """Gives the optimizer every parameter that the loss reaches and that no optimizer holds.

    They get the options of its first group. It is looked for in the first backward passes, and now and then after
    them, since a model may be made anew for another fold.
    """

    def __init__(self) -> None:
        self._optimizers: list[Any] = []
        self._passes = 0

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """Remembers it."""
        self._optimizers.append(event.optimizer)

    def backward_begin(self, event: Backward) -> None:
        """Finds what is missing in the graph."""
        from vitreous.record.notes.steps import graph_leaves

        self._passes += 1
        if not self._optimizers or (self._passes > 3 and self._passes % _LOOK_AGAIN):
            return
        held = {id(p) for o in self._optimizers for group in o.param_groups for p in group["params"]}
        missing = {id(p): p for p in graph_leaves(event.roots) if id(p) not in held}
        if missing:
            hold(self._optimizers[0], list(missing.values()))


def hold(optimizer: Any, parameters: list[Any]) -> None:
    """Has an optimizer update these, too, with the options of its first group: schedulers would know no other group."""
    optimizer.param_groups[0]["params"] += parameters


def _at(place: Place | None, file: str, line: int) -> bool:
    return place is not None and place.line == line and place.file == file
