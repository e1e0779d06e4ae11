"""Taps a model on the steps that are due: hooks go on before the step and off behind it.

On every other step the model runs untouched, which is why recording costs almost nothing. The
statistics stay on the device and are read together; no random number is drawn, so a run with the
record on is bit-identical to one without.
"""

from __future__ import annotations

import json
import math
import pkgutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

import torch
from torch import Tensor, nn

from vitreous.record import measures
from vitreous.record.schedule import Schedule

if TYPE_CHECKING:
    from vitreous.record.first_steps import FirstSteps


@dataclass(frozen=True)
class Measure:
    """One quantity, as its file in `record/measures` defines it."""

    name: str
    unit: str
    sees: str
    measure: Callable[[Tensor], Tensor]
    layers: tuple[type[nn.Module], ...] | None

    def applies(self, module: nn.Module) -> bool:
        """Whether it says something about this kind of layer."""
        return self.layers is None or isinstance(module, self.layers)


@cache
def all_measures() -> tuple[Measure, ...]:
    """Every measure there is, by listing the package."""
    found = []
    for info in sorted(pkgutil.iter_modules(measures.__path__), key=lambda info: info.name):
        module = import_module(f"{measures.__name__}.{info.name}")
        layers = getattr(module, "LAYERS", None)
        found.append(Measure(module.NAME, module.UNIT, module.SEES, module.measure, layers))
    return tuple(found)


class Recorder:
    """Records the steps of one model that the schedule asks for.

    Usage, once a step::

        recorder.begin(step)          # hooks on, where the step is due
        ... forward, loss, backward ...
        recorder.gradients()          # before the optimizer's step
        ... optimizer.step() ...
        recorder.end(epoch=0, loss=loss, learning_rate=1e-3, gradient_norm=norm)

    Args:
        model: Its layers are the modules without modules of their own, and those with parameters of their own.
        schedule: Which steps.
        sink: An open text file; one JSON line a recorded step. None keeps nothing.
        first: Sees the first of these steps in full.
    """

    BATCH = 16  # recorded steps read from the device together

    def __init__(
        self, model: nn.Module, schedule: Schedule, sink: TextIO | None, first: FirstSteps | None = None
    ) -> None:
        self.layers = {
            name or "model": module
            for name, module in model.named_modules()
            if not any(module.children()) or any(True for _ in module.parameters(recurse=False))
        }
        self.schedule = schedule
        self.sink = sink
        self.first = first
        self.active = False
        self._hooks: list[Any] = []
        self._values: dict[tuple[str, str], Tensor] = {}
        self._before: dict[str, Tensor] = {}
        self._pending: list[tuple[dict[str, Any], list[tuple[str, str]], Tensor]] = []
        self._step = 0

    def begin(self, step: int, *, update: int | None = None) -> None:
        """Puts the hooks on when the step is due.

        Args:
            step: Its number, for its line.
            update: What the schedule counts, where several steps make one update.
        """
        self.active = self.sink is not None and self.schedule.due(step if update is None else update)
        if not self.active:
            return
        self._step = step
        self._values.clear()
        watched = [m for m in all_measures() if m.sees == "activation"]
        for name, module in self.layers.items():
            hook = partial(self._forward, name, [m for m in watched if m.applies(module)])
            self._hooks.append(module.register_forward_hook(hook))
        if self.first is not None:
            self.first.begin()

    @torch.no_grad()
    def gradients(self) -> None:
        """Measures gradients and remembers the weights; between backward and the optimizer's step."""
        self._unhook()
        if not self.active:
            return
        with self._unheard():
            self._gradients()
        if self.first is not None:
            self.first.update()

    def _gradients(self) -> None:
        for name, module in self.layers.items():
            trained = [p for p in module.parameters(recurse=False) if p.grad is not None]
            if not trained:
                continue
            self._measure("gradient", name, _flat([p.grad for p in trained if p.grad is not None]))
            self._before[name] = _flat(trained).clone()
            self._measure("weight", name, self._before[name])

    @torch.no_grad()
    def end(self, **values: Any) -> None:
        """Measures what the optimizer changed and keeps the step; ``values`` go on its line."""
        if not self.active:
            return
        if self.first is not None:
            self.first.end()
        for name, before in self._before.items():
            after = _flat([p for p in self.layers[name].parameters(recurse=False) if p.grad is not None])
            if after.numel() == before.numel():  # gradients may be gone where the caller cleared them
                self._measure("update", name, after - before)
        self._before.clear()
        keys = list(self._values)
        numbers = torch.stack([v.float() for v in self._values.values()]) if keys else torch.empty(0)
        self._pending.append(({"step": self._step, **values}, keys, numbers))
        self.active = False
        if len(self._pending) >= self.BATCH:
            self.flush()

    def flush(self) -> None:
        """Reads what is pending from the device and writes it."""
        for line, keys, numbers in self._pending:
            layers: dict[str, dict[str, Any]] = {}
            for (layer, name), value in zip(keys, numbers.tolist(), strict=True):
                entry = layers.setdefault(layer, {"kind": type(self.layers[layer]).__name__})
                entry[name] = float(f"{value:.6g}")
            for entry in layers.values():
                if entry.get("weight_norm") and "update_norm" in entry:
                    entry["update_ratio"] = float(f"{entry['update_norm'] / entry['weight_norm']:.6g}")
            scalars = {k: float(v) if isinstance(v, Tensor) else v for k, v in line.items()}
            if self.sink is not None:
                self.sink.write(json.dumps(_finite({**scalars, "layers": layers})) + "\n")
        self._pending.clear()
        if self.sink is not None:
            self.sink.flush()

    def close(self) -> None:
        """Takes every hook off, also after an exception."""
        self._unhook()
        if self.first is not None:
            self.first.close()
        self.active = False
        self._before.clear()

    def _unheard(self) -> AbstractContextManager[None]:
        """What is measured here is no part of the program that is watched."""
        return self.first.quiet() if self.first is not None else nullcontext()

    def _unhook(self) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def _forward(
        self, name: str, watched: list[Measure], _module: nn.Module, _args: Any, output: Any
    ) -> None:
        tensor = output[0] if isinstance(output, tuple) else output
        if not isinstance(tensor, Tensor) or not tensor.is_floating_point():
            return
        with self._unheard(), torch.no_grad():
            for measure in watched:
                self._values[name, measure.name] = measure.measure(tensor.detach())

    def _measure(self, sees: str, layer: str, tensor: Tensor) -> None:
        for measure in all_measures():
            if measure.sees == sees:
                self._values[layer, measure.name] = measure.measure(tensor)


def _flat(tensors: list[Any]) -> Tensor:
    """One vector of several tensors; sharded ones (DTensor) by their local part."""
    local = [t.to_local() if hasattr(t, "to_local") else t for t in tensors]
    return torch.cat([t.detach().reshape(-1) for t in local])


def _finite(value: Any) -> Any:
    """NaN and infinities as text: JSON has no other way to write them."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
