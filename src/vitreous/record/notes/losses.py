"""Notes on losses: every value, and facts about what was compared with what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.modules.loss import _Loss

from vitreous.record import measure
from vitreous.record.events import Listener, LossCall
from vitreous.record.facts import LossRow, LossSite
from vitreous.record.taps import Taps

if TYPE_CHECKING:
    from vitreous.record.session import Session

_MOST_ROWS, _MOST_SITES = 100_000, 40
_ALL_ERRORS = 400  # steps at which the error is measured each time; then at every fifth
_COUNTED_BATCHES, _COUNTED_VALUES = 200, 200


class LossNotes(Listener):
    """Every loss of torch.nn.functional, whatever class or framework called it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.rows: list[LossRow] = []
        self.sites: list[LossSite] = []
        self._sites: dict[tuple[str, Any], int] = {}
        self._waiting: list[tuple[LossRow, Tensor]] = []
        self._pending: list[tuple[LossRow, Any]] = []

    def loss_end(self, event: LossCall) -> None:
        """One value."""
        if not isinstance(event.output, Tensor) or not isinstance(event.input, Tensor):
            return
        site = self._site(event)
        if site is None or len(self.rows) >= _MOST_ROWS:
            return
        row = LossRow(self.session.step, site.number, 0.0, training=torch.is_grad_enabled())
        site.calls += 1
        value = event.output.detach()
        value = value if value.numel() == 1 else value.float().mean()
        if (
            value.device.type == "cpu"
        ):  # nothing to wait for; and a kept scalar would hold its place in memory
            row.value = float(value)
        else:
            self._waiting.append((row, value))
        self.rows.append(row)
        if event.output.requires_grad:
            event.output.register_hook(_marks(row))
        if self._measured(event.input):
            with measure.unheard():
                row.error = error_of(event)
        if self.session.recording or site.calls <= _COUNTED_BATCHES:
            self._look(site, event)
        wanted = site.integers and len(site.batches) < _COUNTED_BATCHES
        self._pending.append((row, event.target if wanted else None))
        self.session.data.compared(row, event)
        if len(self._waiting) >= 256:
            self.flush()

    def settle(self) -> None:
        """Which losses were trained is known now."""
        for row, target in self._pending:
            site = self.sites[row.site]
            site.trained += row.trained
            if row.trained and target is not None and len(site.batches) < _COUNTED_BATCHES:
                counts = _counts(target)
                if counts is not None:
                    site.batches.append(counts)
                    for value, count in counts.items():
                        site.counts[value] = site.counts.get(value, 0) + count
        self._pending.clear()

    def flush(self) -> None:
        """Reads values from the device."""
        if self._waiting:
            values = torch.stack([value.reshape(-1)[0].float() for _, value in self._waiting]).tolist()
            for (row, _), value in zip(self._waiting, values, strict=True):
                row.value = value
            self._waiting.clear()

    def found(self) -> list[LossRow]:
        """All rows."""
        self.flush()
        return self.rows

    def _measured(self, tensor: Tensor) -> bool:
        step = self.session.step
        return (step < _ALL_ERRORS or step % 5 == 0) and (
            tensor.device.type == "cpu" or self.session.recording
        )

    def _site(self, event: LossCall) -> LossSite | None:
        modules = self.session.taps.modules
        around = next((m for m in reversed(modules) if isinstance(m, _Loss)), None)
        key = (event.name, event.place)
        number = self._sites.get(key)
        if number is None:
            if len(self.sites) >= _MOST_SITES:
                return None
            number = self._sites[key] = len(self.sites)
            place = self.session.parameters.place_of(around) if around is not None else None
            kind = type(around).__name__ if around is not None else ""
            options = {k: measure.plain(v) for k, v in event.options.items() if v is not None}
            self.sites.append(
                LossSite(number, event.name, event.place, list(event.places), kind, place, options=options)
            )
        return self.sites[number]

    def _look(self, site: LossSite, event: LossCall) -> None:
        given, target = event.input, event.target
        if site.calls <= 5 or self.session.recording:
            for name, tensor in (("input", given), ("target", target)):
                if isinstance(tensor, Tensor):
                    seen, known = measure.facts(tensor), getattr(site, name)
                    if known is None:
                        setattr(site, name, seen)
                    else:
                        measure.widen(known, seen)
        if not isinstance(target, Tensor):
            return
        elementwise = event.name not in ("cross_entropy", "nll_loss", "ctc_loss", "multi_margin_loss")
        if elementwise and given.shape != target.shape and given.numel() and target.numel():
            site.broadcast = True
        site.target_graph |= target.requires_grad and not given.requires_grad
        if site.integers is not False and site.calls <= _COUNTED_BATCHES:
            whole = not target.is_floating_point() or bool((target == target.round()).all())
            site.integers = whole


def error_of(event: LossCall) -> float | None:
    """`LossRow.error` for one call."""
    given, target = event.input, event.target
    if not isinstance(target, Tensor):
        return None
    if target.requires_grad and not given.requires_grad:  # exchanged: what learns is the prediction
        given, target = target, given
    if event.name == "binary_cross_entropy_with_logits":
        return measure.sign_error(given, target, 0.0)
    if event.name == "binary_cross_entropy":
        return measure.sign_error(given, target, 0.5)
    if event.name == "cross_entropy" and target.is_floating_point() and given.shape == target.shape:
        return measure.error(given, target.argmax(1)) if given.ndim > 1 else None
    if target.ndim == 2 and given.shape == target.shape and target.shape[1] > 1 and one_hot(target):
        return measure.error(given, target.argmax(1))
    ignored = (
        event.options.get("ignore_index", measure.IGNORED)
        if event.name in ("cross_entropy", "nll_loss")
        else None
    )
    return measure.error(given, target, ignored if isinstance(ignored, int) else None)


def one_hot(target: Tensor) -> bool:
    """Whether each row is a single 1 among zeros."""
    return bool(((target == 0) | (target == 1)).all() and (target.sum(1) == 1).all())


def _counts(target: Any) -> dict[str, int] | None:
    if not isinstance(target, Tensor) or target.numel() > 100_000:
        return None
    values, counts = torch.unique(target.detach(), return_counts=True)
    if len(values) > _COUNTED_VALUES:
        return None
    return {f"{v:g}": c for v, c in zip(values.tolist(), counts.tolist(), strict=True)}


def _marks(row: LossRow) -> Callable[[Any], None]:
    def mark(_gradient: Any) -> None:
        row.trained |= Taps.active is None or not Taps.active.asking

    return mark
