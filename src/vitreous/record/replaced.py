"""Attributes of PyTorch that are others for a while, and are put back as they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ABSENT = object()
_put_back: list[Callable[[], None]] = []  # a process has one PyTorch


def any_put() -> bool:
    """Whether something is replaced now."""
    return bool(_put_back)


def put(owner: Any, name: str, wrapper: Any) -> None:
    """Replaces an attribute until `remove`."""
    plain = vars(owner).get(name, _ABSENT)
    setattr(owner, name, wrapper)

    def back() -> None:
        if plain is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, plain)

    _put_back.append(back)


def on_removal(back: Callable[[], None]) -> None:
    """Something else that `remove` has to undo."""
    _put_back.append(back)


def remove() -> None:
    """Puts everything back as it was."""
    while _put_back:
        _put_back.pop()()
