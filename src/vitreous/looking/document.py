"""A trace as plain data for programs, and for the page: of large tensors a sample, which says that it is one."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from vitreous.looking.flow import flow
from vitreous.looking.operation import Array
from vitreous.looking.steps import Step, Value, to_array

if TYPE_CHECKING:
    from vitreous.looking.trace import Trace

FORMAT = 1


def to_json(trace: Trace, numbers: int) -> dict[str, Any]:
    """The whole trace; ``numbers`` is the most that is shown of one tensor."""
    forward, back = trace.largest_errors
    bad = trace.not_a_number
    structure = {k: v for k, v in asdict(trace.structure).items() if k not in ("layers", "edges", "notes")}
    return {
        "format": FORMAT,
        "model": trace.model,
        "explained": trace.explained,
        "largest_error_forward": forward,
        "largest_error_backward": back,
        "loss": _number(trace.loss),
        "differentiated": trace.differentiated,
        "not_a_number": None if bad is None else bad.number,
        "without_gradient": trace.without_gradient,
        "notes": trace.notes,
        "seconds": {name: round(s, 4) for name, s in trace.seconds.items()},
        "structure": structure,
        "layers": [asdict(layer) for layer in trace.structure.layers],
        "edges": [list(edge) for edge in trace.structure.edges],
        "flow": [
            {k: _number(v) if isinstance(v, float) else v for k, v in asdict(f).items()}
            for f in flow(trace.steps)
        ],
        "values": [_value(v, numbers) for v in trace.values if v.consumers],
        "steps": [_step(s, numbers) for s in trace.steps],
    }


def _step(step: Step, numbers: int) -> dict[str, Any]:
    return {
        "number": step.number,
        "operation": step.operation,
        "title": step.title,
        "module": step.module,
        "formula": step.formula,
        "derivative": step.derivative,
        "options": {name: _plain(value) for name, value in step.options.items()},
        "inputs": [v.number for v in step.inputs],
        "outputs": [_value(v, numbers) for v in step.outputs],
        "in_place": step.in_place,
        "computes": step.computes,
        "by_hand": step.by_hand,
        "error_forward": _number(step.error_forward),
        "error_backward": _number(step.error_backward),
        "note": step.note,
    }


def _value(value: Value, numbers: int) -> dict[str, Any]:
    found = {
        "number": value.number,
        "role": value.role,
        "name": value.name,
        "shape": list(value.shape),
        "type": str(value.dtype).removeprefix("torch."),
        "numbers": sample(to_array(value.tensor), numbers),
    }
    if value.gradient is not None:
        found["gradient"] = sample(value.gradient, numbers)
    return found


def sample(array: Array, most: int) -> dict[str, Any]:
    """Statistics of all, and the numbers themselves: all of a small array, evenly picked ones of a large one.

    ``places`` are their flat indices where they are picked; None where they are all.
    """
    flat = array.reshape(-1)
    found: dict[str, Any] = {"count": int(flat.size)}
    if flat.size and flat.dtype.kind in "fiub":
        real = flat.astype(np.float64)
        finite = real[np.isfinite(real)]
        if finite.size:
            found |= {
                "min": float(finite.min()), "max": float(finite.max()), "mean": float(finite.mean()),
                "std": float(finite.std()), "norm": float(np.linalg.norm(finite)), "zeros": float(np.mean(finite == 0)),
            }  # fmt: skip
        found["not_finite"] = int(flat.size - finite.size)
    whole = flat.size <= most
    places = np.arange(flat.size) if whole else np.linspace(0, flat.size - 1, most).astype(int)
    found["places"] = None if whole else places.tolist()
    found["values"] = [_number(float(x)) if flat.dtype.kind == "f" else _plain(x) for x in flat[places]]
    return found


def _number(value: float | None) -> float | str | None:
    """Numbers as JSON can write them: NaN and infinities as text."""
    if value is None:
        return None
    return float(f"{value:.7g}") if math.isfinite(value) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, np.generic):
        return value.item() if not np.iscomplexobj(value) else str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape)}
    return str(value)
