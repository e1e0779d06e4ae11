"""Gradients of earlier steps are never cleared, so every step uses the sum of all gradients so far.

What it sees:
    Before a backward pass, gradients that the optimizer's previous step has already used are still there. Neither
    `zero_grad` of the optimizer or of a module, nor `p.grad = None`, nor `p.grad.zero_()` came between. Or an optimizer
    that calls a closure several times a step (LBFGS) finds the gradients of the call before, although it has moved the
    weights since; that they are cleared once outside of the closure does not help.

Why learning fails:
    `backward` adds to `.grad`. Without clearing, a step goes along the sum of all gradients since the start: like
    momentum that never fades, it overshoots every minimum and the loss swings ever higher.

Example:
    for x, y in loader:
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()

Fix:
    Call `optimizer.zero_grad()` once for each step, before `backward`; where there is a closure, at its top.

Certainty:
    Certain: it is how PyTorch works. Named when at least 6 of 10 steps (4 at least) used old gradients: cleared once
    an epoch, they add up over its batches, however few. A first step has none, and a few uncleared steps can be
    meant (gradients kept over a boundary of epochs). Within steps, when 9 of 10 calls of the closure at moved weights
    (4 at least) added up; there it is certain for LBFGS, whose line search needs the gradient of one point, and
    an experiment decides on others, which may add up on purpose.

Look-alikes:
    Gradient accumulation: several backward passes for one step are no fault, the gradients are cleared after it, nor
    are several in one call of a closure, at the same weights.
    A second optimizer whose gradients are cleared just before its own backward pass (GANs) is none either.

References:
    https://pytorch.org/docs/stable/optim.html, https://github.com/pytorch/pytorch/issues/47175
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, source, symptoms, trainers
from vitreous.doctor.change import Listener
from vitreous.doctor.fault import Edit, Fault, Row, Suspicion, Trial, finite, round_to
from vitreous.record.events import Backward, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import Step
from vitreous.record.places import Place

FAULT = Fault("optim/no-zero-grad", "error", "optimizer", "gradients are never cleared")

_LEAST_STEPS = 4
_SHARE = 0.6
_EVERY = 0.9  # of the calls of a closure: one that clears does so at each
_BY_HAND = -1  # as in `Step.optimizer`


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer whose steps use gradients of earlier steps; updates written by hand are like one."""
    for number in [*range(len(evidence.optimizers)), _BY_HAND]:
        steps = _fed(evidence.steps, number)
        carried = sum(step.carried for step in steps)
        within = _within(evidence, number)
        if within is not None:
            rows = [within]
        elif carried < _LEAST_STEPS or carried < _SHARE * (len(steps) - 1):
            continue
        else:
            rows = [Row("steps that used gradients of earlier steps", carried, f"of {len(steps)}")]
        norms = finite(step.gradient_norm for step in steps)
        if len(norms) > 1 and norms[0] > 0:
            rows.append(Row("gradient norm, last over first", round_to(max(norms) / norms[0]), "times"))
        place, fix, change = _cure(evidence, number, within is not None)
        yield Suspicion(
            place,
            0.99,
            rows,
            fix,
            certain=within is None or "LBFGS" in evidence.optimizers[number].kind,
            summary="" if within is None else "the closure adds its gradients to those of the call before",
            explains=[
                symptoms.GRADIENTS_GROW,
                symptoms.SPIKES,
                symptoms.DIVERGES,
                symptoms.NOT_A_NUMBER,
                symptoms.FLAT,
                symptoms.SLOW,
                symptoms.DEAD_UNITS,
                symptoms.SATURATED,
                symptoms.ONE_CLASS,
            ],
            trials=[Trial("gradients cleared before each backward pass", {"optimizer": number})],
            edits=change,
        )


def _fed(steps: list[Step], number: int) -> list[Step]:
    """An optimizer's steps with a backward pass since its last one, which another's step may stand behind, too."""
    found, passes = [], 0
    for step in steps:
        passes += step.backwards
        if step.optimizer == number:
            if passes:
                found.append(step)
            passes = 0
    return found


def _within(evidence: Evidence, number: int) -> Row | None:
    """That backward passes of one step, each at other weights, add up."""
    if number == _BY_HAND:
        return None
    facts = evidence.optimizers[number]
    if facts.added_up < _LEAST_STEPS or facts.added_up < _EVERY * facts.again:
        return None
    what = "backward passes within a step that added to a gradient of other weights"
    return Row(what, facts.added_up, f"of {facts.again}")


