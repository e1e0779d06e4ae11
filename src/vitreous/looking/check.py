"""Every step again by hand: forward and back in NumPy, compared with torch's numbers.

One pass from the last step to the first. What comes into a step's backward is torch's gradient of its output; what
it gives back is added to what the other consumers of the same value gave, and the sum is compared with torch's
gradient of that value. So a wrong sum where paths join is found too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation
from vitreous.looking.steps import Step, Value

Pending = dict[Value, Array]


def check(steps: Sequence[Step], leaves: Sequence[Value]) -> None:
    """Fills in ``by_hand``, ``error_forward`` and ``error_backward`` of every step.

    Args:
        steps: In the order of the forward pass.
        leaves: Values that no step made.
    """
    pending: Pending = {}
    unknown: set[Value] = {v for s in steps if s.call is None and s.computes for v in s.inputs}
    for value in unknown:
        value.open = True
    with np.errstate(all="ignore"):
        for step in reversed(steps):
            for value in step.outputs:
                _settle(value, pending)
            _one(step, pending)
        for value in leaves:
            _settle(value, pending)
    for step in steps:
        limit = max((v.tolerance for v in step.outputs), default=0.0)
        errors = [e for e in (step.error_forward, step.error_backward) if e is not None]
        step.by_hand = not step.computes or (step.call is not None and all(e <= limit for e in errors))
        if not step.by_hand and not step.note:
            step.note = "our numbers and torch's differ by more than rounding"


def _one(step: Step, pending: Pending) -> None:
    """Forward and back of one step."""
    if step.kind is None or step.call is None or not step.kind.computes:
        return
    operation = step.kind()
    try:
        call = step.materialized()
        result = operation.forward(*call.args, **call.kwargs)
    except (TypeError, ValueError, IndexError, KeyError, NotImplementedError, ZeroDivisionError) as failure:
        step.call, step.note = (
            None,
            f"not known by hand as it was called: {type(failure).__name__}: {failure}",
        )
        for value in step.inputs:
            value.open = True
        return
    many = isinstance(result, tuple | list)
    ours = result if many else (result,)
    errors = []
    for mine, value in zip(ours, step.outputs, strict=False):
        error = difference(mine, value.array)
        if error > value.tolerance > 0:
            error = min(error, difference(mine, value.array, _forward_scale(step)))
        errors.append(error)
    step.error_forward = max(errors, default=None)
    _back(step, operation, call, len(ours) if many else 0, pending)


def _back(step: Step, operation: Operation, call: Any, many: int, pending: Pending) -> None:
    """Sends the gradients of the outputs (``many``, or 0 for a single one) back and adds what comes out to the sums."""
    wanted = [v for v in step.inputs if v.requires_grad]
    incoming = [_incoming(value, pending) for value in step.outputs]
    for value in step.outputs:
        pending.pop(value, None)
    if not wanted or all(g is None for g in incoming):
        return
    incoming += [None] * (many - len(incoming))
    grads = tuple(incoming) if many else incoming[0]
    try:
        found = operation.backward(grads, *call.args, **call.kwargs)
    except (TypeError, ValueError, IndexError, KeyError, NotImplementedError) as error:
        step.note = f"its way back is not known by hand: {type(error).__name__}: {error}"
        for value in wanted:
            value.open = True
        step.error_backward = float("inf")
        return
    assert step.call is not None
    for name, part in found.items():
        _add(step.call.arguments.get(name), part, pending)


def _incoming(value: Value, pending: Pending) -> Array | None:
    """Torch's gradient of an output; ours where torch gave none away (what is written through a view)."""
    entangled = value.step is not None and value.step.kind is not None and value.step.kind.entangled
    if value.gradient_tensor is not None and not entangled:
        return value.gradient
    return pending.get(value) if value.requires_grad else None


def _add(argument: Any, part: Any, pending: Pending) -> None:
    """Adds a gradient (or a list of them) to the sums of the values it belongs to."""
    if part is None:
        return
    if isinstance(argument, Value):
        if argument.requires_grad:
            known = pending.get(argument)
            pending[argument] = part if known is None else known + part
    elif isinstance(argument, list | tuple):
        for inner, inner_part in zip(argument, part, strict=True):
            _add(inner, inner_part, pending)


