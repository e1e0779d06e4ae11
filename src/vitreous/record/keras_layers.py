"""Layers of Keras on torch: they are torch's modules, and are called past torch's own `Module.__call__`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from vitreous.record.operations import is_stand_in
from vitreous.record.replaced import put
from vitreous.record.taps import Taps

Call = Callable[[Taps, Any, Any, Any, Any], Any]  # of a module's call, with its plain way
_LAYERS = "keras.src.layers.layer"


def wrap(heard: Call) -> None:
    """Makes calls of Keras's layers heard, once Keras is loaded.

    Args:
        heard: Runs a module's call between its two events.
    """
    layer = getattr(sys.modules.get(_LAYERS), "Layer", None)
    if layer is None or hasattr(layer.__call__, "heard_by_taps"):
        return
    plain = layer.__call__

    @functools.wraps(plain)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        taps = Taps.active
        if _running and _has_numbers(args):
            return _within(plain, self, args, kwargs)
        if taps is None or taps.inside or not _has_numbers(args):
            return plain(self, *args, **kwargs)
        return heard(taps, plain, self, args, kwargs)

    __call__.heard_by_taps = True  # type: ignore[attr-defined]
    put(layer, "__call__", __call__)


_running: list[list[Any]] = []


@contextmanager
def listed(modules: list[Any]) -> Iterator[None]:
    """While it lasts, the layers that run stand at the end of this list, the innermost last."""
    _running.append(modules)
    try:
        yield
    finally:
        _running.pop()


def _within(plain: Callable[..., Any], module: Any, args: Any, kwargs: Any) -> Any:
    _running[-1].append(module)
    try:
        return plain(module, *args, **kwargs)
    finally:
        _running[-1].pop()


def _has_numbers(args: tuple[Any, ...]) -> bool:
    """Whether a layer is given tensors: while a network is put together, it is given symbols and shapes."""
    first = args[0] if args else None
    while isinstance(first, (tuple, list)) and first:
        first = first[0]
    return isinstance(first, torch.Tensor) and not is_stand_in((first,))
