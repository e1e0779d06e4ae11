"""The optimizer never steps, or backward is never called: nothing changes the parameters.

What it sees:
    Backward passes and not a single step (no parameter changes by hand either); or steps without any backward pass
    before them while losses are computed with gradients on. Or, of several optimizers, one that never steps although
    most of its parameters get gradients at many passes and nobody else moves them. An update that is written out and
    gives another number to the loop's own name (`p = p - rate * p.grad`) moves nothing either. Or neither: there is an
    optimizer, a model in training mode is called again and again, and what comes out of its losses is only looked at.

Why learning fails:
    Without backward there are no gradients; without step they are not used.

Example:
    loss.backward()
    # optimizer.step() is missing

Fix:
    Call `loss.backward()` and then `optimizer.step()` for every batch.

Certainty:
    Certain with 5 backward passes and no step, or 5 steps and no backward pass; with neither, after 20 losses whose
    graphs begin in parameters of the optimizer. Parenthesis forgotten
    (`optimizer.step` without a call) looks the same and is the same. Where the step stands behind a count that never
    comes full, the number it waits for is named.

Look-alikes:
    Gradient accumulation steps after many passes: so at least 5, and a program that ran to its end or 50 passes.
    A script that only evaluates has no losses with gradients, or no model in training mode.

References:
    https://pytorch.org/docs/stable/optim.html#taking-an-optimization-step
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, reading, source, symptoms
from vitreous.doctor.fault import Edit, Fault, Row, Suspicion, Trial, edited
from vitreous.record.events import Backward, Listener, LossCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LossSite, OptimizerFacts
from vitreous.record.places import Place
from vitreous.record.taps import Taps

FAULT = Fault("optim/no-step", "error", "optimizer", "the parameters are never updated")

_LEAST = 5
_SOMETIMES = 0.3  # of the passes: those of another network's loss may reach it, too
_RARE = (
    20  # parameters that are new once in so many passes were made anew, as for another fold, and not updated
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Either half of a step missing, both, or the steps of one optimizer of several."""
    yield from _one_of_several(evidence)
    yield from _neither(evidence)
    stepped = [s for s in evidence.steps if s.backwards]
    updated = any(s.optimizer >= 0 or not s.made_anew for s in evidence.steps)
    enough = evidence.backwards >= (_LEAST if evidence.ended in ("end", "time") else 50)
    if evidence.backwards and len(evidence.steps) * _RARE <= evidence.backwards and enough and not updated:
        first = next((t for t in evidence.training_traces if t.op(t.root)), None)
        root = first.op(first.root) if first else None
        place = evidence.backward_place or (root.place if root else None)
        rows = [Row("backward passes", evidence.backwards), Row("optimizer steps", 0)]
        fix = "call optimizer.step() after loss.backward()"
        trials = [Trial("a step made after each backward pass", {"what": "step"})]
        rebound = _rebound(evidence.script) if not evidence.optimizers else None
        if rebound is not None:
            place, name, in_place = rebound
            trials = [Trial(in_place.text.strip(), edited([in_place]))]
        elif not evidence.optimizers:
            fix = "make an optimizer over model.parameters() and call its step() after loss.backward()"
        summary = "optimizer.step() is never called"
        if rebound is not None:
            summary = f"the update gives another number to the name {name}, and the parameter stays as it is"
            fix = f"change the parameter in place: {name} -= ... under torch.no_grad(), or {name}.sub_(...)"
        waits = _waits_for(place)
        if waits is not None and evidence.optimizers:
            place, said = waits
            summary = f"optimizer.step() waits for a multiple of {said}, which never comes"
            fix = f"step more often: {said} is more than there are batches to count"
        yield Suspicion(
            place,
            0.97,
            rows,
            fix,
            certain=True,
            summary=summary,
            explains=[symptoms.FLAT],
            trials=trials,
        )
    elif len(evidence.steps) >= _LEAST and not stepped:
        site = next((s for s in evidence.loss_sites if s.input is not None and s.input.requires_grad), None)
        place = _after_loss(site, evidence.optimizers[0].step_place if evidence.optimizers else None)
        summary, fix = "backward() is never called", "call loss.backward() before optimizer.step()"
        end = _end_without_a_loss(place)
        if end is not None:
            place = end
            summary = "training_step returns nothing, so nothing goes backward"
            fix = "return the loss at the end of training_step"
        rows = [Row("optimizer steps", len(evidence.steps)), Row("backward passes", 0)]
        yield Suspicion(
            place,
            0.97,
            rows,
            fix,
            certain=True,
            summary=summary,
            explains=[symptoms.FLAT, symptoms.NO_GRADIENT],
            trials=[Trial("backward called before each step", {"what": "backward"})] if site else [],
        )


