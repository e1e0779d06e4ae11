"""Rows of ids (words, items) that a model was given: a sample of different ones, for how often each id occurs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

_MOST_ROWS, _MOST_LOOKED_AT, _MOST_IDS = 3000, 9000, 600_000
_LEAST_WIDTH = 3  # numbers in a row: fewer are columns of a table with meanings of their own
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


def without_padding(row: np.ndarray) -> np.ndarray:
    """A row without the runs of one id at its two ends."""
    changes = np.flatnonzero(np.diff(row))
    if not len(changes):
        return row[:1]
    start = changes[0] + 1 if changes[0] > 0 else 0
    end = changes[-1] + 1 if changes[-1] < len(row) - 2 else len(row)
    return np.asarray(row[start:end])
