"""Does a model's output depend on its input at all?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import samples
from vitreous.doctor.replay import Call, Recording, changed, record
from vitreous.record.measure import tensors

_EXACT = (1e-5, 1e-30)
_AMPLIFIED = (
    1e-3,
    0.1,
)  # a normalization over one number leaves nothing but rounding, some hundred times as large
_MASKING = frozenset(["masked_fill", "masked_fill_", "where"])
_WEIGHING = frozenset(
    ["mul", "__mul__", "__rmul__", "mul_", "multiply", "matmul", "__matmul__", "bmm", "einsum", "mv"]
)
_TAKING = frozenset(["__getitem__", "select", "narrow", "gather", "index_select", "take_along_dim"])
_ATTENDING = frozenset(["scaled_dot_product_attention", "multi_head_attention_forward"])
_NEAR_MASK = 12  # operations between a mask and what it weighs


def probe(session: Any) -> list[dict[str, Any]]:
    """Models whose output stays the same whatever goes in, and the operation where the input is lost."""
    found: list[dict[str, Any]] = []
    for number in session.models.last:
        taken = samples.batch(session, number)
        if taken is None:
            continue
        model, args, kwargs = taken
        place_of = session.parameters.place_of
        try:
            found += _answers_padding(number, model, (args, kwargs), place_of)
            first, out = record(model, args, kwargs, place_of)
            for others in (samples.with_all_changed, samples.exchanged):
                answers = _same_for(model, (args, kwargs), others(args, kwargs), (first, out), place_of)
                kept = [a for a in answers if others is samples.with_all_changed or a["lost"]]
                if kept:
                    found += [{"model": number, **answer} for answer in kept]
                    break
        except Exception:
            continue
    return found


def _same_for(
    model: Any,
    taken: tuple[Any, Any],
    others: tuple[Any, Any],
    known: tuple[Recording, list[Any]],
    place_of: Any,
) -> list[dict[str, Any]]:
    """Where the output becomes the same for these and for other inputs; nothing where it does not.

    Told twice where rounding, amplified, hides the operation: to the last digit, and with what rounding may do.
    """
    first, out = known
    found: list[dict[str, Any]] = []
    if not _differ(tensors(list(taken)), tensors(others)):
        return found
    second, other = record(model, *others, place_of)
    pairs = list(zip(out, other, strict=False))
    alike = [c.name for c in first.calls] == [c.name for c in second.calls]
    if not pairs or not alike or any(a.shape != b.shape for a, b in pairs):
        return found
    for limits in (_EXACT, _AMPLIFIED):
        if any(bool(changed(a, b, *limits).any()) for a, b in pairs):
            continue
        call, lost = _lost(first, second, first.maker(out[0]), limits)
        if call is not None and (lost or limits is _EXACT):
            zeros = lost and _by_zeros(model, call, second.calls[first.calls.index(call)])
            found.append({"lost": lost, "zeros": zeros, **_described(call, lost)})
    return found


def _by_zeros(model: Any, one: Call, two: Call) -> bool:
    """Whether an operation takes zeros both times that are nobody's parameter: a mask that keeps nothing."""
    learned = [p.detach() for p in model.parameters()]
    for a, b in zip(one.given, two.given, strict=False):
        if a.numel() and not bool(a.any()) and not bool(b.any()):
            return not any(p.shape == a.shape and bool((p == a).all()) for p in learned)
    return False


def _answers_padding(
    number: int, model: Any, taken: tuple[Any, Any], place_of: Any
) -> Iterator[dict[str, Any]]:
    """A model whose output stays the same when everything in a padded batch changes but the padding."""
    padded = samples.with_content_changed(*taken)
    if padded is None:
        return
    first, out = record(model, *padded[0], place_of)
    second, other = record(model, *padded[1], place_of)
    pairs = list(zip(out, other, strict=False))
    alike = [c.name for c in first.calls] == [c.name for c in second.calls]
    if not pairs or not alike or any(bool(changed(a, b, *_EXACT).any()) for a, b in pairs):
        return
    call, lost = _lost(first, second, first.maker(out[0]), _EXACT)
    if call is None or not lost:
        return
    same = [
        not bool(changed(a, b, *_EXACT).any())
        for a, b in zip(call.given, second.calls[first.calls.index(call)].given, strict=False)
    ]
    zero = any(alike and not bool(tensor.all()) for alike, tensor in zip(same, call.given, strict=False))
    attention = _attention(first, call) if call.name in _TAKING else None
    call = attention or call  # it lets every place see all others, if its mask does
    masked = call.name in _MASKING or attention is not None or (call.name in _WEIGHING and zero)
    if masked or call.name in _TAKING:
        answer = {
            "model": number,
            "lost": True,
            **_described(_mask_of(first, call) if masked and attention is None else call, True),
        }
        yield answer | {"padding": "masked" if masked else "taken"}


def _attention(recording: Recording, call: Call) -> Call | None:
    """The nearest attention behind an operation."""
    waiting, seen = list(call.inputs), set()
    while waiting:
        number = waiting.pop(0)
        if number not in seen:
            seen.add(number)
            if recording.calls[number].name in _ATTENDING:
                return recording.calls[number]
            waiting += recording.calls[number].inputs
    return None


def _mask_of(recording: Recording, call: Call) -> Call:
    """The operation that puts a mask in place: itself, or the nearest one behind a weighting by what it left."""
    waiting, seen = [call], 0
    while waiting and seen < _NEAR_MASK:
        current, seen = waiting.pop(0), seen + 1
        if current.name in _MASKING:
            return current
        waiting += [recording.calls[number] for number in current.inputs]
    return call


def _differ(before: list[Any], after: list[Any]) -> bool:
    """Whether the first tensor, the batch, differs: inputs that are all the same cannot be exchanged."""
    return bool(before) and before[0].shape == after[0].shape and bool(changed(before[0], after[0]).any())


def _lost(
    first: Recording, second: Recording, number: int | None, limits: tuple[float, float]
) -> tuple[Call | None, bool]:
    """Back from the output: the operation that had differing inputs and the same result, if there is one.

    Returns:
        It and True; else the last operation that takes something the input never reached, and False.
    """
    waiting, seen, nearest = [] if number is None else [number], set(), None
    while waiting:
        current = waiting.pop(0)
        if current in seen:
            continue
        seen.add(current)
        one, two = first.calls[current], second.calls[current]
        nearest = nearest or one
        pairs = zip(one.given, two.given, strict=False)
        if any(a.shape == b.shape and bool(changed(a, b, *limits).any()) for a, b in pairs):
            return one, True
        waiting += one.inputs
    return nearest, False


def _described(call: Call, lost: bool) -> dict[str, Any]:
    """An operation with its line: its own where it is only given the wrong thing."""
    place = call.blame if lost else call.place or call.blame
    return {
        "op": call.name, "file": place.file if place else "", "line": place.line if place else None,
        "given": [list(t.shape) for t in call.given[:1]], "arguments": call.arguments,
    }  # fmt: skip