def _settle(value: Value, pending: Pending) -> None:
    """Compares the sum of what all consumers sent back with torch's gradient."""
    theirs = value.gradient
    if value.step is None:
        mine = pending.pop(value, None)
    else:
        entangled = value.step.kind is not None and value.step.kind.entangled
        mine = pending.get(value) if theirs is None or entangled else pending.pop(value, None)
        if entangled and value is not value.step.outputs[0]:
            return
    if theirs is None or value.open:
        return
    if mine is None:
        if not value.consumers or not np.any(theirs):
            return
        mine = np.zeros_like(theirs)
    error = difference(mine, theirs)
    if error > value.tolerance:
        error = min(error, difference(mine, theirs, _backward_scale(value)))
    for step in value.consumers:
        step.error_backward = max(error, step.error_backward or 0.0)


def difference(mine: Any, theirs: Array, scale: float = 0.0) -> float:
    """Largest difference, relative to the largest number (or to a larger scale).

    Equal infinities and NaN in the same places are no difference; another shape is an infinite one.
    """
    mine = np.asarray(mine)
    if mine.shape != theirs.shape:
        return float("inf")
    if not theirs.size:
        return 0.0
    if theirs.dtype.kind != "f":
        return float(not np.array_equal(mine.astype(theirs.dtype), theirs))
    gap = np.abs(mine - theirs)
    worst = float(gap.max())
    if not np.isfinite(worst):
        same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        gap = np.where(same, 0, gap)
        worst = float(np.nan_to_num(gap, nan=np.inf).max())
        theirs = np.nan_to_num(theirs, nan=0.0, posinf=0.0, neginf=0.0)
    if worst == 0:
        return 0.0
    largest = max(float(np.abs(theirs).max()), scale)
    return worst / largest if largest else float("inf")


def _forward_scale(step: Step) -> float:
    """How large the numbers are that an output is summed from: where they cancel, rounding is relative to them."""
    assert step.kind is not None
    inputs = [float(np.abs(v.array).max()) for v in step.inputs if v.array.size and v.array.dtype.kind == "f"]
    sizes = [size for size in inputs if np.isfinite(size)]
    if not step.kind.multilinear:
        return max(sizes, default=0.0)
    call = step.materialized()
    call.arguments.update({k: _magnitudes(v) for k, v in call.arguments.items()})
    result = step.kind().forward(*call.args, **call.kwargs)
    outputs = result if isinstance(result, tuple | list) else (result,)
    return max([*sizes, *(_largest(r) for r in outputs)], default=0.0)


def _backward_scale(value: Value) -> float:
    """How large the numbers are that a gradient is summed from, over all its consumers."""
    total = 0.0
    for step in value.consumers:
        if step.kind is None or step.call is None or not step.kind.computes:
            continue
        grads = [v.gradient for v in step.outputs]
        if all(g is None for g in grads):
            continue
        parts: list[Any] = []
        if step.kind.multilinear:
            parts = [([None if g is None else np.abs(g) for g in grads], True)]
        else:  # backward is linear in what comes in: what the positive and the negative part send back, apart;
            # and where the local derivatives themselves cancel, the unit of one: what came in times y over x
            total += _unit(step, value, grads)
            signs = (np.maximum, np.minimum)
            parts = [([None if g is None else sign(g, 0) for g in grads], False) for sign in signs]
        total += sum(_sent(step, value, incoming, magnitudes) for incoming, magnitudes in parts)
    return total


def _unit(step: Step, value: Value, grads: list[Any]) -> float:
    """The size that a derivative of an operation has by the sizes of what it takes and gives."""
    arrives = max(_largest(g) for g in grads)
    return arrives * max(_largest(v.array) for v in step.outputs) / (_largest(value.array) or 1.0)


def _sent(step: Step, value: Value, grads: list[Any], magnitudes: bool) -> float:
    """The largest number that a step sends back to a value for given gradients of its outputs."""
    assert step.kind is not None and step.call is not None
    operation, call = step.kind(), step.materialized()
    if magnitudes:
        call.arguments.update({k: _magnitudes(v) for k, v in call.arguments.items()})
    result = operation.forward(*call.args, **call.kwargs)
    found: Pending = {}
    incoming = tuple(grads) if isinstance(result, tuple | list) else grads[0]
    for name, part in operation.backward(incoming, *call.args, **call.kwargs).items():
        _add(step.call.arguments.get(name), part, found)
    return _largest(found.get(value))


def _magnitudes(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return np.abs(argument) if argument.dtype.kind == "f" else argument
    if isinstance(argument, list | tuple):
        return type(argument)(_magnitudes(a) for a in argument)
    return argument


def _largest(array: Any) -> float:
    if array is None or not np.size(array):
        return 0.0
    return float(np.nan_to_num(np.abs(np.asarray(array, float)), posinf=0.0).max())
