"""Parameters take part in the forward pass, but no gradient can come back to them.

What it sees:
    Parameters that an optimizer holds (or a model whose other parameters the script updates by itself) and whose layers
    run in training, while the graph behind the loss never ends in them; and between them and the loss an operation that
    ends gradients: detach, .data, .numpy(), argmax, no_grad.
    Or such parameters whose result is made into a tensor of its own, as by nn.Parameter.
    Or a part of the model that never runs, while another part of exactly the same shape runs twice in each pass.

Why learning fails:
    Everything in front of the cut stays as it was initialized; only what comes behind it learns.

Example:
    features = torch.from_numpy(self.body(x).detach().numpy().mean(axis=1))

Fix:
    Compute with torch operations, without detach, .data or no_grad on the way.

Certainty:
    Certain: nothing is guessed about the graph. The tensor that is cut off must be used on the way to the prediction,
    or the parameters must get no gradient from any loss of the program. A part that never runs is named only if the
    run in which it takes its twin's last call loses at least 30% of the error: parts are left unused on purpose too.

Look-alikes:
    Target networks and stop-gradients on purpose are held by no optimizer, or get gradients another way. Dead units
    give gradients that are zero, not missing ones.

References:
    https://pytorch.org/docs/stable/notes/autograd.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, source, symptoms
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.doctor.rejoin import Rejoin
from vitreous.record.dataflow import CUTTING, SHAPE_ONLY, Op, Trace
from vitreous.record.events import Event, ModuleCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault("model/disconnected", "error", "forward", "parameters take part but get no gradient")

_LOOKS = 3
_COPYING = ("Parameter(", "tensor(", "Tensor(")
_THROUGH = (".numpy(", ".tolist(", ".item(", *_COPYING)
_REJOINED = "what is made of the same numbers keeps its graph"
_DETACHING = frozenset(["detach", "detach_", "data"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Groups of cut-off parameters by the line that cuts them off; then layers whose twin runs in their place."""
    yield from _cut_off(evidence)
    yield from _never_called(evidence)


def _cut_off(evidence: Evidence) -> Iterator[Suspicion]:
    refused = evidence.crash is not None and "does not require grad" in evidence.crash.message
    cut = {
        p.key: p
        for p in evidence.parameters.values()
        if _is_to_learn(evidence, p)
        if p.used and not p.reached and not p.received and p.requires_grad
        if p.looked >= _LOOKS or refused
    }
    if not cut:
        return
    nothing = not any(p.reached and _is_learned(p) for p in evidence.parameters.values())
    ends = _all_cut_off(evidence, list(cut.values())) if nothing else None
    if ends is not None or (nothing and refused):
        yield from filter(None, [ends])
        return
    groups: dict[Any, tuple[Op, list[ParameterFacts]]] = {}
    for trace in evidence.training_traces[1:3] or evidence.training_traces:
        for op in trace.ops:
            if op.parameter in cut:
                end = cut_behind(trace, op)
                place = _ended_at(end) if end is not None else None
                if end is not None and place is not None and (not nothing or _is_copied_within(end)):
                    known = groups.setdefault((place.file, place.line), (end, []))
                    if cut[op.parameter] not in known[1]:
                        known[1].append(cut[op.parameter])
    for end, parameters in groups.values():
        yield _suspicion(end, parameters)


def _is_to_learn(evidence: Evidence, parameter: ParameterFacts) -> bool:
    """Whether an optimizer holds it or, where the script itself makes all updates, others of its model are learned."""
    if parameter.optimizers:
        return True
    by_hand = bool(evidence.steps) and not any(optimizer.steps for optimizer in evidence.optimizers)
    mine = (p for p in evidence.parameters.values() if p.model == parameter.model is not None)
    return by_hand and any(p.reached for p in mine)


def _is_copied_within(end: Op) -> bool:
    """Whether a model's own line makes a new tensor of a result: outside of it that is the loss's fault."""
    inside = bool(end.module_kind) and not end.builtin and end.place is not None
    return inside and any(name in reading.code_at(end.place) for name in _COPYING)


