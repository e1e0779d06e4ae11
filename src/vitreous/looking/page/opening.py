"""What an element opens to: a recipe where the page has all the numbers for it, else some elements opened here.

The recipes say only where the terms of a sum lie (a unit's row of weights, the patch under a kernel): the page
multiplies and adds what stands there. Everything else is opened by the operations by hand, for a few elements each.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from vitreous.errors import UsageError
from vitreous.looking.operation import Array, Elementwise, Index, Opened
from vitreous.looking.ops.add import Add
from vitreous.looking.ops.convolution import Convolution
from vitreous.looking.ops.linear import Linear
from vitreous.looking.ops.reshape import Reshape
from vitreous.looking.page.shelf import Shelf
from vitreous.looking.steps import Step, Value

MOST_TERMS = 64
ALL_ELEMENTS = 48  # an output this small is opened at every element
FEW = 6
MOST_OPENED_TERMS = 100_000  # of one tensor's elements together; at least one is opened
SLOW = 200_000  # outputs larger than this are opened at fewer elements
MOST_REACHED = 512  # a gradient is opened through at most so many output elements: each costs one way back

Found = dict[str, list[Any]]


def recipe(step: Step, shelf: Shelf) -> dict[str, Any] | None:
    """How the page itself opens any element of a step: the kind, and the key of each argument; or None."""
    if step.kind is None or step.call is None or not step.by_hand:
        return None
    arguments = step.call.arguments
    keys = {name: f"v{v.number}" for name, v in arguments.items() if isinstance(v, Value)}
    values = {name: v for name, v in arguments.items() if isinstance(v, Value)}
    said: dict[str, Any] = {"keys": keys}
    whole = all(shelf.holds(key) for key in keys.values())
    if step.kind is Linear and values["weight"].tensor.ndim == 2 and _rows(keys, shelf):
        return said | {"kind": "linear"}
    if step.kind is Convolution and whole and values["weight"].tensor.ndim == 4:
        return said | {"kind": "convolution"} | _sliding(step)
    if step.kind is Add and _alike(values, step, 2) and arguments.get("alpha", 1) == 1:
        return said | {"kind": "sum"}
    if issubclass(step.kind, Elementwise) and _alike(values, step, 1):
        return said | {"kind": "elementwise"}
    if step.kind is Reshape and whole:
        return said | {"kind": "same"}
    return None


def elements(step: Step, shelf: Shelf) -> Found:
    """Some elements of a step's output, opened: each as [how, value, terms, left out, their sum]."""
    if _longest(step) > MOST_OPENED_TERMS:
        return {}
    return _opened(step.output, step.open, shelf.tensors.get(f"v{step.outputs[0].number}"))


def _longest(step: Step) -> int:
    """About how many terms an element is the sum of, where that may be very many."""
    assert step.call is not None
    if step.kind is Linear:
        return int(step.call.arguments["weight"].shape[-1])
    if len(step.inputs) == 1:
        return step.inputs[0].tensor.numel() // max(1, step.outputs[0].tensor.numel())
    return 0


def gradient_elements(step: Step, name: str, shelf: Shelf) -> Found:
    """Some elements of the gradient of a step's input, opened through this step."""
    assert step.kind is not None and step.call is not None
    if name not in step.call.arguments:  # one of several tensors, as of a concatenation: not opened
        return {}
    value = step.call.arguments[name]
    own = step.kind in (Linear,) or (step.kind is Convolution and name == "weight")
    own = own or issubclass(step.kind, Elementwise)
    reached = sum(v.tensor.numel() for v in step.outputs)
    long = step.kind is Linear and name == "input" and step.outputs[0].shape[-1] > MOST_OPENED_TERMS
    if value.gradient is None or long or (not own and reached > MOST_REACHED):
        return {}
    place = shelf.tensors.get(f"g{value.number}")
    return _opened(value.gradient, lambda index: step.open_gradient(name, index), place)


