"""Rows of ids (words, items) that a model was given: a sample of different ones, for how often each id occurs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

_MOST_ROWS, _MOST_LOOKED_AT, _MOST_IDS = 3000, 9000, 600_000
_LEAST_WIDTH = 3  # numbers in a row: fewer are columns of a table with meanings of their own
_BAG = 64
_INTEGERS = (torch.int32, torch.int64)


class IdRows:
    """Different rows of whole numbers by part, without the padding at their ends, which hangs on the batch."""

    def __init__(self) -> None:
        self._rows: dict[str, list[np.ndarray]] = {"train": [], "evaluation": []}
        self._known: dict[str, set[bytes]] = {"train": set(), "evaluation": set()}
        self._looked = {"train": 0, "evaluation": 0}
        self._ids = {"train": 0, "evaluation": 0}

    def add(self, part: str, inputs: Tensor) -> None:
        """Keeps rows that were not seen before; what is trained is no held-out row."""
        if inputs.dtype not in _INTEGERS or inputs.ndim != 2 or inputs.shape[1] < _LEAST_WIDTH:
            return
        rows, known = self._rows[part], self._known[part]
        if self._looked[part] >= _MOST_LOOKED_AT or len(rows) >= _MOST_ROWS or self._ids[part] >= _MOST_IDS:
            return
        self._looked[part] += len(inputs)
        for row in inputs.cpu().numpy():
            plain = without_padding(row)
            key = plain.tobytes()
            if key in known or (part == "evaluation" and key in self._known["train"]) or not len(plain):
                continue
            known.add(key)
            rows.append(plain)
            self._ids[part] += len(plain)

    def found(self) -> dict[str, np.ndarray]:
        """``….ids``, all rows one after the other, and ``….id_lengths``."""
        found = {}
        for part, rows in self._rows.items():
            if rows:
                found[f"{part}.ids"] = np.concatenate(rows)
                found[f"{part}.id_lengths"] = np.array([len(row) for row in rows])
        return found


def as_rows(model: Any, given: list[Tensor]) -> Tensor | None:
    """A batch of bags as padded rows, [bags, ids]; None where a model is given none.

    Bags are what `torch.nn.EmbeddingBag` takes: all ids one after another, and where each bag begins.
    """
    if len(given) < 2 or any(t.ndim != 1 or t.dtype not in _INTEGERS for t in given[:2]):
        return None
    ids, starts = given[0], given[1]
    if len(starts) > len(ids) or not any(isinstance(m, torch.nn.EmbeddingBag) for m in model.modules()):
        return None
    begins = starts.tolist()
    if begins != sorted(begins) or begins[0] != 0 or begins[-1] > len(ids):
        return None
    rows = torch.tensor_split(ids.detach(), begins[1:])
    width = (
        -(-max(len(row) for row in rows) // _BAG) * _BAG
    )  # the same for most batches: padding tells rows apart
    padded = ids.new_zeros(len(rows), max(width, _BAG))
    for place, row in zip(padded, rows, strict=True):
        place[: len(row)] = row
    return padded


def without_padding(row: np.ndarray) -> np.ndarray:
    """A row without the runs of one id at its two ends."""
    changes = np.flatnonzero(np.diff(row))
    if not len(changes):
        return row[:1]
    start = changes[0] + 1 if changes[0] > 0 else 0
    end = changes[-1] + 1 if changes[-1] < len(row) - 2 else len(row)
    return np.asarray(row[start:end])
