"""Losses of Keras on torch: computed by operations of its own, and heard as the losses of torch that they are."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vitreous.record.events import LossCall
from vitreous.record.operations import is_stand_in
from vitreous.record.replaced import put
from vitreous.record.taps import Taps

_LOSSES = "keras.src.losses.losses"
_LEAST = 1e-7  # what Keras holds probabilities above, before it takes their logarithm
_PLAIN = {"mean_squared_error": "mse_loss", "mean_absolute_error": "l1_loss", "huber": "huber_loss"}
_CLASSES = frozenset({"sparse_categorical_crossentropy", "categorical_crossentropy"})


def wrap() -> None:
    """Makes losses of Keras heard, once Keras is loaded."""
    wrapper = getattr(sys.modules.get(_LOSSES), "LossFunctionWrapper", None)
    if wrapper is None or hasattr(wrapper.call, "heard_by_taps"):
        return
    plain = wrapper.call

    @functools.wraps(plain)
    def call(self: Any, y_true: Any, y_pred: Any) -> Any:
        taps = Taps.active
        both = isinstance(y_true, Tensor) and isinstance(y_pred, Tensor)
        if taps is None or taps.inside or taps.in_loss or not both or is_stand_in((y_true, y_pred)):
            return plain(self, y_true, y_pred)
        options = getattr(self, "_fn_kwargs", {})
        with taps.quiet():
            meant = _as_torch_has_it(getattr(self.fn, "__name__", ""), options, y_true, y_pred)
        if meant is None:
            return plain(self, y_true, y_pred)
        return _heard(taps, functools.partial(plain, self), meant, y_true, y_pred)

    call.heard_by_taps = True  # type: ignore[attr-defined]
    put(wrapper, "call", call)


class _Meant(NamedTuple):
    """A loss by the name and with the arguments that it has in torch, and how its input is given back to Keras."""

    name: str
    input: Tensor
    target: Tensor
    back: Callable[[Tensor], Tensor] = torch.Tensor.clone


def _heard(taps: Taps, plain: Callable[[Any, Any], Any], meant: _Meant, y_true: Any, y_pred: Any) -> Any:
    event = LossCall(name=meant.name, input=meant.input, target=meant.target)
    taps.send("loss_begin", event)
    if event.input is not meant.input:
        y_pred = meant.back(event.input).reshape(y_pred.shape)
    if event.target is not meant.target:
        y_true = event.target.to(y_true.dtype).reshape(y_true.shape)
    taps.in_loss = True
    try:
        if not event.replaced:
            event.output = _weighted(plain(y_true, y_pred), event)
    finally:
        taps.in_loss = False
    taps.send("loss_end", event)
    return event.output


def _weighted(losses: Any, event: LossCall) -> Any:
    """The losses of single samples by the weights that an experiment asks for, as torch's losses take them."""
    weight, rarity = event.options.get("weight"), event.options.get("pos_weight")
    if rarity is not None:
        weight = torch.where(event.target > 0.5, rarity, torch.ones_like(rarity))
    if weight is None:
        return losses
    if event.name in ("cross_entropy", "nll_loss"):  # of classes, by their numbers or as one-hot rows
        rows = event.target if not event.target.is_floating_point() else event.target.argmax(-1)
        weight = weight[rows] / weight[rows].mean()
    return losses * weight.reshape(*losses.shape, -1).mean(-1)


def _as_torch_has_it(name: str, options: dict[str, Any], y_true: Tensor, y_pred: Tensor) -> _Meant | None:
    """What torch calls a loss of Keras; None where it has none that is the same."""
    logits, classes = bool(options.get("from_logits")), y_pred.shape[-1:]
    fits = y_true.numel() == y_pred.numel()
    same = y_true.reshape(y_pred.shape) if fits else y_true  # as Keras has it
    if name in _PLAIN:
        return _Meant(_PLAIN[name], y_pred, same)
    if name == "binary_crossentropy":
        torchs = "binary_cross_entropy_with_logits" if logits else "binary_cross_entropy"
        return _Meant(torchs, y_pred, same)
    if name not in _CLASSES or options.get("axis", -1) != -1 or y_pred.ndim < 2:
        return None
    sparse = name.startswith("sparse")
    if not sparse and not fits:
        return None  # Keras says itself what is wrong
    target = y_true.reshape(-1).long() if sparse else y_true.reshape(-1, *classes)
    rows = y_pred.reshape(-1, *classes)
    if logits:
        return _Meant("cross_entropy", rows, target)
    if not sparse:
        return None  # torch's loss of logarithms of probabilities takes no shares
    return _Meant("nll_loss", rows.clamp(min=_LEAST).log(), target, torch.exp)
