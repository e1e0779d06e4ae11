"""Can a sequence model's output at one step see inputs of later steps?"""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

from vitreous.doctor import samples
from vitreous.doctor.replay import Call, Recording, first_leak, moved_along, record
from vitreous.record.measure import tensors

_PADDING = frozenset(["pad"])
_MASKING = frozenset(["tril", "tril_", "triu", "triu_", "masked_fill", "masked_fill_", "where"])


def probe(session: Any) -> list[dict[str, Any]]:
    """For each model that was trained on its own input moved by one step: the operation that lets the future in."""
    found = []
    for number in session.models.last:
        shifted, time = session.sequences.of(number)
        taken = samples.batch(session, number)
        if shifted < 0.98 or taken is None:
            continue
        model, args, kwargs = taken
        given = tensors([args, kwargs])[0]
        if given.ndim < 2 or given.shape[time] < 4:
            continue
        length = given.shape[time]
        last = length // 2
        place_of = session.parameters.place_of
        try:
            first, out = record(model, args, kwargs, place_of)
            second, other = record(
                model, *samples.with_time_changed(args, kwargs, last, length, time), place_of
            )
        except Exception:
            continue
        along = [  # a model of transformers gives its loss before what it says of each step
            (one, two, axis)
            for one, two in zip(out, other, strict=False)
            if (axis := _axis(list(one.shape), length, time)) is not None
        ]
        if not along or all(i > last for i in moved_along(*along[0])):
            continue
        leak = first_leak(first, second, length, partial(operator.lt, last), pairs=True)
        if leak is not None:
            found.append({"model": number, "length": length, "shifted": shifted, **_where(first, leak[0])})
    return found


def _axis(shape: list[int], length: int, time: int) -> int | None:
    """The axis along which an output has as many steps as the input: where the input has them, if it can be."""
    fitting = [axis for axis, size in enumerate(shape) if axis and size == length]
    same = time % len(shape) if shape else None
    return same if same in fitting else next(iter(fitting), None)


def _where(recording: Recording, call: Call) -> dict[str, Any]:
    """The line to change: of the mask or the padding where there is one, else of the operation."""
    behind = _behind(recording, call)
    mask = next((c for c in behind if c.name in ("tril", "tril_", "triu", "triu_")), None)
    attention = call.name in ("softmax", "scaled_dot_product_attention", "multi_head_attention_forward")
    chosen = call
    if "conv" in call.name:
        chosen = next((c for c in behind[:4] if c.name in _PADDING), call)
    elif attention or call.name in _MASKING:
        chosen = mask or call
    place = chosen.place if attention and chosen is call else chosen.blame
    return {
        "op": call.name, "by": chosen.name, "file": place.file if place else "", "line": place.line if place else None,
        "masked": mask is not None,
    }  # fmt: skip


def _behind(recording: Recording, call: Call) -> list[Call]:
    """The operations that led to one, the nearest first."""
    seen: set[int] = set()
    waiting = list(call.inputs)
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting += recording.calls[number].inputs
    return [recording.calls[number] for number in sorted(seen, reverse=True)]