def _neither(evidence: Evidence) -> Iterator[Suspicion]:
    """Losses of a model in training mode, with an optimizer of its parameters beside it, and nothing done with them."""
    if evidence.backwards or evidence.steps or evidence.ended != "end":
        return
    held = {key for optimizer in evidence.optimizers for key in optimizer.parameters}
    used = any(evidence.parameters[key].used for key in held if key in evidence.parameters)
    called = any(site.whole_training and site.evaluated >= _RARE for site in evidence.sites)
    site = next((s for s in evidence.loss_sites if s.calls and s.input and s.input.requires_grad), None)
    looked_at = [
        row for row in evidence.losses if site is not None and row.site == site.number and row.training
    ]
    if site is None or site.place is None or not used or not called or len(looked_at) < _RARE:
        return
    settings = {"what": "both", "file": site.place.file, "line": site.place.line}
    yield Suspicion(
        _untaken(site), 0.95,
        [
            Row("losses computed with gradients on", len(looked_at)),
            Row("backward passes", 0), Row("optimizer steps", 0),
        ],
        "call optimizer.zero_grad(), loss.backward() and optimizer.step() for every batch of training",
        certain=True, summary="neither backward() nor optimizer.step() is ever called",
        explains=[symptoms.FLAT, symptoms.NO_GRADIENT],
        trials=[Trial("backward and step called for each loss", settings)],
    )  # fmt: skip


def _untaken(site: LossSite) -> Place | None:
    """Where a backward pass is written that is never made: at its condition, or where that is given; else the loss."""
    place = site.place
    for node in source.nodes(place.file, ast.If) if place is not None else ():
        start = reading.function_start(place)
        if not _goes_back(node) or start != reading.function_start(Place(place.file, node.lineno)):  # type: ignore[union-attr]
            continue
        inside = source.functions(place)  # type: ignore[arg-type]
        given = {a.arg for a in [*inside[-1].args.args, *inside[-1].args.kwonlyargs]} if inside else set()
        asked = {name.id for name in ast.walk(node.test) if isinstance(name, ast.Name)}
        callers = [outer for outer in site.stack if reading.function_start(outer) != start]
        return callers[0] if given & asked and callers else Place(place.file, node.lineno)  # type: ignore[union-attr]
    return place


def _goes_back(node: ast.AST) -> bool:
    """Whether backward is called in it."""
    calls = (call for call in ast.walk(node) if isinstance(call, ast.Call))
    return any(source.last_name(call.func) == "backward" for call in calls)


def _rebound(file: str) -> tuple[Place, str, Edit] | None:
    """A line in a loop over parameters that computes a new one under the loop's own name: p = p - rate * g.

    With the name, and the same change made in place.
    """
    for loop in source.nodes(file, ast.For):
        names = {n.id for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        for node in ast.walk(loop):
            if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                continue
            name, value = node.targets[0].id, node.value
            less = isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Sub, ast.Add))
            itself = less and isinstance(value.left, ast.Name) and value.left.id == name  # type: ignore[attr-defined]
            if itself and name in names and node.lineno == node.end_lineno:
                by = ast.unparse(value.right)  # type: ignore[attr-defined]
                method = "sub_" if isinstance(value.op, ast.Sub) else "add_"  # type: ignore[attr-defined]
                line = " " * node.col_offset + f"{name}.data.{method}({by})"
                return Place(file, node.lineno), name, Edit(file, node.lineno, node.lineno, line)
    return None


def _waits_for(backward: Place | None) -> tuple[Place, str] | None:
    """Where the number is written by which a counter must divide for a step to be made, and its name in the source."""
    if backward is None:
        return None
    for node in source.nodes(backward.file, ast.If):
        test, body = node.test, node.body
        stepping = any(
            isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "step"
            for statement in body
            for call in ast.walk(statement)
        )
        counted = [n for n in ast.walk(test) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mod)]
        place = literals.origin(backward.file, counted[0].right) if stepping and counted else None
        if place is not None:
            return place, ast.unparse(counted[0].right)
    return None


