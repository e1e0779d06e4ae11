"""Notes on backward passes, optimizers and their steps: the clock of the record."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vitreous.record.events import Backward, Clearing, Listener, OptimizerEvent
from vitreous.record.facts import OptimizerFacts, Step
from vitreous.record.measure import plain, real
from vitreous.record.notes.by_hand import ByHand
from vitreous.record.notes.within import Within, with_gradient, without_gradient
from vitreous.record.places import Place

if TYPE_CHECKING:
    from vitreous.record.session import Session

_ALWAYS = 400  # steps at which uncleared gradients are looked for each time
_MEASURED = 60  # steps whose gradient norm is measured each time; then every tenth
_MOST_STEPS = 100_000


class StepNotes(Listener):
    """Every step with its loss; who clears gradients, and when."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.steps: list[Step] = []
        self.optimizers: list[OptimizerFacts] = []
        self.backwards = 0
        self._objects: list[Any] = []
        self._cleared: list[bool] = []
        self._since = 0
        self.backward_place: Place | None = None
        self._root: Tensor | None = None
        self._losses: list[Tensor | None] = []
        self._reached: list[Tensor] = []
        self._by_hand = ByHand()
        self._used: list[
            dict[int, tuple[int, int]]
        ] = []  # by optimizer, the gradients that its last step used
        self._slept: list[tuple[int, Any, Any, list[float], int, float]] = []
        self._carried: dict[int, bool] = {}  # by optimizer, at the last step listened to
        self._arrived: dict[
            int, bool
        ] = {}  # by optimizer whose last step was empty: did backward leave a gradient
        self._unused: list[int] = []  # by optimizer, backward passes since its last step or clearing
        self._within: dict[int, Within] = {}  # by optimizer whose step has begun and is not over
        self._made: set[int] = set()  # the optimizers whose present step is noted

    def optimizer_made(self, event: OptimizerEvent) -> None:
        """Its line, and which parameters it holds."""
        optimizer = event.optimizer
        self._objects.append(optimizer)
        self._cleared.append(True)
        self._unused.append(0)
        self._used.append({})
        self.optimizers.append(OptimizerFacts(type(optimizer).__name__, event.place))
        self._read(len(self._objects) - 1)

    def clear_begin(self, event: Clearing) -> None:
        """Remembers whose gradients are cleared."""
        cleared = {id(p) for p in event.parameters}
        for number, optimizer in enumerate(self._objects):
            held = [p for group in optimizer.param_groups for p in group["params"]]
            if held and (event.owner is optimizer or sum(id(p) in cleared for p in held) * 2 > len(held)):
                self._cleared[number] = True
                facts = self.optimizers[number]
                facts.clears += 1
                facts.clear_place = event.place
                if self._unused[number]:
                    facts.thrown_away += self._unused[number]
                    facts.thrown_place = event.place
                self._unused[number] = 0
                if number in self._within:
                    self._within[number].clear()

    def backward_begin(self, event: Backward) -> None:
        """Looks whether gradients are still there, and for updates written by hand."""
        stepped = any(o.steps for o in self.optimizers)
        watched = self.backwards < 3 or self.session.due(self.session.step)
        self._reached = graph_leaves(event.roots) if watched or not stepped else []
        if watched:
            self.session.parameters.reached(self._reached)
        if not stepped:
            self.look_for_update(self._reached)
            self._by_hand.begins(self._reached)
        for number, optimizer in enumerate(self._objects):
            if not self._cleared[number] and self._look(number):
                self._cleared[number] = _no_gradient(optimizer, self._used[number])
        self.backwards += 1
        self._since += 1
        # a pass within a step is that step's own: it is used before anyone can throw it away
        self._unused = [count + (i not in self._within) for i, count in enumerate(self._unused)]
        for within in self._within.values():
            within.backward()
        if self.backwards < 20 or self.backward_place is None:
            self.backward_place = event.place
        self._root = next((root.detach() for root in event.roots if isinstance(root, Tensor)), None)

    def backward_end(self, event: Backward) -> None:
        """Without an optimizer, remembers the parameters: a change is an update.

        Behind an empty step it looks what arrives, as a gradient of exact zeros is no cleared one; others cost nothing.
        """
        for number in self._arrived:
            self._arrived[number] = _norm(self._objects[number]) != 0.0
        if not any(o.steps for o in self.optimizers):
            self._by_hand.remember(self._reached, event)
        self._reached = []

    def step_begin(self, event: OptimizerEvent) -> None:
        """A step begins: what goes backward from here on is its own."""
        number = self._number(event)
        asked, self.session.taps.asked = self.session.taps.asked, None
        if asked is not None and not self._since:
            self._adopt(asked)
        self._by_hand.forget()
        self._within[number] = Within(event.optimizer, self._look(number))

    def gradients_ready(self, event: OptimizerEvent) -> None:
        """Which gradients the step uses; the first, where it computes them at several points."""
        number = self._number(event)
        if number in self._made:
            return
        self._made.add(number)
        facts, step = self.optimizers[number], self._new(number)
        if facts.steps < 20 or facts.step_place is None:
            facts.step_place, facts.backward_place = event.place, self.backward_place
        step.line = facts.step_place.line if facts.step_place else None
        step.lr = [float(group.get("lr", 0.0)) for group in event.optimizer.param_groups]
        step.carried = self._carried[number] = facts.steps > 0 and not self._cleared[number]
        if facts.steps < _MEASURED or facts.steps % 10 == 0 or self.session.due(self.session.step):
            norm = _norm(event.optimizer)
            step.gradient_norm, step.empty = norm, norm == 0.0
            if step.empty:
                step.lost = self._arrived.get(number)
                self._arrived[number] = False
            else:
                self._arrived.pop(number, None)
        facts.steps += 1
        self._cleared[number], self._unused[number] = False, 0

    def step_end(self, event: OptimizerEvent) -> None:
        """Moves the clock."""
        self.gradients_ready(event)  # of a step whose begin was not heard
        number = self._number(event)
        self._made.discard(number)
        self._read(number, again=True)
        self._went_within(number)
        if self._look(number):
            some = with_gradient(event.optimizer)
            self._used[number] = {id(p): (id(p.grad), p.grad._version) for p in some}  # type: ignore[union-attr]
        self.session.stepped()

    def _went_within(self, number: int) -> None:
        """Of a step that went backward itself: what it found."""
        within = self._within.pop(number, None)
        if within is not None:
            self.optimizers[number].again += within.moved
            self.optimizers[number].added_up += within.added

    def slept(self, optimizer: Any, roots: Any, passes: int) -> None:
        """A step while nobody listens: its loss and learning rate, as plain numbers."""
        root = roots if isinstance(roots, Tensor) else next(iter(roots or ()), None)
        loss: Any = None
        if isinstance(root, Tensor) and root.numel() == 1:
            loss = root.item() if root.device.type == "cpu" else root.detach()
        rates = [float(group["lr"]) for group in optimizer.param_groups]
        self._slept.append((self.session.step, optimizer, loss, rates, passes, time.perf_counter()))
        if len(self._slept) >= 256:
            self._enter()

    def woken(self) -> None:
        """Somebody listens again, between two steps: what is known of gradients is out of date."""
        self._enter()
        self._cleared = [False] * len(self._objects)
        self._used = [{} for _ in self._objects]
        self._unused = [0] * len(self._objects)
        self._arrived.clear()
        self._within.clear()
        self._since = 0

    def _enter(self) -> None:
        """Steps that were slept through, in full: what is not known of them is as in the last one listened to."""
        for when, optimizer, loss, rates, passes, seconds in self._slept:
            number = self._number(OptimizerEvent(optimizer=optimizer))
            facts = self.optimizers[number]
            line = facts.step_place.line if facts.step_place else None
            step = Step(when, number, lr=rates, line=line, backwards=passes)
            step.seconds = round(seconds - self.session.started, 4)
            step.carried = self._carried.get(number, False)
            self.backwards += passes
            facts.steps += 1
            if len(self.steps) < _MOST_STEPS:
                step.loss = loss if isinstance(loss, float) else None
                self.steps.append(step)
                self._losses.append(loss if isinstance(loss, Tensor) else None)
        self._slept.clear()
        self.flush()

    def flush(self) -> None:
        """Reads the losses from the device; a last update by hand is no step that anyone can see the end of."""
        waiting = [i for i, loss in enumerate(self._losses) if loss is not None]
        if waiting:
            values = torch.stack([self._losses[i].reshape(-1)[0].float() for i in waiting]).tolist()  # type: ignore[union-attr]
            for place, value in zip(waiting, values, strict=True):
                self.steps[place].loss = value
                self._losses[place] = None

    def found(self) -> list[Step]:
        """All steps, with the errors that the losses' notes know."""
        self._enter()
        for number in range(len(self._objects)):
            self._read(number)
        errors: dict[int, dict[int, float]] = {}
        for row in self.session.losses.rows:
            if row.trained and row.error is not None:
                errors.setdefault(row.step, {})[row.site] = row.error
        for step in self.steps:
            known = errors.get(step.number)  # of several losses all count, of one its last batch
            step.error = sum(known.values()) / len(known) if known else None
        return self.steps

    def _new(self, optimizer: int) -> Step:
        step = Step(self.session.step, optimizer, backwards=self._since)
        step.seconds = round(time.perf_counter() - self.session.started, 4)
        root = self._root
        usable = root is not None and root.numel() == 1 and self._since
        if usable and root is not None and root.device.type == "cpu":
            step.loss, root = float(root), None
        if len(self.steps) < _MOST_STEPS:
            self.steps.append(step)
            self._losses.append(root if usable else None)
        if len(self.steps) % 256 == 0:
            self.flush()
        self._since = 0
        return step

    @property
    def awaits_update(self) -> bool:
        """Whether there was a backward pass since the last step, in a program whose optimizers make none."""
        return bool(self._since) and not any(o.steps for o in self.optimizers)

    def look_for_update(self, now: list[Tensor]) -> None:
        """Moves the clock if parameters changed since the last backward pass and no optimizer did it.

        Args:
            now: Leaves of what begins: of a backward pass, or the parameters of a model that is called.
        """
        if not self.awaits_update or not self._by_hand.changed(now):
            return
        step = self._new(-1)
        step.gradient_norm, step.carried = self._by_hand.norm, self._by_hand.carried
        step.made_anew = self._by_hand.made_anew
        self._by_hand.updated()
        self.session.stepped()

    def _adopt(self, loss: Tensor) -> None:
        """No backward pass stood before a step, but gradients were asked for: the step uses those.

        They were not added to earlier ones, so none are carried on.
        """
        event = Backward(roots=[loss])
        for note in (self.session.traces, self.session.parameters, self):
            note.backward_begin(event)
        self.session.parameters.backward_end(event)
        self._cleared = [True] * len(self._cleared)

    def _look(self, number: int) -> bool:
        steps = self.optimizers[number].steps
        return steps < _ALWAYS or steps % 50 == 0 or self.session.resting

    def _number(self, event: OptimizerEvent) -> int:
        for number, optimizer in enumerate(self._objects):
            if optimizer is event.optimizer:
                return number
        self.optimizer_made(event)  # made before anyone listened
        self.optimizers[-1].place = None
        return len(self._objects) - 1

    def _read(self, number: int, again: bool = False) -> None:
        """Options and parameters as they are now."""
        facts, optimizer = self.optimizers[number], self._objects[number]
        count = sum(len(group["params"]) for group in optimizer.param_groups)
        if again and count == len(facts.parameters):
            return
        held = [p for group in optimizer.param_groups for p in group["params"]]
        facts.groups = [
            {k: plain(v) for k, v in group.items() if k != "params"} | {"tensors": len(group["params"])}
            for group in optimizer.param_groups
        ]
        facts.parameters = [self.session.parameters.key(p, optimizer=number) for p in held]


