"""What each layer gives to many examples, reduced while it runs: whole only for one of them.

A network of large images makes gigabytes on its way. What views need of a layer is little: the shown example's
activations, a number a unit and example, and which units never speak; so that is all that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from vitreous.data.types import Inputs
from vitreous.errors import ModelError
from vitreous.looking.losses import prediction
from vitreous.looking.operation import Array

BATCH, BATCH_NUMBERS = 256, 2_000_000  # examples in one pass, and numbers of their inputs
MOST_FEATURES = 1024  # of a layer and example
NEAR = 0.05  # how close to an end counts as saturated
ENDS = {"Sigmoid": (0.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Hardtanh": (-1.0, 1.0)}
CHANNELS_FIRST = ("Conv", "BatchNorm", "InstanceNorm", "GroupNorm", "MaxPool", "AvgPool")


@dataclass(frozen=True)
class Seen:
    """A layer's activations over N examples.

    Attributes:
        sample: Of the shown example, as the layer gave it; of a packed sequence its own steps, [T, units].
        pooled: [N, units]: the mean over places (of images) or steps (of sequences).
        features: [N, F]: all of them, or where they are many, means of neighbouring places; of packed sequences,
            which have different lengths, as ``pooled``.
        zeros: Share of exact zeros.
        silent: [units]: zero for all examples, everywhere.
        near_end: [units]: how often within 0.05 of an end, for sigmoid and tanh; else 0.
        unit_axis: Along which units lie in what the layer gives, the batch being axis 0.
    """

    sample: Array
    pooled: Array
    features: Array
    zeros: float
    silent: Array
    near_end: Array
    unit_axis: int


def watch(model: nn.Module, inputs: Inputs, sample: int) -> tuple[Tensor, dict[str, Seen]]:
    """The network's outputs for all examples, and what each layer without inner layers gave.

    Of a layer that runs several times in one pass the last; layers whose first axis is not the batch are left out,
    but for recurrent ones: their steps may come first, or be packed.

    Args:
        model: Runs without gradients, in the mode it is in; its hooks are removed.
        inputs: [N, ...], or a tuple of such.
        sample: Which example is kept whole.
    """
    watcher = _Watcher(sample)
    handles = [
        module.register_forward_hook(watcher.hook(name))
        for name, module in model.named_modules()
        if name and not list(module.children())
    ]
    try:
        outputs = run(model, inputs, watcher)
    finally:
        for handle in handles:
            handle.remove()
    return outputs, watcher.result(len(outputs))


def run(model: nn.Module, inputs: Inputs, watcher: _Watcher | None = None) -> Tensor:
    """The network's outputs, without gradients, some examples at a time, on the CPU."""
    parts: list[Tensor] = []
    done = 0
    with torch.no_grad():
        for chunk in _chunks(inputs):
            if watcher is not None:
                watcher.begin(done, len(chunk[0]))
            out = prediction(model(*chunk))
            if out is None:
                raise ModelError("the network gives no decimal numbers.", where=type(model).__name__)
            parts.append(out.detach().cpu())
            done += len(chunk[0])
            if watcher is not None:
                watcher.end()
    return torch.cat(parts)


