"""Gradients are cleared between backward and step, so the step has nothing to go by.

What it sees:
    A backward pass reaches the optimizer's parameters, and yet all their gradients are None or zero when its step
    begins: `zero_grad` was called in between. Or several backward passes of the same loss precede each step, as if
    to accumulate, and all but the last of their gradients are cleared before it.

Why learning fails:
    The step moves nothing (or only what momentum and weight decay still move). The loss stays where it began.

Example:
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()

Fix:
    Clear gradients before `backward` (or after `step`), never between them.

Certainty:
    Certain when 9 of 10 steps, and at least 3, had empty gradients although the graph behind the loss ends in the
    optimizer's parameters, and although the backward pass had just left gradients that are not zero: behind a
    saturated softmax or dead units they are exactly zero, and nobody cleared them. Cleared accumulation is named
    where a run that keeps the gradients until the step loses at least 30% of the error: passes that only served to
    attack the input, or to look ahead, are rightly thrown away.

Look-alikes:
    Parameters that the loss does not reach (optim/wrong-parameters, model/disconnected).

References:
    https://pytorch.org/docs/stable/optim.html
"""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, source, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Backward, Clearing, Listener, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_CLEARS = re.compile(r"\.grad(\.data)?(\.zero_\(\)| = None| = torch\.zeros|\.fill_\(0|\.mul_\(0)")

FAULT = Fault("optim/grads-cleared", "error", "optimizer", "gradients are cleared between backward and step")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer whose steps find no gradient, or the last one only, although its parameters are reached."""
    yield from _all(evidence)
    yield from _all_but_the_last(evidence)


def _all(evidence: Evidence) -> Iterator[Suspicion]:
    for number, optimizer in enumerate(evidence.optimizers):
        steps = [
            s for s in evidence.steps if s.optimizer == number and s.gradient_norm is not None and s.backwards
        ]
        empty = sum(step.empty for step in steps)
        held = [evidence.parameters[key] for key in optimizer.parameters if key in evidence.parameters]
        reached = sum(parameter.reached for parameter in held)
        if empty < 3 or empty < 0.9 * len(steps) or not reached:
            continue
        looked = [step.lost for step in steps if step.lost is not None]
        if sum(looked) < max(1, 0.9 * len(looked)):  # backward left nothing that could have been cleared
            continue
        place = optimizer.thrown_place or optimizer.clear_place or _by_hand(optimizer.step_place)
        name = edits.receiver(place, "zero_grad")
        backward = optimizer.backward_place
        moved = (
            edits.some(edits.delete(place), edits.insert_before(backward, f"{name}.zero_grad()"))
            if name
            else []
        )
        rows = [Row("steps with backward that found no gradient", empty, f"of {len(steps)}")]
        rows.append(Row("parameters the loss reaches", reached, f"of {len(held)}"))
        yield Suspicion(
            place,
            0.98,
            rows,
            "move zero_grad() in front of backward()",
            certain=True,
            edits=moved,
            explains=[symptoms.FLAT, symptoms.NO_GRADIENT],
            trials=[Trial("gradients kept until the step", {})],
        )


def _by_hand(step: Place | None) -> Place | None:
    """The line before a step, in its function, that clears gradients one by one."""
    if step is None:
        return None
    lines = [
        node.lineno
        for node in source.nodes(step.file, ast.Assign, ast.Expr)
        if _CLEARS.search(ast.unparse(node)) and node.lineno < step.line
    ]
    return Place(step.file, max(lines)) if lines else step


def _all_but_the_last(evidence: Evidence) -> Iterator[Suspicion]:
    sites: dict[int, set[int]] = {}
    for row in evidence.losses:
        if row.trained:
            sites.setdefault(row.step, set()).add(row.site)
    for number, optimizer in enumerate(evidence.optimizers):
        steps = [s for s in evidence.steps if s.optimizer == number]
        shared = (
            sum(o.steps > 0 for o in evidence.optimizers) > 1
        )  # one's loss leaves gradients for the other
        if len(steps) < 3 or (shared and any(len(sites.get(s.number, ())) > 1 for s in steps)):
            continue
        passes = sum(s.backwards for s in steps)
        several = statistics.median(s.backwards for s in steps)
        if several < 2 or optimizer.thrown_away < 0.9 * (passes - len(steps)):
            continue
        rows = [
            Row("backward passes for one step", several),
            Row("of these thrown away before it", round_to(optimizer.thrown_away / len(steps))),
        ]
        yield Suspicion(
            optimizer.thrown_place,
            0.85,
            rows,
            "clear the gradients only after a step, not before every backward pass",
            summary="of the gradients that should add up, all but the last are cleared before the step",
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[Trial("gradients kept until the step", {})],
        )


class _Keep(Listener):
    """Ignores clearing between backward and step; clears after the step instead."""

    def __init__(self) -> None:
        self._fresh = False

    def backward_begin(self, event: Backward) -> None:
        self._fresh = True

    def clear_begin(self, event: Clearing) -> None:
        event.cancelled = self._fresh

    def step_end(self, event: OptimizerEvent) -> None:
        self._fresh = False
        for group in event.optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None


def intervene(settings: dict[str, Any]) -> Listener:
    """Keeps gradients until the step has used them."""
    return _Keep()
