"""Rest in a long run: the taps sleep through most later steps and wake for those worth a look.

A script that the doctor observes is stopped when enough was seen. A training run that is only watched goes on for
hours, and must not pay for it: after a dense beginning only windows of a few whole steps are heard, and the first
batches of each evaluation. In between every tap is off; the loss and the learning rate of each step are kept.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vitreous.record.events import Listener, ModuleCall, OptimizerEvent

if TYPE_CHECKING:
    from vitreous.record.session import Session

DENSE = 96  # steps heard without a rest: most of what goes wrong shows in them
WINDOW = 4  # steps heard at a time, so that optimizers that take turns are all heard
EVERY = 1000  # steps between windows, beside those at the powers of four
EVALUATED = 48  # calls of models heard of each evaluation
APART = 100  # steps at least between two evaluations that are heard: some losses ask a model each step


def _safely(hear: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong is noted, and never reaches the program that is watched."""

    @functools.wraps(hear)
    def heard_safely(self: Rest, *args: Any) -> None:
        taps = self.session.taps
        if os.getpid() == taps.process:
            try:
                hear(self, *args)
            except Exception as error:
                taps.note(hear.__name__, error)

    return heard_safely


class Rest(Listener):
    """Sends the taps to sleep and wakes them; it listens behind all others.

    Args:
        session: Whose taps they are.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._evaluated, self._last, self._stepped = 0, -APART, False

    def step_end(self, event: OptimizerEvent) -> None:
        """A step is over, which is when a window may end."""
        self._stepped = True
        self._doze()

    def module_end(self, event: ModuleCall) -> None:
        """A call of an evaluation is over: of a long one the first are enough."""
        if event.depth or torch.is_grad_enabled() or heard(self.session.step):
            return
        self._evaluated += 1
        if self._evaluated > EVALUATED and self._stepped:  # only a step wakes again
            self.session.settle()
            self._doze()

    @_safely
    def evaluation(self) -> None:
        """A model is asked without a gradient, or set to evaluation, while the taps sleep."""
        step = self.session.step
        if step - self._last >= APART:
            self._last, self._evaluated = step, 0
            self._wake()

    @_safely
    def backward(self, roots: Any) -> None:
        """A backward pass while the taps sleep."""
        root = roots if isinstance(roots, Tensor) else next(iter(roots), None)
        self.session.steps.passed_by(root)

    @_safely
    def tick(self, optimizer: torch.optim.Optimizer) -> None:
        """A step was made while the taps slept."""
        self.session.steps.slept(optimizer)
        if heard(self.session.step):
            self._wake()

    def _wake(self) -> None:
        self.session.steps.woken()
        self.session.taps.wake()  # what follows makes no tensor: there is nothing to hear of it
        self.session.watch_ops(self.session.due(self.session.step))

    def _doze(self) -> None:
        if not heard(self.session.step):
            self.session.watch_ops(False)
            self.session.taps.sleep(self)


def heard(step: int) -> bool:
    """Whether a step (by the number of steps before it) is heard whole."""
    return step < DENSE or step % EVERY < WINDOW or any(is_power_of_four(step - i) for i in range(WINDOW))


def is_power_of_four(number: int) -> bool:
    """Whether a whole number is 1, 4, 16, …."""
    return number > 0 and number & (number - 1) == 0 and number.bit_length() % 2 == 1
