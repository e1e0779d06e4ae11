"""The first steps of a training loop of ours seen in full, as `vitreous doctor` sees a stranger's script.

A `Recorder` measures layers; this hears operations, losses, parameters and where in a person's own file each
stands. It is on while the network is built and during a handful of steps, and then off for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from vitreous.record.events import OptimizerEvent
from vitreous.record.session import Session

if TYPE_CHECKING:
    import torch

    from vitreous.record.evidence import Evidence

STEPS = 4  # the second and later ones show gradients behind layers that begin at zero


class FirstSteps:
    """Watches the building of a network and its first recorded steps.

    Args:
        script: What is watched, for the evidence.
        steps: How many steps are watched.

    Attributes:
        optimizer: Whose steps they are; set before the first.
        enough: Called once, when the last of them is done.
    """

    def __init__(self, script: str, steps: int = STEPS) -> None:
        self.optimizer: torch.optim.Optimizer | None = None
        self.enough: Callable[[], None] = lambda: None
        self._left = steps
        self._session = Session(script, None)
        self._heard: ExitStack | None = None

    @contextmanager
    def building(self) -> Iterator[None]:
        """What is built within is known by its line later."""
        with self._session.taps.listen():
            yield

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What a recorder does within is no event."""
        with self._session.taps.quiet():
            yield

    def begin(self) -> None:
        """A step is about to run."""
        if not self._left:
            return
        self._heard = ExitStack()
        self._heard.enter_context(self._session.taps.listen())
        self._session.watch_ops(True)

    def update(self) -> None:
        """The optimizer is about to move the parameters; it is called below the hooks that taps hear of."""
        if self._heard is not None and self.optimizer is not None:
            for name in ("step_begin", "gradients_ready"):
                self._session.taps.send(name, OptimizerEvent(optimizer=self.optimizer))
            self._session.taps.paused += 1

    def end(self) -> None:
        """It has moved them."""
        if self._heard is None or self.optimizer is None:
            return
        self._session.taps.paused -= 1
        self._session.taps.send("step_end", OptimizerEvent(optimizer=self.optimizer))
        self.close()
        self._left -= 1
        if not self._left:
            self.enough()

    def close(self) -> None:
        """Stops listening, also after an exception."""
        if self._heard is not None:
            self._heard.close()
            self._heard = None

    def evidence(self) -> Evidence:
        """What was seen so far."""
        self._left = 0
        return self._session.finish("steps")
