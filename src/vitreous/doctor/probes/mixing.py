"""Does the output of one sample depend on the input of another?"""

from __future__ import annotations

from typing import Any

from vitreous.doctor import samples
from vitreous.doctor.replay import first_leak, moved_along, record
from vitreous.record.measure import tensors


def probe(session: Any) -> list[dict[str, Any]]:
    """For each model, the operation at which samples of a batch get mixed; only models that mix are listed."""
    found = []
    for number in session.models.last:
        taken = samples.batch(session, number)
        if taken is None or not session.models.sites:
            continue
        model, args, kwargs = taken
        size = len(tensors([args, kwargs])[0])
        place_of = session.parameters.place_of
        try:
            first, out = record(model, args, kwargs, place_of)
            second, other = record(model, *samples.with_sample_changed(args, kwargs, 1), place_of)
        except Exception:  # a model that wants the batch it was made for answers nothing
            continue
        if not out or not out[0].ndim or len(out[0]) != size or out[0].shape != other[0].shape:
            continue
        moved = moved_along(out[0], other[0], 0)
        if all(i == 1 for i in moved):
            continue
        leak = first_leak(first, second, size, lambda i: i == 1)
        if leak is None:
            continue
        call, _ = leak
        place = call.place or call.within
        found.append(
            {
                "model": number, "op": call.name, "arguments": call.arguments, "file": place.file if place else "",
                "line": place.line if place else None, "moved": len(moved), "of": size,
                "result": list(call.outputs[0].shape), "given": [list(t.shape) for t in call.given[:2]],
                "constructed": call.within.line if call.builtin and call.within else None,
            }
        )  # fmt: skip
    return found
