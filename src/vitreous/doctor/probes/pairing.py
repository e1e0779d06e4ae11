"""Whether the targets of the training set belong to its inputs, or to those of another row."""

from __future__ import annotations

import time
from typing import Any

_MOST, _SECONDS = 4000, 1.5


def probe(session: Any) -> dict[str, Any]:
    """Reads the training set in its own order and tries other orders of the targets.

    Returns:
        ``rows``, ``as_it_is`` (how strongly inputs and targets belong together, see `association.strength`), ``best``
        (the other order that fits best) and ``strength`` (of that one), and ``loader``; empty where there is no such
        set.
    """
    from vitreous.doctor import association

    for number, loader in enumerate(session.schedules._loaders):
        if not session.schedules.loaders[number].batches:
            continue
        found = _read(getattr(loader, "dataset", None))
        if found is None:
            continue
        inputs, targets = found
        near = association.neighbours(inputs)
        if near is None:
            return {}
        plain = association.strength(near, targets)
        tried = {
            name: association.strength(near, targets[order])
            for name, order in association.orders(len(targets)).items()
        }
        best = max(tried, key=lambda name: tried[name])
        return {
            "rows": len(targets), "as_it_is": plain, "best": best, "strength": tried[best], "loader": number,
        }  # fmt: skip
    return {}


def _read(dataset: Any) -> tuple[Any, Any] | None:
    """All inputs and targets of a set, of the whole where it is a part; None if it cannot be read quickly."""
    import numpy as np
    import torch

    for _ in range(3):
        dataset = dataset.dataset if type(dataset).__name__ == "Subset" else dataset
    try:
        count = len(dataset)
    except (TypeError, NotImplementedError):
        return None
    if not 60 <= count <= _MOST:
        return None
    inputs, targets, began = [], [], time.monotonic()
    for number in range(count):
        item = dataset[number]
        if not isinstance(item, (tuple, list)) or len(item) != 2 or time.monotonic() - began > _SECONDS:
            return None
        inputs.append(torch.as_tensor(np.asarray(item[0])).float().reshape(-1))
        targets.append(torch.as_tensor(np.asarray(item[1])).float().reshape(-1))
    if len({len(row) for row in inputs}) != 1 or len({len(row) for row in targets}) != 1:
        return None
    return torch.stack(inputs).numpy(), torch.stack(targets).numpy()
