"""Taps into a running PyTorch process: what its modules, losses, optimizers and loaders are asked to do.

`install` wraps a handful of PyTorch's own entry points, once a process. While nobody listens, each wrapper
costs one comparison. `Taps.listen` hands every event to listeners: observers, which only look, and
interventions, which may change what an event carries (its arguments, its output) or cancel it.

Everything ends in these calls, whatever framework is on top. Single tensor operations are seen by a
`TorchFunctionMode` that is on only while `ops` is true, so that most steps run untouched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vitreous.record.events import Event, Listener, OpCall

if TYPE_CHECKING:
    from vitreous.record.rest import Rest

EVENTS = tuple(name for name in vars(Listener) if not name.startswith("_"))


class Taps:
    """Hands events to listeners while it is active; one is active in a process at a time.

    Attributes:
        ops: Whether single operations are wanted now; set with `want_ops`.
        inside: True while a listener runs: what listeners do themselves is no event.
        errors: What went wrong in listeners; it never reaches the user's program.
        optimizers: How many were made.
        asked: The loss whose gradients the program asked for last, beside an optimizer; its step may use them.
        asleep: In the place of the active one while it sleeps: what is still told, and may wake it.
    """

    active: Taps | None = None
    asleep: Rest | None = None

    def __init__(self, listeners: list[Listener]) -> None:
        self.listeners = listeners
        self.inside = False
        self.ops = False
        self.paused = 0
        self.depth = 0
        self.in_loss = self.in_grad = self.asking = False
        self.modules: list[Any] = []
        self.errors: list[str] = []
        self.optimizers = 0
        self.asked: Any = None
        self.process = os.getpid()
        self._mode: Any = None
        self._heard: dict[str, list[Callable[[Any], None]]] = {}
        self.refresh()

    @property
    def heard_by_interventions(self) -> bool:
        """Whether a listener wants to change operations, so that they are never turned off."""
        return bool(self._heard["op_begin"])

    def refresh(self) -> None:
        """Finds who listens to what; after the list of listeners has changed."""
        for event in EVENTS:
            base = getattr(Listener, event)
            heard = [li for li in self.listeners if getattr(type(li), event) is not base]
            self._heard[event] = [getattr(li, event) for li in heard]

    def heard(self, event: str) -> bool:
        """Whether anybody listens to this event now."""
        return bool(self._heard[event]) and not self.inside and os.getpid() == self.process

    def send(self, event: str, about: Event) -> Event:
        """Hands an event to all who listen; what they raise is noted, and the program goes on."""
        self.inside = True
        try:
            for listener in self._heard[event]:
                try:
                    listener(about)
                except Exception as error:  # the user's program must not notice that it is watched
                    self.note(event, error)
        finally:
            self.inside = False
        return about

    def want_ops(self, wanted: bool) -> None:
        """Turns the events of single operations on or off.

        The mode comes off only while it is alone on torch's stack: another's `with` block would
        otherwise take off the wrong one.
        """
        import torch

        self.ops = wanted
        alone = torch._C._len_torch_function_stack()
        if wanted and self._mode is None:
            from vitreous.record.operations import OpMode

            self._mode = OpMode(self)
            self._mode.__enter__()
        elif not wanted and self._mode is not None and alone == 1:
            self._mode.__exit__(None, None, None)
            self._mode = None

    def op(self, call: OpCall) -> Any:
        """Runs one operation between its two events."""
        self.send("op_begin", call)
        if not call.replaced:
            try:
                call.output = call.function(*call.args, **call.kwargs)
            except Exception as error:
                call.error = error
                self.send("op_failed", call)
                raise
        self.send("op_end", call)
        return call.output

    def sleep(self, rest: Rest) -> None:
        """Hears nothing until `wake`; between two steps only."""
        Taps.active, Taps.asleep = None, rest

    def wake(self) -> None:
        """Hears everything again."""
        Taps.active, Taps.asleep = self, None
        self.modules.clear()

    @staticmethod
    def taken() -> bool:
        """Whether somebody listens already, be it asleep."""
        return Taps.active is not None or Taps.asleep is not None

    @contextmanager
    def listen(self) -> Iterator[Taps]:
        """Makes this the active one; always taken off again, also after an exception."""
        from vitreous.record.replaced import remove
        from vitreous.record.wrappers import install

        first = install()
        before, Taps.active = Taps.active, self
        try:
            yield self
        finally:
            self.want_ops(False)
            if self._mode is not None:  # below another's mode: it stays, and lets everything through
                self.paused += 1
            Taps.active, Taps.asleep = before, None
            if first:
                remove()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What happens within is no event."""
        before, self.inside = self.inside, True
        try:
            yield
        finally:
            self.inside = before

    @contextmanager
    def aloud(self) -> Iterator[None]:
        """What an intervention does within is an event like the program's own: a step it adds is a step."""
        before, self.inside = self.inside, False
        try:
            yield
        finally:
            self.inside = before

    def note(self, event: str, error: Exception) -> None:
        """Remembers what went wrong in a listener."""
        import traceback

        trail = traceback.extract_tb(error.__traceback__)
        where = f"{trail[-1].filename.rsplit('/', 1)[-1]}:{trail[-1].lineno}" if trail else "?"
        note = f"{event}: {type(error).__name__}: {error} ({where})"
        if note not in self.errors and len(self.errors) < 50:
            self.errors.append(note)
