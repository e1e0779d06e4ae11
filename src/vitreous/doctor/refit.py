"""An intervention that turns inputs round, with the layers made anew that were made for their old sizes."""

from __future__ import annotations

import math
from typing import Any

from vitreous.doctor.change import hold
from vitreous.record.events import BatchEvent, Listener, ModuleCall, OpCall, OptimizerEvent

_CONVOLUTIONS = ("conv1d", "conv2d")


class TurnedInputs(Listener):
    """Axes of the inputs in another order, wherever they come from.

    What a loader gives is turned, so that a script that reads sizes off its batches makes its layers fit; what goes
    into a model otherwise is turned there. The weight of a convolution or linear layer that still does not fit is
    replaced by one that does, drawn as PyTorch draws it, from a stream of its own, and held by the optimizer.

    Args:
        sizes: Of one input before it is turned; only such inputs are, and each only once.
        order: Its axes, the batch's (0) included, in their new order.
    """

    def __init__(self, sizes: list[int], order: list[int]) -> None:
        self.sizes, self.order = sizes, order
        self._optimizer: Any = None
        self._done: Any = (
            None  # the last tensor that was turned, of which a model may be given the same sizes
        )
        self._made: dict[int, tuple[Any, Any]] = {}  # id of a weight -> it, and what stands in for it

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """Remembers the first; weights made before it join it."""
        if self._optimizer is None:
            self._optimizer = event.optimizer
            for _, weight in self._made.values():
                hold(event.optimizer, [weight])

    def batch(self, event: BatchEvent) -> None:
        """Turns what a loader gives."""
        if isinstance(event.batch, (list, tuple)):
            event.batch = type(event.batch)(self._turned(part) for part in event.batch)
        elif isinstance(event.batch, dict):
            event.batch = {key: self._turned(part) for key, part in event.batch.items()}
        else:
            event.batch = self._turned(event.batch)

    def module_begin(self, event: ModuleCall) -> None:
        """Turns what a model is given."""
        if not event.depth and next(event.module.parameters(), None) is not None:
            event.args = tuple(self._turned(given) for given in event.args)

    def op_begin(self, event: OpCall) -> None:
        """Gives a layer a weight that fits."""
        if event.name not in (*_CONVOLUTIONS, "linear") or len(event.args) < 2:
            return
        given, weight, *others = event.args
        inputs = given.shape[1 if event.name in _CONVOLUTIONS else -1]
        groups = event.kwargs.get("groups", others[4] if len(others) > 4 else 1)
        if inputs != weight.shape[1] and groups == 1:
            event.args = (given, self._fitting(weight, inputs), *others)

    def _turned(self, given: Any) -> Any:
        import torch

        fits = isinstance(given, torch.Tensor) and list(given.shape[1:]) == self.sizes
        if not fits or given is self._done:
            return given
        self._done = given.permute(self.order).contiguous()
        return self._done

    def _fitting(self, weight: Any, inputs: int) -> Any:
        import torch

        known = self._made.get(id(weight))
        if known is not None and known[1].shape[1] == inputs:
            return known[1]
        made = torch.nn.Parameter(weight.new_empty(weight.shape[0], inputs, *weight.shape[2:]).detach())
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(0)
            torch.nn.init.kaiming_uniform_(made, a=math.sqrt(5))
        self._made[id(weight)] = (weight, made)
        if self._optimizer is not None:
            hold(self._optimizer, [made])
        return made
