"""Notes on parameters that the program itself writes between steps: weights loaded, or put back to earlier ones."""

from __future__ import annotations

import cmath
from typing import TYPE_CHECKING, Any

from torch import Tensor

from vitreous.record.events import Listener, OptimizerEvent
from vitreous.record.measure import unheard

if TYPE_CHECKING:
    from vitreous.record.session import Session

_LOOKED_AT = 4  # parameters of an optimizer, one value of each: what loads weights writes them all
_MOST = 5000


class RewrittenNotes(Listener):
    """One value in the middle of the last parameters of each optimizer, as its step left it and as it is later.

    However it is done (`load_state_dict`, `copy_`, another tensor as `data`), it is seen in the values. On other
    devices than the CPU a look would wait for the device at every step, and nothing is known.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._steps: list[int] = []
        self._watched: dict[int, tuple[Any, list[complex]]] = {}
        self._as_of = 0  # steps done when the values were read
        self._blind = False
        self._middles: dict[int, tuple[int, Tensor]] = {}

    def step_begin(self, event: OptimizerEvent) -> None:
        """What was written since the last step."""
        self._look()

    def step_end(self, event: OptimizerEvent) -> None:
        """What the step leaves; optimizers can share parameters, so all are read anew."""
        self._watched.setdefault(id(event.optimizer), (event.optimizer, []))
        if len(self._watched) > _LOOKED_AT:
            self._blind = True
        self._read(self.session.step + 1)

    def woken(self) -> None:
        """Steps were made that nobody heard: what the parameters are now is where the next look begins."""
        self._look()
        self._read(self.session.step)

    def found(self) -> list[int] | None:
        """The steps done at each look that found other values; None where nobody could look."""
        self._look()
        return None if self._blind or not self._watched else self._steps

    def _read(self, steps: int) -> None:
        if not self._blind:
            self._as_of = steps
            self._watched = {
                key: (optimizer, self._values(optimizer)) for key, (optimizer, _) in self._watched.items()
            }

    def _look(self) -> None:
        slept = self.session.step != self._as_of  # through a step, which wrote values too
        if self._blind or slept or len(self._steps) >= _MOST:
            return
        if any(self._values(optimizer) != values for optimizer, values in self._watched.values()):
            self._steps.append(self.session.step)

    def _values(self, optimizer: Any) -> list[complex]:
        held = [p for group in optimizer.param_groups for p in group["params"]][-_LOOKED_AT:]
        if any(not isinstance(p, Tensor) or p.device.type != "cpu" for p in held):
            self._blind = True
            return []
        with unheard():
            # NaN differs from itself, and no weight that is worth keeping is one
            values = [self._middle(p).item() for p in held if p.numel()]
            return [0.0 if cmath.isnan(value) else value for value in values]

    def _middle(self, parameter: Tensor) -> Tensor:
        """The element in the middle of a parameter: a view of its memory, made anew where that is another."""
        address = parameter.data_ptr()
        known, middle = self._middles.get(id(parameter), (0, None))
        if middle is None or known != address:
            middle = parameter.detach()
            for size in parameter.shape:
                middle = middle[size // 2]
            self._middles[id(parameter)] = (address, middle)
        return middle