def _all_cut_off(evidence: Evidence, parameters: list[ParameterFacts]) -> Suspicion | None:
    """Nothing learns, because of one detach, .data or no_grad between the model and the loss."""
    for trace in evidence.training_traces:
        behind = [op for op in trace.behind(trace.root) if op.kind == "op" and trace.learns(op)]
        ends = [op for op in behind if op.name in _DETACHING or not op.grad]
        if ends:
            return _suspicion(ends[-1], parameters)
    return None


def _is_learned(parameter: ParameterFacts) -> bool:
    """Whether it is a model's or an optimizer's, and no result that was made a leaf."""
    return parameter.model is not None or bool(parameter.optimizers)


def _ended_at(end: Op) -> Place | None:
    """The line that ends the gradient: of the no_grad around it, of a copy that is made of its result, else its own."""
    if end.grad:
        return (None if end.name in CUTTING else _copied_at(end.place)) or end.place
    around = [end.place, *end.stack] if end.place is not None else []
    return next(
        (line for place in around if (line := reading.without_gradients(place)) is not None), end.place
    )


def _copied_at(place: Place | None) -> Place | None:
    """The next statement of a function that makes a new tensor of what a line has computed."""
    names = source.targets(place)
    if place is None or not names:
        return None
    start = reading.function_start(place)
    below = sorted(n.lineno for n in source.nodes(place.file, ast.Assign) if n.lineno > place.line)
    for line in below[:3]:
        copy = Place(place.file, line, place.function)
        text = reading.code_at(copy)
        of_it = any(f"{made}{name}" in text for made in _COPYING for name in names)
        if of_it and reading.function_start(copy) == start:
            return copy
    return None


def _suspicion(end: Op, parameters: list[ParameterFacts]) -> Suspicion:
    place = _ended_at(end)
    ends = end.name in CUTTING or not end.grad
    copied = place is not None and any(name in reading.code_at(place) for name in _COPYING)
    how = (
        "under no_grad"
        if not end.grad
        else f"by .{end.name}"
        if ends
        else f"the result of {end.name} becomes a tensor of its own"
        if copied
        else f"the result of {end.name} is not used"
    )
    names = ", ".join(p.name for p in parameters[:3]) + (" …" if len(parameters) > 3 else "")
    rows = [
        Row("parameters without any gradient", len(parameters), f"({names})"),
        Row("recorded steps looked at", parameters[0].looked),
        Row("the way to the loss ends", how),
    ]
    trials = []
    if end.name in _DETACHING and place is not None:
        trials.append(
            Trial(f"{end.name} left out", {"name": end.name, "file": place.file, "line": place.line})
        )
        if any(name in reading.code_at(place) for name in _THROUGH):
            trials = [Trial(_REJOINED, {"rejoin": True}, guess=True)]
    elif not end.grad and place is not None:
        trials.append(Trial("gradients left on there", {"on": True, "file": place.file, "line": place.line}))
    elif place is not None and (ends or copied):
        trials.append(Trial(_REJOINED, {"rejoin": True}, guess=True))
    fix = (
        f"keep the graph: no {end.name} here, compute with torch operations"
        if ends
        else f"use what {end.name} returns" + (" as it is: a new tensor has no graph" if copied else "")
    )
    if not end.grad:
        fix = "run this outside no_grad"
    return Suspicion(
        place,
        0.95 if ends else 0.9,
        rows,
        fix,
        certain=True,
        explains=[symptoms.NO_GRADIENT, symptoms.SLOW, symptoms.FLAT],
        trials=trials,
    )


def _never_called(evidence: Evidence) -> Iterator[Suspicion]:
    """Parts of a model that never run while another of the same shape runs twice."""
    trace = reading.first_training_trace(evidence)
    if trace is None:
        return
    for model in evidence.models:
        parts = [m.path for m in model.modules if m.path]
        held = {path: _shapes(evidence, model.number, path) for path in parts}
        idle = [
            path
            for path in parts
            if held[path] and not any(p.reached or _uses(trace, p) for p in held[path].values())
            if all(p.optimizers and p.requires_grad and p.looked >= _LOOKS for p in held[path].values())
        ]
        for path in idle:
            if any(path.startswith(f"{outer}.") for outer in idle):
                continue
            shapes = {name: p.shape for name, p in held[path].items()}
            for twin in parts:
                if twin != path and {name: p.shape for name, p in held[twin].items()} == shapes:
                    calls = _uses(trace, next(iter(held[twin].values())))
                    if len(calls) > 1:
                        yield _twin_called(model.number, path, twin, calls, len(shapes))
                        return