def _opened(array: Array, open_at: Callable[[Index], Opened], kept: dict[str, Any] | None) -> Found:
    found: Found = {}
    left = MOST_OPENED_TERMS
    for index in chosen(array, kept):
        if left <= 0:
            break
        try:
            opened = open_at(index)
            left -= len(opened.terms)
            found[",".join(map(str, index))] = short(opened)
        except (UsageError, IndexError, TypeError, ValueError, KeyError, NotImplementedError):
            break  # what cannot be opened at one element cannot at another
    return found


def chosen(array: Array, kept: dict[str, Any] | None) -> list[Index]:
    """Which elements: all of a small array; else the largest, the smallest and a few between, among those shown."""
    if kept is None or not array.size:
        return []
    axes = [range(n) if a is None else a for a, n in zip(kept["axes"], kept["shape"], strict=True)]
    if math.prod(map(len, axes)) <= ALL_ELEMENTS and array.size <= SLOW:
        return [
            tuple(int(a[i]) for a, i in zip(axes, place, strict=True))
            for place in np.ndindex(*map(len, axes))
        ]
    shown = array[np.ix_(*axes)] if axes else array
    few = FEW if array.size <= SLOW else 2
    flat = [
        int(shown.argmax()),
        int(shown.argmin()),
        *np.linspace(0, shown.size - 1, few).astype(int).tolist(),
    ]
    places = [np.unravel_index(place, shown.shape) for place in dict.fromkeys(flat)]
    return [tuple(int(a[i]) for a, i in zip(axes, place, strict=True)) for place in places]


def short(opened: Opened) -> list[Any]:
    """As the page has it; of very many terms the largest, and what the others come to."""
    terms = list(enumerate(opened.terms))
    left, rest = 0, 0.0
    if len(terms) > MOST_TERMS:
        last = terms[-8:] if opened.how == "steps" else []
        by_size = sorted(terms[: len(terms) - len(last)], key=lambda pair: -_size(pair[1].value))
        kept = by_size[: MOST_TERMS - 16] + last
        dropped = by_size[MOST_TERMS - 16 :]
        left, rest = len(dropped), sum(term.value for _, term in dropped)
        terms = sorted(kept, key=lambda pair: pair[0])
    written = [[t.text, [_short(f) for f in t.factors], _short(t.value)] for _, t in terms]
    return [opened.how, _short(opened.value), written, left, _short(rest), opened.formula]


def _rows(keys: dict[str, str], shelf: Shelf) -> bool:
    """Whether whole rows are there: of the input, and of the units that are shown."""
    if keys["input"] not in shelf.tensors or keys["weight"] not in shelf.tensors:
        return False
    x, w = shelf.tensors[keys["input"]], shelf.tensors[keys["weight"]]
    bias = "bias" not in keys or shelf.holds(keys["bias"])
    return x["axes"][-1] is None and w["axes"][1] is None and bias


def _alike(values: dict[str, Value], step: Step, many: int) -> bool:
    """Whether all operands have the output's shape: then the same places of each are kept."""
    shape = step.outputs[0].shape
    return len(values) == many and all(v.shape == shape for v in values.values())


def _sliding(step: Step) -> dict[str, Any]:
    from vitreous.looking.windows import around, sides

    assert step.call is not None
    arguments = step.call.arguments
    kernel = arguments["weight"].shape[2:]
    spread = sides(arguments.get("dilation", 1), 2)
    padded = around(kernel, spread, arguments.get("padding", 0))
    return {
        "stride": list(sides(arguments.get("stride", 1), 2)), "dilation": list(spread),
        "padding": [int(before) for before, _ in padded], "groups": int(arguments.get("groups", 1)),
    }  # fmt: skip


def _size(value: float) -> float:
    return abs(value) if math.isfinite(value) else math.inf


def _short(value: float) -> float | str:
    return float(f"{value:.7g}") if math.isfinite(value) else str(value)
