"""`torch.autograd.grad` heard as the backward pass that it is in programs that update their parameters by hand."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vitreous.record.events import Backward
from vitreous.record.taps import Taps


def heard_grad(plain: Callable[..., Any]) -> Callable[..., Any]:
    """Wraps `torch.autograd.grad`.

    It is a backward pass of training where one number is differentiated by leaves only and there is no optimizer: the
    program makes its steps itself. Penalties and attacks ask for the gradient of an input, beside parameters that
    they do not ask for. With an optimizer around, the gradients may be put into `.grad` or serve something else (an
    inner loop of meta-learning); whether a step uses them shows only at the step, so the loss is kept until then. What
    an attack sends through a model trains nothing, and is no training pass of it, unless its graph is kept on.
    """

    @functools.wraps(plain)
    def grad(outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        taps = Taps.active
        if taps is None or taps.inside or taps.in_grad or not taps.heard("backward_begin"):
            return plain(outputs, inputs, *args, **kwargs)
        roots = [outputs] if isinstance(outputs, Tensor) else list(outputs)
        leaves = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if not _is_training(roots, leaves):
            taps.send("gradient_asked", Backward(roots=leaves))
            taps.asking = not kwargs.get("create_graph", args[2] if len(args) > 2 else False)
            try:
                return plain(outputs, inputs, *args, **kwargs)
            finally:
                taps.asking = False
        if taps.optimizers:
            taps.asked = roots[0]
            return plain(outputs, inputs, *args, **kwargs)
        event = Backward(roots=roots)
        taps.send("backward_begin", event)
        taps.in_grad = True  # torch's override protocol comes back to this name
        try:
            found = plain(event.roots, inputs, *args, **kwargs)
        finally:
            taps.in_grad = False
        event.gradients = list(zip(leaves, found, strict=True))
        taps.send("backward_end", event)
        return tuple(gradient for _, gradient in event.gradients)

    return grad


def _is_training(roots: list[Any], leaves: list[Any]) -> bool:
    """Whether a single number is differentiated by the leaves that are behind it, most of them at least."""
    from vitreous.record.notes.steps import graph_leaves

    one = len(roots) == 1 and isinstance(roots[0], Tensor) and roots[0].numel() == 1
    if not one or not leaves or not all(isinstance(t, Tensor) and t.is_leaf for t in leaves):
        return False
    asked = {id(leaf) for leaf in leaves}
    behind = {id(leaf) for leaf in graph_leaves(roots)}
    return torch.is_grad_enabled() and len(asked & behind) * 2 > len(behind)
