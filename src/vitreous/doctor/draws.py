"""Lets torch, NumPy and random shuffle as an experiment says; only ever in a process that runs one experiment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def replace_draws(order: Callable[[int], np.ndarray | None]) -> None:
    """Lets torch, NumPy and random shuffle by `order`, where it gives one."""
    import random

    import torch

    def in_place(plain: Callable[..., Any]) -> Callable[..., Any]:
        def shuffle(values: Any, *args: Any, **kwargs: Any) -> Any:
            wanted = order(len(values))
            if wanted is None:
                return plain(values, *args, **kwargs)
            copy = [values[i] for i in wanted] if isinstance(values, list) else values[wanted].copy()
            values[:] = copy
            return None

        return shuffle

    def drawn(plain: Callable[..., Any], make: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
        def permutation(count: Any, *args: Any, **kwargs: Any) -> Any:
            wanted = order(count if isinstance(count, int) else len(count))
            if wanted is None:
                return plain(count, *args, **kwargs)
            return make(wanted) if isinstance(count, int) else count[wanted]

        return permutation

    class Generator(np.random.Generator):
        """Draws as NumPy's does, but where `order` says otherwise."""

    Generator.shuffle = _method(np.random.Generator.shuffle, order, True)  # type: ignore[method-assign]
    Generator.permutation = _method(np.random.Generator.permutation, order, False)  # type: ignore[method-assign]

    def default_rng(seed: Any = None) -> Any:
        return seed if isinstance(seed, np.random.Generator) else Generator(np.random.PCG64(seed))

    np.random.default_rng = default_rng
    np.random.shuffle = in_place(np.random.shuffle)
    np.random.permutation = drawn(np.random.permutation, lambda wanted: wanted)
    random.shuffle = in_place(random.shuffle)
    torch.randperm = drawn(torch.randperm, torch.from_numpy)


def _method(plain: Any, order: Callable[[int], np.ndarray | None], in_place: bool) -> Any:
    def call(self: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = order(int(values) if isinstance(values, (int, np.integer)) else len(values))
        if wanted is None:
            return plain(self, values, *args, **kwargs)
        if not in_place:
            return wanted if isinstance(values, (int, np.integer)) else np.asarray(values)[wanted]
        values[:] = [values[i] for i in wanted] if isinstance(values, list) else values[wanted].copy()
        return None

    return call
