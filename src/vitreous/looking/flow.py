"""Where the gradient shrinks or grows on its way back, layer by layer, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vitreous.looking.operation import Array
from vitreous.looking.steps import Step

# A layer that changes the gradient's size by more than this is worth a word; a factor of 10 a layer is 10¹⁰ over ten.
FACTOR = 10.0
SATURATING = {"sigmoid": 0.25, "tanh": 1.0}  # their largest slopes


@dataclass(frozen=True)
class Flow:
    """The gradient at one layer.

    Attributes:
        module: The layer.
        arrives: Root mean square of the gradient of its output.
        leaves: The same of what it sends on to its input; None where nothing goes on.
        factor: leaves / arrives.
        why: What shrinks or grows it; "" where it neither does much.
    """

    module: str
    arrives: float
    leaves: float | None
    factor: float | None
    why: str


def flow(steps: Sequence[Step]) -> list[Flow]:
    """One entry a layer, in the order of the way back: last layer first."""
    found = []
    layers: dict[str, list[Step]] = {}
    for step in steps:
        if step.computes and step.module != "loss":
            layers.setdefault(step.module, []).append(step)
    for name, inner in reversed(layers.items()):
        last = next((s for s in reversed(inner) if s.gradient is not None), None)
        if last is None or last.gradient is None:
            continue
        first = next(
            (v for s in inner for v in s.inputs if v.role in ("step", "input") and v.gradient is not None),
            None,
        )
        arrives = _size(last.gradient)
        leaves = None if first is None or first.gradient is None else _size(first.gradient)
        factor = leaves / arrives if leaves is not None and arrives else None
        found.append(Flow(name, arrives, leaves, factor, _why(inner, factor, arrives)))
    return found


def _why(steps: Sequence[Step], factor: float | None, arrives: float) -> str:
    """The reason, from the numbers of the layer itself."""
    if arrives == 0:
        return "nothing arrives: what stands behind it passes no gradient on"
    if factor is None or 1 / FACTOR <= factor <= FACTOR:
        return ""
    if not np.isfinite(factor):
        return "NaN or infinity"
    if factor == 0:
        dead = [s for s in steps if s.operation.startswith("relu") and not np.any(s.output > 0)]
        return (
            "every unit is dead: ReLU gave 0 for all, and its slope there is 0"
            if dead
            else "all local slopes are 0"
        )
    for step in steps:
        name = step.operation.rstrip("_")
        if factor < 1 and name in SATURATING:
            y = step.output
            slopes = y * (1 - y) if name == "sigmoid" else 1 - y * y
            return f"{name} is saturated: its mean slope is {float(np.mean(slopes)):.2g} (at most {SATURATING[name]:g})"
        weight = next((v for v in step.inputs if v.role == "parameter" and len(v.shape) > 1), None)
        if weight is not None:
            size = (
                float(np.linalg.norm(weight.array.reshape(weight.shape[0], -1), 2))
                if weight.array.size < 1e6
                else None
            )
            told = f"; its largest singular value is {size:.2g}" if size is not None else ""
            return f"the weights of {weight.name} are {'small' if factor < 1 else 'large'}{told}"
    return "the local derivatives multiply to this"


def _size(array: Array) -> float:
    return float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))) if array.size else 0.0