def _chunks(inputs: Inputs) -> Iterator[tuple[Tensor, ...]]:
    whole = inputs if isinstance(inputs, tuple) else (inputs,)
    each = sum(t[0].numel() for t in whole)
    size = max(1, min(BATCH, BATCH_NUMBERS // max(each, 1)))
    yield from zip(*(t.split(size) for t in whole), strict=True)


class _Watcher:
    """Reduces what layers give, a pass at a time."""

    def __init__(self, sample: int) -> None:
        self.sample = sample
        self.start = self.many = 0
        self.now: dict[str, dict[str, Any]] = {}
        self.found: dict[str, list[dict[str, Any]]] = {}
        self.channels_first: set[tuple[int, ...]] = set()

    def begin(self, start: int, many: int) -> None:
        self.start, self.many, self.now = start, many, {}

    def end(self) -> None:
        for name, reduced in self.now.items():
            self.found.setdefault(name, []).append(reduced)

    def hook(self, name: str) -> Callable[..., None]:
        def keep(module: nn.Module, _args: Any, output: Any) -> None:
            value, lengths = _by_example(module, output)
            usable = isinstance(value, Tensor) and value.is_floating_point() and value.ndim > 1
            if usable and len(value) == self.many and value.numel():
                value = value.detach().float().cpu()
                kind = type(module).__name__
                self.now[name] = (
                    self._reduced(value, kind) if lengths is None else self._of_steps(value, lengths)
                )

        return keep

    def _of_steps(self, value: Tensor, lengths: Tensor) -> dict[str, Any]:
        """Of sequences [B, T, units] of which each has its own number of steps; behind them stand zeros."""
        place, units = self.sample - self.start, value.shape[2]
        many = int(lengths.sum()) * units
        mean = value.sum(1) / lengths[:, None]
        return {
            "sample": value[place, : int(lengths[place])].clone() if 0 <= place < len(value) else None,
            "pooled": mean, "features": mean, "zeros": 1 - int((value != 0).sum()) / many, "numbers": many,
            "silent": (value == 0).flatten(0, 1).all(0), "axis": 2, "near": torch.zeros(units, dtype=torch.float64),
        }  # fmt: skip

    def _reduced(self, value: Tensor, kind: str) -> dict[str, Any]:
        axis = self._unit_axis(value, kind)
        by_unit = value.movedim(axis, 1)
        places = tuple(range(2, value.ndim))
        low, high = ENDS.get(kind, (-torch.inf, torch.inf))
        near = (by_unit < low + NEAR) | (by_unit > high - NEAR)
        place = self.sample - self.start
        return {
            "sample": value[place].clone() if 0 <= place < len(value) else None,
            "pooled": by_unit.mean(places) if places else by_unit.clone(),
            "features": _features(by_unit), "zeros": float((value == 0).double().mean()), "numbers": value.numel(),
            "silent": (by_unit == 0).movedim(1, 0).flatten(1).all(1),
            "axis": axis, "near": near.movedim(1, 0).flatten(1).double().mean(1),
        }  # fmt: skip

    def _unit_axis(self, value: Tensor, kind: str) -> int:
        """Which axis units lie along: of three, channels behind convolutions, else the last."""
        if value.ndim != 3:
            return 1
        shape = tuple(value.shape[1:])
        if any(word in kind for word in CHANNELS_FIRST):
            self.channels_first.add(shape)
        return 1 if shape in self.channels_first else 2

    def result(self, many: int) -> dict[str, Seen]:
        found = {}
        for name, parts in self.found.items():
            if sum(len(p["pooled"]) for p in parts) != many:
                continue
            shapes = {p["features"].shape[1] for p in parts} | {p["pooled"].shape[1] for p in parts}
            if len(shapes) > 2 or not any(p["sample"] is not None for p in parts):
                continue  # another shape for other examples: nothing to compare
            weights = np.array([p["numbers"] for p in parts], float)
            near = np.stack([p["near"].numpy() for p in parts])
            found[name] = Seen(
                sample=next(p["sample"] for p in parts if p["sample"] is not None).numpy(),
                pooled=torch.cat([p["pooled"] for p in parts]).numpy(),
                features=torch.cat([p["features"] for p in parts]).numpy(),
                zeros=float(np.average([p["zeros"] for p in parts], weights=weights)),
                silent=np.all([p["silent"].numpy() for p in parts], axis=0),
                near_end=np.average(near, axis=0, weights=weights),
                unit_axis=parts[0]["axis"],
            )
        return found


def _by_example(module: nn.Module, output: Any) -> tuple[Any, Tensor | None]:
    """What a layer gives, the batch first; of packed sequences also how many steps each has."""
    value = (
        output[0]
        if isinstance(output, tuple) and not isinstance(output, PackedSequence) and output
        else output
    )
    if isinstance(value, PackedSequence):
        return pad_packed_sequence(value, batch_first=True)
    if (
        isinstance(module, nn.RNNBase)
        and not module.batch_first
        and isinstance(value, Tensor)
        and value.ndim == 3
    ):
        value = value.transpose(0, 1)
    return value, None


def _features(by_unit: Tensor) -> Tensor:
    """[N, units, *places] as [N, F], places pooled until few enough numbers are left."""
    units = by_unit.shape[1]
    if by_unit[0].numel() <= MOST_FEATURES or by_unit.ndim == 2:
        return by_unit.flatten(1).clone()
    room = max(1, MOST_FEATURES // units)
    if by_unit.ndim == 4:
        side = max(1, int(room**0.5))
        pooled = F.adaptive_avg_pool2d(by_unit, (min(side, by_unit.shape[2]), min(side, by_unit.shape[3])))
        return pooled.flatten(1)
    return F.adaptive_avg_pool1d(by_unit.flatten(2), min(room, by_unit.flatten(2).shape[2])).flatten(1)
