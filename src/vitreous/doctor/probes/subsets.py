"""Do the parts that two loaders draw from take the same rows, although what makes a sample of a row differs?"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.utils.data import Subset

_MOST_LOADERS, _LOOKED = 12, 20


def probe(session: Any) -> list[dict[str, Any]]:
    """Each two loaders whose parts, cut by row numbers from the same data, have rows in common."""
    loaders = session.schedules.drawn()[:_MOST_LOADERS]
    parts = {number: part for number, loader in loaders if (part := _rows(loader)) is not None}
    found = []
    for one, (whole, rows) in parts.items():
        for other, (other_whole, other_rows) in parts.items():
            shared = set(rows) & set(other_rows)
            if one != other and shared and _are_the_same(whole, other_whole, sorted(shared)):
                found.append(
                    {"loader": one, "other": other, "shared": len(shared), "of": len(set(other_rows))}
                )
    return found


def _rows(loader: Any) -> tuple[Any, list[int]] | None:
    """The data behind all subsets, and the rows of it that a loader draws from; None where it draws from all."""
    dataset, rows = getattr(loader, "dataset", None), None
    while isinstance(dataset, Subset):
        indices = [int(i) for i in dataset.indices]
        rows = indices if rows is None else [indices[i] for i in rows]
        dataset = dataset.dataset
    return (dataset, rows) if rows is not None else None


def _are_the_same(one: Any, other: Any, rows: list[int]) -> bool:
    """Whether two sets hold the same: one set, or two of one class and size with the same targets at these rows."""
    if one is other:
        return True
    if type(one) is not type(other) or len(one) != len(other):
        return False
    try:
        targets = [(_target(one[row]), _target(other[row])) for row in rows[:_LOOKED]]
    except Exception:
        return False
    return len({target for target, _ in targets}) > 1 and all(a is not None and a == b for a, b in targets)


def _target(sample: Any) -> float | None:
    """What stands behind the inputs of a sample, where it is one number."""
    last = sample[-1] if isinstance(sample, (tuple, list)) and len(sample) > 1 else None
    if isinstance(last, Tensor):
        return float(last) if last.numel() == 1 else None
    return float(last) if isinstance(last, (int, float)) else None
