"""Random numbers that torch drew inside an operation, found by setting the generator back and asking again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from vitreous.looking.operation import Operation
from vitreous.looking.ops.attention import Attention
from vitreous.looking.ops.dropout import AlphaDropout, Dropout
from vitreous.looking.recurrent_call import Recurrent


def state_of(device: torch.device) -> Tensor:
    """The generator's state."""
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


@contextmanager
def set_back(device: torch.device, state: Tensor) -> Iterator[None]:
    """Runs with the generator as it was; afterwards it is as it is now."""
    restore = torch.cuda.set_rng_state if device.type == "cuda" else torch.set_rng_state
    now = state_of(device)
    restore(state)
    try:
        with torch.no_grad():
            yield
    finally:
        restore(now)


def masks(
    kind: type[Operation], function: Callable[..., Any], args: tuple[Any, ...], arguments: dict[str, Any],
    state: Tensor,
) -> dict[str, Any]:  # fmt: skip
    """What the operation drew, by the names its forward has for it.

    Args:
        kind: The operation by hand.
        function: Torch's.
        args: The call's positional arguments, tensors as they are.
        arguments: The same bound by name, for what was given by keyword.
        state: The generator's before the call.
    """
    if issubclass(kind, Dropout):
        x = args[0]
        if not arguments["train"] or arguments["p"] == 0:
            return {}
        with set_back(x.device, state):
            return {"mask": function(torch.ones_like(x), arguments["p"], True)}
    if issubclass(kind, AlphaDropout):
        x = args[0]
        if not arguments["train"] or arguments["p"] == 0:
            return {}
        with set_back(x.device, state):
            ones = function(torch.ones_like(x), arguments["p"], True)
        with set_back(x.device, state):
            return {"mask": ones, "shift": function(torch.zeros_like(x), arguments["p"], True)}
    if issubclass(kind, Attention) and arguments.get("dropout_p", 0.0):
        query, key = args[0], args[1]
        batch = torch.broadcast_shapes(query.shape[:-2], key.shape[:-2])
        shape = (*batch, query.shape[-2], key.shape[-2])
        with set_back(query.device, state):
            return {"mask": torch.dropout(query.new_ones(shape), arguments["dropout_p"], True)}
    if issubclass(kind, Recurrent) and arguments["dropout"] and arguments["train"]:
        return {"masks": _between_layers(args[0], arguments, state)}
    return {}


def _between_layers(x: Tensor, arguments: dict[str, Any], state: Tensor) -> list[Tensor]:
    """One mask for each layer but the last, shaped like its output in the order of time."""
    hx = arguments["hx"]
    hidden = (hx[0] if isinstance(hx, list | tuple) else hx).shape[-1]
    width = hidden * (1 + bool(arguments["bidirectional"]))
    shape = (*x.shape[:-1], width)
    if x.ndim == 3 and arguments.get("batch_first"):
        shape = (x.shape[1], x.shape[0], width)
    with set_back(x.device, state):
        drawn = [
            torch.dropout(x.new_ones(shape), arguments["dropout"], True)
            for _ in range(arguments["num_layers"] - 1)
        ]
    return [d[:, None] if x.ndim == 2 and arguments.get("batch_sizes") is None else d for d in drawn]