def _one_of_several(evidence: Evidence) -> Iterator[Suspicion]:
    """An optimizer that never steps while others do, although gradients are computed, and cleared, for it."""
    others = {key for o in evidence.optimizers if o.steps for key in o.parameters}
    stepping = next((o for o in evidence.optimizers if o.steps >= _RARE), None)
    if stepping is None or evidence.ended != "end":
        return
    for number, optimizer in enumerate(evidence.optimizers):
        held = [evidence.parameters[key] for key in optimizer.parameters if key in evidence.parameters]
        waiting = [p for p in held if p.received > _SOMETIMES * p.looked >= 1 and p.key not in others]
        if optimizer.steps or optimizer.clears < _LEAST or len(waiting) * 2 <= len(held):
            continue
        rows = [
            Row(f"steps of this {optimizer.kind}", 0, f"beside {stepping.steps} of another optimizer"),
            Row("of its parameters get gradients", len(waiting), f"of {len(held)}"),
        ]
        yield Suspicion(
            _after_clearing(optimizer) or stepping.step_place, 0.93, rows, "call step() of this optimizer too",
            certain=True,
            summary=f"the {optimizer.kind} made in line {optimizer.place.line if optimizer.place else '?'} never steps",
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[Trial("it steps whenever the other one does", {"what": "also", "optimizer": number})],
        )  # fmt: skip


def _after_clearing(optimizer: OptimizerFacts) -> Place | None:
    """The backward pass that belongs to an optimizer: the next one below where its gradients are cleared, or above."""
    cleared = optimizer.clear_place
    if cleared is None:
        return None
    start = reading.function_start(cleared)
    written = (node.lineno for node in source.nodes(cleared.file, ast.Expr) if _goes_back(node))
    lines = sorted(n for n in written if reading.function_start(Place(cleared.file, n)) == start)
    line = next((n for n in lines if n > cleared.line), lines[-1] if lines else None)
    return Place(cleared.file, line) if line is not None else None


def _after_loss(site: LossSite | None, step: Place | None) -> Place | None:
    """Where backward belongs: in the step's own function before it, or in the closure that the step calls."""
    if site is None or step is None:
        return step or (site.place if site else None)
    stack = [site.place, *site.stack[1:]] if site.place else site.stack
    for inner, place in zip([None, *stack], stack, strict=False):
        if place is not None and place.file == step.file and place.line == step.line:
            return inner or step
    return step


def _end_without_a_loss(place: Place | None) -> Place | None:
    """The end of a training_step that returns nothing: a trainer goes backward from what it returns."""
    inside = source.functions(place)[-1:] if place is not None else []
    returns = (node for step in inside for node in ast.walk(step) if isinstance(node, ast.Return))
    if (
        place is None
        or not inside
        or inside[0].name != "training_step"
        or any(node.value for node in returns)
    ):
        return None
    return Place(place.file, inside[0].body[-1].lineno)


class _Step(Listener):
    """Steps after every backward pass, and clears the gradients then."""

    def __init__(self) -> None:
        self._optimizers: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def backward_end(self, event: Backward) -> None:
        taps = Taps.active
        if taps is None:
            return
        with taps.aloud():
            for optimizer in self._optimizers:
                optimizer.step()
                optimizer.zero_grad()


class _Both(Listener):
    """Goes backward from the losses of one line, and steps."""

    def __init__(self, file: str, line: int) -> None:
        self.at = (file, line)
        self._optimizers: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def loss_end(self, event: LossCall) -> None:
        taps, place = Taps.active, event.place
        if (
            taps is None
            or place is None
            or (place.file, place.line) != self.at
            or not event.output.requires_grad
        ):
            return
        with taps.aloud():
            event.output.mean().backward()
            for optimizer in self._optimizers:
                optimizer.step()
                optimizer.zero_grad()
        event.output = event.output.detach().requires_grad_()


class _Backward(Listener):
    """Runs backward from the last loss before every step; where a step calls a closure, behind it."""

    def __init__(self) -> None:
        self._loss: Any = None

    def optimizer_made(self, event: OptimizerEvent) -> None:
        event.optimizer.register_step_pre_hook(self._before_step)

    def loss_end(self, event: LossCall) -> None:
        if event.output.requires_grad:
            self._loss = event.output

    def _before_step(self, optimizer: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
        if closure is None:
            self._run(optimizer)
            return None

        def with_backward() -> Any:
            loss = closure()  # it may clear the gradients at its end, as Lightning's does
            self._run(optimizer)
            return loss

        return args[:1], {**kwargs, "closure": with_backward}

    def _run(self, optimizer: Any) -> None:
        taps, loss, self._loss = Taps.active, self._loss, None
        if taps is not None and loss is not None:
            optimizer.zero_grad()
            with taps.aloud():
                loss.backward()


class _Also(Listener):
    """Steps one optimizer together with the others."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._optimizers: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def step_begin(self, event: OptimizerEvent) -> None:
        if len(self._optimizers) > self.number and event.optimizer is not self._optimizers[self.number]:
            self._optimizers[self.number].step()


def intervene(settings: dict[str, Any]) -> Listener:
    """Adds the missing half."""
    if settings["what"] == "also":
        return _Also(settings["optimizer"])
    if settings["what"] == "both":
        return _Both(settings["file"], settings["line"])
    return _Step() if settings["what"] == "step" else _Backward()
