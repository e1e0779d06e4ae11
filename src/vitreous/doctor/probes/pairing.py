"""Whether the targets of the training set belong to its inputs, or to those of another row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

_MOST, _SECONDS = 20_000, 1.5
_COMPARED = 700  # rows of inputs are enough; their targets may come from any row
_MOST_WIDE = 20_000


def probe(session: Any) -> dict[str, Any]:
    """Reads the training set in its own order and tries other orders of the targets.

    Returns:
        ``rows``, ``as_it_is`` (how strongly inputs and targets belong together, see `association.strength`), ``best``
        (the other order that fits best) and ``strength`` (of that one), and ``loader`` (-1 where batches are indexed
        by hand); empty where there is no such set.
    """
    from vitreous.doctor import association

    for number, found in _sets(session):
        inputs, targets = found
        near = association.neighbours(inputs)
        if near is None:
            return {}
        plain = association.strength(near, targets)
        tried = {
            name: association.strength(near, targets[order])
            for name, order in association.orders(len(targets)).items()
            if not association.read_off(inputs, targets[order])
        }
        best = max(tried, key=lambda name: tried[name])
        return {
            "rows": len(targets), "as_it_is": plain, "best": best, "strength": tried[best], "loader": number,
        }  # fmt: skip
    return {}


def _sets(session: Any) -> Iterator[tuple[int, tuple[Any, Any]]]:
    """The sets that a loader draws from, else the tensors that the script takes batches from by an index."""
    for number, loader in enumerate(session.schedules._loaders):
        found = _read(getattr(loader, "dataset", None)) if session.schedules.loaders[number].batches else None
        if found is not None:
            yield number, found
    found = _indexed(session)
    if found is not None:
        yield -1, found


_INDEXES = frozenset({"__getitem__", "index_select", "take", "narrow", "split", "chunk"})


def _indexed(session: Any) -> tuple[Any, Any] | None:
    """The whole tensors, inputs and targets, from which the batch of a recorded step was taken."""
    for trace in reversed(session.traces.traces):
        for loss in trace.losses if trace.root is not None else []:
            target = next((op for op in trace.inputs(loss) if not trace.learns(op)), None)
            targets = _whole(session, trace, target)
            first = next(
                (
                    op
                    for op in reversed(trace.behind(loss.number))
                    if op.name in _INDEXES and not trace.learns(op)
                ),
                None,
            )
            inputs = _whole(session, trace, first)
            if inputs is not None and targets is not None and inputs is not targets:
                same = len(inputs) == len(targets) and 60 <= len(inputs) <= _MOST
                if same and inputs.dtype.is_floating_point and inputs[0].numel() <= _MOST_WIDE:
                    some = (inputs[:_COMPARED], targets)
                    rows = [t.detach().cpu().float().reshape(len(t), -1).numpy() for t in some]
                    return rows[0], rows[1]
    return None


def _whole(session: Any, trace: Any, op: Any) -> Any:
    """The tensor that a batch was indexed from, if it is still there."""
    indexed = False
    while op is not None and op.kind == "op" and op.inputs:
        indexed |= op.name in _INDEXES
        op = trace.op(op.inputs[0])
    return session.traces._tensor(op.number) if indexed and op is not None and op.kind == "data" else None


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
        pair = [np.asarray(part) for part in item]
        if any(part.dtype.kind not in "biuf" for part in pair):
            return None  # texts, which a collating function makes numbers of
        if number < _COMPARED:
            inputs.append(torch.as_tensor(pair[0]).float().reshape(-1))
        targets.append(torch.as_tensor(pair[1]).float().reshape(-1))
    if len({len(row) for row in inputs}) != 1 or len({len(row) for row in targets}) != 1:
        return None
    return torch.stack(inputs).numpy(), torch.stack(targets).numpy()
