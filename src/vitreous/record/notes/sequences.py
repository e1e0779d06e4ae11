"""Notes on sequences: whether a model is trained on its own input moved by one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor

from vitreous.record.events import Listener, LossCall
from vitreous.record.measure import tensors

if TYPE_CHECKING:
    from vitreous.record.session import Session

_LOOKED = 3  # losses of each model
_LEAST_MOVES = 20


class SequenceNotes(Listener):
    """For each model called from the loop, the share of targets that are the next step of its input.

    Attributes:
        shifted: By model and the axis that time is on: 1, or -1 as convolutions have it. The least of some losses.
        two_ahead: By model, the least share of targets that are the input two steps later; ids along axis 1 only.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.shifted: dict[int, dict[int, float]] = {}
        self.two_ahead: dict[int, float] = {}
        self._looks: dict[int, int] = {}

    def loss_end(self, event: LossCall) -> None:
        """Compares the target with the input of the model whose answers it is for."""
        latest = self.session.models.latest()
        if self.session.step > 8 or not isinstance(event.target, Tensor) or latest is None:
            return
        number, args, kwargs = latest
        if self._looks.get(number, 0) >= _LOOKED:
            return
        given = tensors([args, kwargs])
        if not given:
            return
        looked, shares = False, self.shifted.setdefault(number, {})
        for axis in (1, -1) if given[0].ndim > 2 else (1,):
            share = next_step_share(given[0].detach(), event.target.detach(), axis)
            if share is not None:
                looked, shares[axis] = True, min(share, shares.get(axis, 1.0))
        self._looks[number] = self._looks.get(number, 0) + looked
        ids = kwargs.get("input_ids")
        ids = ids if isinstance(ids, Tensor) else given[0]
        share = two_ahead_share(ids.detach(), event.target.detach())
        if share is not None:
            self.two_ahead[number] = min(share, self.two_ahead.get(number, 1.0))

    def of(self, number: int) -> tuple[float, int]:
        """The largest share of a model's targets that are its next step, and the axis along which they are."""
        shares = self.shifted.get(number) or {1: 0.0}
        axis = max(shares, key=lambda one: shares[one])
        return shares[axis], axis


def next_step_share(given: Tensor, target: Tensor, axis: int = 1) -> float | None:
    """The share of targets [B, T] (in any shape of as many numbers) that equal the input [B, T, …] one step later.

    Args:
        given: The input.
        target: What the loss compares with.
        axis: Where the input has its time: 1, or -1 for [B, …, T].

    Returns:
        None where the two do not fit together.
    """
    if given.ndim < 2 or given.shape[axis] < 4 or not target.numel():
        return None
    if target.shape == given.shape:
        target = target.movedim(axis, 1)
    given = given.movedim(axis, 1)
    size, length = given.shape[0], given.shape[1]
    if target.numel() == size * length:
        series = (
            [given]
            if given.ndim == 2
            else [given[..., i] for i in range(given.shape[2])]
            if given.ndim == 3
            else []
        )
        wanted = target.reshape(size, length)
    elif target.shape == given.shape:
        series, wanted = [given], target
    else:
        return None
    shares = [_share(one, wanted.to(one.dtype)) for one in series[:8] if one.shape == wanted.shape]
    return max(shares) if shares else None


def two_ahead_share(given: Tensor, target: Tensor) -> float | None:
    """The share of targets (in any shape of as many numbers) that are the input [B, T] two steps later.

    Args:
        given: Ids.
        target: What the loss compares with; negative ones are not counted.

    Returns:
        None where the two do not fit together, or too few of the targets tell one step from another.
    """
    if given.ndim != 2 or given.is_floating_point() or target.numel() != given.numel() or given.shape[1] < 4:
        return None
    wanted = target.reshape(given.shape)[:, :-2]
    now, following, beyond = given[:, :-2], given[:, 1:-1], given[:, 2:]
    telling = (wanted >= 0) & (beyond != following) & (beyond != now)
    if int(telling.sum()) < _LEAST_MOVES:
        return None
    return float((beyond == wanted)[telling].float().mean())


def _share(series: Tensor, wanted: Tensor) -> float:
    """Over the places where the series changes: where it stays the same, the step before is as right as the next."""
    moves = series[:, 1:] != series[:, :-1]
    if int(moves.sum()) < _LEAST_MOVES:
        return 0.0
    return float((series[:, 1:] == wanted[:, :-1])[moves].float().mean())
