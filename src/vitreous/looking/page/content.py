"""What the page says of a trace: the steps with their numbers, the way back, the change, the agreement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Elementwise
from vitreous.looking.ops.attention import Attention
from vitreous.looking.ops.linear import Linear
from vitreous.looking.page import opening
from vitreous.looking.page.shelf import MOST_OF_A_GRADIENT, Shelf, cap_for
from vitreous.looking.steps import Step, Value
from vitreous.looking.trace import Trace
from vitreous.report import numbers
from vitreous.report import values as words

SMALL_BUDGET, STEP_BUDGET, LARGEST_BUDGET = (
    520_000,
    30_000,
    2_600_000,
)  # bytes of base64 for all numbers of a page
MOST_COUNTED = 2_000_000  # numbers that statistics are made of
NAMES = {"input": "x", "weight": "W", "bias": "b"}  # as the formulas have them


@dataclass(frozen=True)
class Shown:
    """Numbers to look at: a heat map, a table, elements to open.

    Attributes:
        title: What they are.
        key: Of the tensor; "" where the page has none.
        said: Their statistics.
        open: What opens an element: "forward|3", "back|3|weight", "extra|key", or "".
        name: What an element is called.
        part: Whether what opens is only a part of the number shown (one of several paths).
    """

    title: str
    key: str
    said: str
    open: str = ""
    name: str = "y"
    part: bool = False


@dataclass
class Content:
    """The page's material: what the template writes, and what its script reads.

    Attributes:
        trace: What is shown.
        shelf: Its numbers.
        steps: By number, for the script: recipe, opened elements, keys.
        opened: Opened elements of what is no step's output.
    """

    trace: Trace
    shelf: Shelf
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    opened: dict[str, opening.Found] = field(default_factory=dict)

    @classmethod
    def of(cls, trace: Trace) -> Content:
        """With as many numbers of each tensor as the page can hold."""
        tensors = [v.tensor for v in _values(trace)]
        sizes = [t.numel() for t in tensors]
        sizes += [
            v.tensor.numel()
            for v in _values(trace)
            if v.gradient_tensor is not None and v.role != "parameter"
        ]
        budget = min(LARGEST_BUDGET, SMALL_BUDGET + STEP_BUDGET * len(trace.steps))
        small = sum(min(v.tensor.numel(), MOST_OF_A_GRADIENT) for v in trace.parameters.values())
        return cls(trace, Shelf(cap_for(sizes, budget - int(small * 16 / 3))))

    def forward(self) -> list[dict[str, Any]]:
        """Every operation as the template has it."""
        return [self._forward(step) for step in self.trace.steps if step.computes]

    def back(self) -> list[dict[str, Any]]:
        """Every operation that a gradient came back to, last first."""
        reached = [
            s for s in self.trace.steps if s.computes and any(v.gradient is not None for v in s.outputs)
        ]
        return [self._back(step) for step in reversed(reached)]

    def show(self, title: str, array: Array, key: str, *, opens: str = "", name: str = "y", part: bool = False,
             rows: bool = False, most: int | None = None) -> Shown:  # fmt: skip
        """Puts numbers on the page."""
        return Shown(
            title, self.shelf.put(key, array, rows=rows, most=most), statistics(array), opens, name, part
        )

    def _value(self, value: Value, title: str, name: str, opens: str = "") -> Shown:
        rows = value.role == "parameter"
        return self.show(title, value.array, f"v{value.number}", opens=opens, name=name, rows=rows)

    def _forward(self, step: Step) -> dict[str, Any]:
        known = step.call is not None and step.by_hand
        shown = [
            self._value(value, f"In: {name}", NAMES.get(name, name))
            for name, value in _arguments(step).items()
        ]
        opens, single = f"forward|{step.number}", len(step.outputs) == 1
        made = [
            self._value(v, "Out" if single else f"Out {n}", "y", opens if known and not n else "")
            for n, v in enumerate(step.outputs)
        ]
        said: dict[str, Any] = {"formula": step.formula, "output": made[0].key, "opened": {}, "back": {}}
        said["recipe"] = opening.recipe(step, self.shelf)
        if known and (said["recipe"] is None or not self._whole(said["recipe"])):
            said["opened"] = opening.elements(step, self.shelf)
        self.steps[str(step.number)] = said
        return {
            "number": step.number, "module": words.text(step.module, 80), "title": step.title, "formula": step.formula,
            "shape": ", ".join(_shape(v.shape) for v in step.outputs[:3]), "facts": self._facts(step),
            "numbers": [*made, *self._inside(step), *shown],
        }  # fmt: skip

    def _whole(self, recipe: Mapping[str, Any]) -> bool:
        return all(self.shelf.holds(key) for key in recipe["keys"].values())

    def _facts(self, step: Step) -> list[tuple[str, str]]:
        facts = [("torch calls it", step.operation)]
        facts += [(name, words.text(value, 80)) for name, value in step.options.items() if value is not None]
        if step.by_hand:
            facts.append(("by hand", agreement(step.error_forward, step.error_backward)))
        else:
            facts.append(("by hand", f"no: {step.note or 'torch’s numbers are shown'}"))
        takers = [v for v in step.outputs if len(v.consumers) > 1]
        if takers:
            facts.append(
                ("taken by", "steps " + ", ".join(str(s.number) for v in takers for s in v.consumers[:8]))
            )
        return facts

    def _inside(self, step: Step) -> list[Shown]:
        """What an operation works out on its way: attention's weights; dropout's mask."""
        found = []
        if step.kind is Attention and step.by_hand:
            assert step.call is not None
            operation, call = step.kind(), step.materialized()
            operation.forward(*call.args, **call.kwargs)
            weights, key = operation.saved["weights"], f"w{step.number}"
            found.append(
                self.show(
                    "Attention weights [*, query, key]", weights, key, opens=f"extra|{key}", name="weight"
                )
            )
            places = opening.chosen(weights, self.shelf.tensors.get(key))[:12]
            self.opened[key] = {
                ",".join(map(str, p)): opening.short(operation.open_weight(p, *call.args, **call.kwargs))
                for p in places
            }
        if step.call is not None and step.call.arguments.get("mask") is not None and not found:
            mask = step.materialized().arguments["mask"]
            if isinstance(mask, np.ndarray):
                found.append(
                    self.show(
                        "What was drawn to keep (and how it is scaled)", mask, f"m{step.number}", name="mask"
                    )
                )
        return found

    def _back(self, step: Step) -> dict[str, Any]:
        said, shown, told = self.steps[str(step.number)], [], []
        for n, value in enumerate(step.outputs):
            if value.gradient is not None:
                title = "The gradient that came in: dL/dy"
                shown.append(self.show(title, value.gradient, f"g{value.number}", name="δ"))
                said.setdefault("gradient", f"g{value.number}")
                if len(value.consumers) > 1:
                    paths = ", ".join(str(s.number) for s in value.consumers[:8])
                    told.append(f"Paths join here: it is the sum of what came back from steps {paths}.")
            del n
        local = self._local(step)
        if isinstance(local, str):
            told.append(local)
        elif local is not None:
            shown.append(local)
            said["slope"] = local.key
        for name, value in _arguments(step).items():
            if value.gradient is not None:
                shown.append(self._outgoing(step, name, value))
        return {
            "number": step.number, "module": words.text(step.module, 80), "title": step.title,
            "formula": step.derivative, "shape": f"‖δ‖ = {_norm(step.gradient)}", "words": told, "numbers": shown,
        }  # fmt: skip

    def _local(self, step: Step) -> Shown | str | None:
        """The local derivative: numbers for what goes element by element, words for a linear map."""
        if step.kind is None or step.call is None or not step.by_hand:
            return "Its way back is not known by hand; the gradients are torch's."
        if step.kind is Linear:
            return (
                "The local derivatives: ∂y/∂x is W (forward multiplies with Wᵀ, back with W), ∂y/∂W is x, "
                "∂y/∂b is 1."
            )
        if not issubclass(step.kind, Elementwise):
            return None
        operation, call = step.kind(), step.materialized()
        with np.errstate(all="ignore"):
            y = operation.forward(*call.args, **call.kwargs)
            x, *rest = call.args
            slope = np.broadcast_to(np.asarray(operation.slope(x, y, *rest, **call.kwargs)), y.shape)
        return self.show("The local derivative: f′(x)", slope.astype(y.dtype), f"s{step.number}", name="f′")

    def _outgoing(self, step: Step, name: str, value: Value) -> Shown:
        assert value.gradient is not None
        weight = value.role == "parameter"
        shared = len(value.consumers) > 1
        title = f"What goes {'to' if weight else 'on to'} {name}: dL/d({value.name})" + (
            f"; in all, over {len(value.consumers)} paths" if shared else ""
        )
        opens = f"back|{step.number}|{name}" if step.by_hand else ""
        shown = self.show(
            title, value.gradient, f"g{value.number}", opens=opens, name="dW" if weight else "dx", part=shared,
            rows=weight, most=MOST_OF_A_GRADIENT if weight else None,
        )  # fmt: skip
        said = self.steps[str(step.number)]
        if opens and (
            said["recipe"] is None or said["recipe"]["kind"] == "convolution" or not self._complete(step)
        ):
            found = opening.gradient_elements(step, name, self.shelf)
            said["back"][name] = {"opened": found}
        can = not opens or said["recipe"] is not None or said["back"].get(name, {}).get("opened")
        return shown if can else Shown(shown.title, shown.key, shown.said, "", shown.name, shared)

    def _complete(self, step: Step) -> bool:
        """Whether the page has all numbers of a step's sums on the way back."""
        keys = [v.number for v in _arguments(step).values()]
        return all(self.shelf.holds(f"v{n}") for n in keys) and all(
            self.shelf.holds(f"g{v.number}") for v in step.outputs if v.gradient is not None
        )


