"""The optimizer never steps, or backward is never called: nothing changes the parameters.

What it sees:
    Backward passes and not a single step (no parameter changes by hand either); or steps without any backward pass
    before them while losses are computed with gradients on. Or, of several optimizers, one that never steps although
    most of its parameters get gradients at every pass and nobody else moves them. An update that is written out and
    gives another number to the loop's own name (`p = p - rate * p.grad`) moves nothing either.

Why learning fails:
    Without backward there are no gradients; without step they are not used.

Example:
    loss.backward()
    # optimizer.step() is missing

Fix:
    Call `loss.backward()` and then `optimizer.step()` for every batch.

Certainty:
    Certain with 5 backward passes and no step, or 5 steps and no backward pass. Parenthesis forgotten
    (`optimizer.step` without a call) looks the same and is the same. Where the step stands behind a count that never
    comes full, the number it waits for is named.

Look-alikes:
    Gradient accumulation steps after many passes: so at least 5, and a program that ran to its end or 50 passes.
    A script that only evaluates has no losses with gradients.

References:
    https://pytorch.org/docs/stable/optim.html#taking-an-optimization-step
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, source, symptoms
from vitreous.doctor.fault import Edit, Fault, Row, Suspicion, Trial, edited
from vitreous.record.events import Backward, Listener, LossCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LossSite
from vitreous.record.places import Place
from vitreous.record.taps import Taps

FAULT = Fault("optim/no-step", "error", "optimizer", "the parameters are never updated")

_LEAST = 5
_RARE = (
    20  # parameters that are new once in so many passes were made anew, as for another fold, and not updated
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Either half of a step missing, or the steps of one optimizer of several."""
    yield from _one_of_several(evidence)
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
        rows = [Row("optimizer steps", len(evidence.steps)), Row("backward passes", 0)]
        yield Suspicion(
            place,
            0.97,
            rows,
            "call loss.backward() before optimizer.step()",
            certain=True,
            summary="backward() is never called",
            explains=[symptoms.FLAT, symptoms.NO_GRADIENT],
            trials=[Trial("backward called before each step", {"what": "backward"})] if site else [],
        )


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
        waiting = [p for p in held if p.received > 0.5 * p.looked >= 1 and p.key not in others]
        if optimizer.steps or optimizer.clears < _LEAST or len(waiting) * 2 <= len(held):
            continue
        rows = [
            Row(f"steps of this {optimizer.kind}", 0, f"beside {stepping.steps} of another optimizer"),
            Row("of its parameters get gradients", len(waiting), f"of {len(held)}"),
        ]
        yield Suspicion(
            stepping.step_place, 0.93, rows, "call step() of this optimizer too", certain=True,
            summary=f"the {optimizer.kind} made in line {optimizer.place.line if optimizer.place else '?'} never steps",
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[Trial("it steps whenever the other one does", {"what": "also", "optimizer": number})],
        )  # fmt: skip


def _after_loss(site: LossSite | None, step: Place | None) -> Place | None:
    """Where backward belongs: in the step's own function before it, or in the closure that the step calls."""
    if site is None or step is None:
        return step or (site.place if site else None)
    stack = [site.place, *site.stack[1:]] if site.place else site.stack
    for inner, place in zip([None, *stack], stack, strict=False):
        if place is not None and place.file == step.file and place.line == step.line:
            return inner or step
    return step


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


class _Backward(Listener):
    """Runs backward from the last loss before every step."""

    def __init__(self) -> None:
        self._loss: Any = None
        self._stepping: Any = None

    def loss_end(self, event: LossCall) -> None:
        if not event.output.requires_grad:
            return
        self._loss = event.output
        if self._stepping is not None:  # the step calls a closure, which computes the loss
            self._run(self._stepping)

    def step_begin(self, event: OptimizerEvent) -> None:
        self._run(event.optimizer)
        self._stepping = event.optimizer

    def step_end(self, event: OptimizerEvent) -> None:
        self._stepping = None

    def _run(self, optimizer: Any) -> None:
        taps, loss, self._loss = Taps.active, self._loss, None
        if taps is not None and loss is not None:
            optimizer.zero_grad()
            with taps.aloud():
                loss.backward(retain_graph=self._stepping is not None)


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
    return _Step() if settings["what"] == "step" else _Backward()
