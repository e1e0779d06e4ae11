"""Rest in a long run: the taps sleep through most later steps and wake for those worth a look.

A script that the doctor observes is stopped when enough was seen. A training run that is only watched goes on for
hours, and must not pay for it: after a dense beginning only windows of a few whole steps are heard, and the first
batches of each evaluation. In between every tap is off; the loss and the learning rate of each step are kept.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch

from vitreous.record.events import Listener, ModuleCall, OptimizerEvent

if TYPE_CHECKING:
    from vitreous.record.session import Session

DENSE = 64  # steps heard without a rest: most of what goes wrong shows in them
WINDOW = 4  # steps heard at a time, so that optimizers that take turns are all heard
EVERY = 1000  # steps between windows, beside those at the powers of four
EVALUATED = 48  # calls of models heard of each evaluation
APART = 100  # steps at least between two evaluations that are heard: some losses ask a model each step


class Rest(Listener):
    """Sends the taps to sleep and wakes them; it listens behind all others.

    What a step costs while they sleep is what counts here, so a step is a few plain attributes: some microseconds.

    Args:
        session: Whose taps they are.

    Attributes:
        roots: What the last backward pass began from.
        passes: Backward passes since the last step.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.roots: Any = None
        self.passes = 0
        self._wakes_at = 0
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

    def evaluation(self) -> None:
        """A model is asked without a gradient, or set to evaluation, while the taps sleep."""
        step = self.session.step
        if step - self._last >= APART and os.getpid() == self.session.taps.process:
            self._last, self._evaluated = step, 0
            self._wake()

    def backward(self, roots: Any) -> None:
        """A backward pass while the taps sleep."""
        self.roots = roots
        self.passes += 1

    def tick(self, optimizer: torch.optim.Optimizer) -> None:
        """A step was made while the taps slept."""
        try:
            self.session.steps.slept(optimizer, self.roots, self.passes)
        except Exception as error:  # it never reaches the program that is watched
            self.session.taps.note("tick", error)
        self.roots, self.passes = None, 0
        self.session.step += 1
        if self.session.step >= self._wakes_at:
            self._wake()

    def _wake(self) -> None:
        self.session.steps.woken()
        self.session.rewritten.woken()
        self.session.taps.wake()  # what follows makes no tensor: there is nothing to hear of it
        self.session.watch_ops(self.session.due(self.session.step))

    def _doze(self) -> None:
        step = self.session.step
        if not heard(step):
            power = 1 << (step.bit_length() + 1) // 2 * 2  # the next of four
            self._wakes_at = min(power, -(-step // EVERY) * EVERY)
            self.session.watch_ops(False)
            self.session.taps.sleep(self)


def heard(step: int) -> bool:
    """Whether a step (by the number of steps before it) is heard whole."""
    return step < DENSE or step % EVERY < WINDOW or any(is_power_of_four(step - i) for i in range(WINDOW))


def is_power_of_four(number: int) -> bool:
    """Whether a whole number is 1, 4, 16, …."""
    return number > 0 and number & (number - 1) == 0 and number.bit_length() % 2 == 1