def statistics(array: Array) -> str:
    """Shape, range, mean and spread as one line; of very many numbers those of some, evenly picked."""
    shape = _shape(array.shape)
    if array.dtype.kind not in "fiub" or not array.size:
        return shape
    every = -(-array.size // MOST_COUNTED)
    real = array.reshape(-1)[::every].astype(np.float64)
    if every > 1:
        shape = f"{shape}; of {real.size:,} evenly picked"
    finite = real[np.isfinite(real)]
    if not finite.size:
        return f"{shape}, nothing finite"
    parts = [shape, f"from {numbers.plain(float(finite.min()))} to {numbers.plain(float(finite.max()))}"]
    if finite.size > 1:
        parts.append(
            f"mean {numbers.plain(float(finite.mean()))}, standard deviation {numbers.plain(float(finite.std()))}"
        )
        parts.append(f"{float(np.mean(finite == 0)):.1%} zeros")
    if finite.size < real.size:
        parts.append(f"{real.size - finite.size} not finite")
    return ", ".join(parts)


def agreement(forward: float | None, back: float | None) -> str:
    """How far our numbers are from torch's."""
    parts = [f"{e:.1e} {way}" for e, way in ((forward, "forward"), (back, "back")) if e is not None]
    return f"yes, largest difference from torch {' and '.join(parts)}" if parts else "yes"


def _values(trace: Trace) -> list[Value]:
    made = {v: None for s in trace.steps if s.computes for v in (*s.inputs, *s.outputs)}
    return list(made)


def _arguments(step: Step) -> dict[str, Value]:
    """The tensors it takes, by the name of the argument; of a call we do not know by number."""
    if step.call is None:
        return {f"input {n}": v for n, v in enumerate(step.inputs)}
    found: dict[str, Value] = {}
    for name, argument in step.call.arguments.items():
        if isinstance(argument, Value):
            found[name] = argument
        elif isinstance(argument, list | tuple):
            found |= {f"{name}[{n}]": v for n, v in enumerate(argument) if isinstance(v, Value)}
    return found


def _shape(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "1 number"


def _norm(array: Array | None) -> str:
    return "–" if array is None else numbers.plain(float(np.linalg.norm(array.astype(np.float64))))