def _cure(evidence: Evidence, number: int, within: bool) -> tuple[Place | None, str, list[Edit]]:
    """Where gradients should be cleared, in words and as a change of the source."""
    named = _not_called(evidence.script)
    if named is not None:
        return named, "call it: without () nothing is cleared", []
    if number == _BY_HAND:
        place = evidence.backward_place
        return place, "set the gradients to None after each update, before the next backward pass", []
    optimizer = evidence.optimizers[number]
    backward = optimizer.backward_place or (evidence.backward_place if within else None)  # in its one step
    place = _in_closure(backward, optimizer.step_place)
    place = (None if within else _beside(evidence, number)) or place
    place = place or optimizer.backward_place or optimizer.step_place
    where = f" (line {place.line})" if place else ""
    name = edits.receiver(optimizer.step_place, "step")
    change = edits.some(edits.insert_before(place, f"{name}.zero_grad()")) if name else []
    if within:
        return (
            place,
            f"call zero_grad() on the {optimizer.kind} optimizer at the top of its closure{where}",
            change,
        )
    return (
        place,
        f"call zero_grad() on the {optimizer.kind} optimizer before each backward pass{where}",
        change,
    )


def _not_called(file: str) -> Place | None:
    """A line that only names the method that clears, without calling it."""
    for node in source.nodes(file, ast.Expr):
        value = node.value
        if isinstance(value, ast.Attribute) and value.attr in ("zero_grad", "zero_"):
            return Place(file, value.lineno)
    return None


def _in_closure(backward: Place | None, step: Place | None) -> Place | None:
    """The first line of a closure that is handed to a step and goes backward: an optimizer calls it several times."""
    inner = source.functions(backward)[-1:] if backward is not None else []
    given = {node.id for node in ast.walk(source.statement(step) or ast.Pass()) if isinstance(node, ast.Name)}
    if backward is None or not inner or inner[0].name not in given:
        return None
    return Place(backward.file, inner[0].body[0].lineno, inner[0].name)


def _beside(evidence: Evidence, number: int) -> Place | None:
    """Where another optimizer that steps after the same backward pass is cleared, as this one should be.

    Or where this one is, too seldom, in the function that goes backward.
    """
    this = evidence.optimizers[number]
    mine, start = this.backward_place, reading.function_start(this.backward_place)
    clears = [
        o.clear_place
        for o in evidence.optimizers
        if o.clear_place is not None and o.backward_place == mine and not trainers.runs(o.clear_place)
        if o is not this or reading.function_start(o.clear_place) == start
    ]
    return clears[0] if clears and mine is not None else None


class _ClearAfterStep(Listener):
    """Clears an optimizer's gradients at the first backward pass after each of its steps, and wherever it has moved."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._optimizers: list[Any] = []
        self._due = False
        self._within: Any = None

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def step_begin(self, event: OptimizerEvent) -> None:
        from vitreous.record.notes.within import Within

        if self._mine(event):
            self._within = Within(event.optimizer)

    def step_end(self, event: OptimizerEvent) -> None:
        if self._mine(event):
            self._due, self._within = True, None

    def backward_begin(self, event: Backward) -> None:
        moved = self._within.moved if self._within is not None else 0
        if self._within is not None:
            self._within.backward()
            self._due |= self._within.moved > moved
        if self._due:
            for group in self._optimizers[self.number].param_groups:
                for parameter in group["params"]:
                    parameter.grad = None
            self._due = False

    def _mine(self, event: OptimizerEvent) -> bool:
        return len(self._optimizers) > self.number and self._optimizers[self.number] is event.optimizer


class _ClearByHand(Listener):
    """Clears what a backward pass reaches before it begins."""

    def backward_begin(self, event: Backward) -> None:
        from vitreous.record.notes.steps import graph_leaves

        for leaf in graph_leaves(event.roots):
            leaf.grad = None


def intervene(settings: dict[str, Any]) -> Listener:
    """Clears the gradients where the script does not."""
    if settings["optimizer"] == _BY_HAND:
        return _ClearByHand()
    return _ClearAfterStep(settings["optimizer"])