def graph_leaves(roots: list[Any], most: int = 20_000) -> list[Tensor]:
    """The leaf tensors that a backward pass from these roots reaches."""
    waiting = [root.grad_fn for root in roots if isinstance(root, Tensor) and root.grad_fn is not None]
    leaves = [
        root for root in roots if isinstance(root, Tensor) and root.grad_fn is None and root.requires_grad
    ]
    seen: set[Any] = set()
    while waiting and len(seen) < most:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            leaves.append(node.variable)
        waiting += [following for following, _ in node.next_functions if following is not None]
    return leaves


def _norm(optimizer: Any) -> float:
    """Of all gradients that an optimizer's step would use; 0 where there are none."""
    held = [p for group in optimizer.param_groups for p in group["params"]]
    grads = [p.grad.detach() for p in held if p.grad is not None]
    # of a sparse gradient the rows that there are; uncoalesced ones may repeat, which a norm can stand
    dense = [real(g._values() if g.is_sparse else g) for g in grads]
    norms = torch._foreach_norm(dense) if dense else []
    return float(torch.stack(list(norms)).norm()) if norms else 0.0


def _no_gradient(optimizer: Any, used: dict[int, tuple[int, int]]) -> bool:
    """Whether gradients are None or zero; zeros that the last step used and nobody touched were not cleared."""
    some = with_gradient(optimizer)
    if any(used.get(id(p)) == (id(p.grad), p.grad._version) for p in some):  # type: ignore[union-attr]
        return False
    return without_gradient(optimizer)