def _shapes(evidence: Evidence, model: int, path: str) -> dict[str, ParameterFacts]:
    """The parameters of a part of a model, by their names in it."""
    prefix = f"{path}."
    return {
        p.name.removeprefix(prefix): p
        for p in evidence.parameters.values()
        if p.model == model and p.name.startswith(prefix)
    }


def _uses(trace: Trace, parameter: ParameterFacts) -> list[Op]:
    """The operations of one step that take a parameter."""
    numbers = {op.number for op in trace.ops if op.parameter == parameter.key}
    return [op for op in trace.behind(trace.root)[::-1] if op.kind == "op" and numbers & set(op.inputs)]


def _twin_called(model: int, path: str, twin: str, calls: list[Op], count: int) -> Suspicion:
    last, name = calls[-1], twin.rpartition(".")[2]
    around = [last.place, *last.stack] if last.place is not None else []
    named = [place for place in around if name in reading.code_at(place)]
    return Suspicion(
        named[0] if named else last.place,
        0.8,
        [
            Row("parameters that no operation uses", count, f"(of {path})"),
            Row(f"calls of {twin}, which has the same shape", len(calls), "a step"),
        ],
        f"call {path} here: {twin} runs {len(calls)} times a step and {path} never",
        summary=f"{path} is never called, and {twin} runs in its place",
        explains=[symptoms.NO_GRADIENT, symptoms.SLOW, symptoms.FLAT],
        trials=[
            Trial(
                f"{path} called instead of {twin} the last time",
                {"model": model, "twin": twin, "idle": path, "call": len(calls)},
            )
        ],
    )


class _OtherPart(Listener):
    """The last call of a part of a model in each pass goes to another part."""

    def __init__(self, model: int, twin: str, idle: str, call: int) -> None:
        self.model, self.twin, self.idle, self.call = model, twin, idle, call
        self._models: list[Any] = []
        self._count = 0

    def module_begin(self, event: ModuleCall) -> None:
        if event.depth == 0 and next(event.module.parameters(), None) is not None:
            self._count = 0
            if not any(known is event.module for known in self._models):
                self._models.append(event.module)

    def module_end(self, event: ModuleCall) -> None:
        if len(self._models) <= self.model:
            return
        parts = dict(self._models[self.model].named_modules())
        if event.module is parts.get(self.twin):
            self._count += 1
            if self._count == self.call:
                event.output = parts[self.idle](*event.args, **event.kwargs)


def cut_behind(trace: Trace, parameter: Op) -> Op | None:
    """The last operation that a parameter's influence reaches before its gradient ends."""
    waiting, seen, last = [parameter], set(), None
    while waiting:
        op = waiting.pop(0)
        if op.number in seen:
            continue
        seen.add(op.number)
        if op.name in SHAPE_ONLY:
            continue
        if op.kind == "op":
            if op.name in CUTTING or not op.grad:
                return op
            last = op
        # what comes after the backward pass is the update, written by hand
        waiting += [user for user in trace.users(op.number) if user.number <= (trace.root or user.number)]
    return last


class _GradientsOn(Listener):
    """Turns gradients on again within the no_grad of one line; its own end puts back what was before it."""

    def __init__(self, file: str, line: int) -> None:
        self.at = (file, line)

    def op_begin(self, event: OpCall) -> None:
        self._turn_on(event)

    def module_begin(self, event: ModuleCall) -> None:
        self._turn_on(event)

    def _turn_on(self, event: Event) -> None:
        import torch

        if torch.is_grad_enabled():
            return
        lines = (reading.without_gradients(place) for place in event.places)
        if any(line is not None and (line.file, line.line) == self.at for line in lines):
            torch.set_grad_enabled(True)


def intervene(settings: dict[str, Any]) -> Listener:
    """Leaves the cut out, or calls what is never called."""
    if "on" in settings:
        return _GradientsOn(settings["file"], settings["line"])
    if "rejoin" in settings:
        return Rejoin()
    if "idle" in settings:
        return _OtherPart(**settings)
    return SkipOp(settings["name"], settings["file"], settings["line"])
