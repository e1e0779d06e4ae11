"""The recorded answers of evaluations beside the truth, and whether the model's output can be read as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vitreous.doctor import evaluated
from vitreous.record.evidence import Evidence


@dataclass(frozen=True)
class Part:
    """The answers of one evaluation, by batch.

    Attributes:
        said: What the model put out, [samples, ...], a batch each.
        meant: The truth.
    """

    said: list[np.ndarray]
    meant: list[np.ndarray]

    @property
    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Answers and truth of the whole evaluation."""
        return np.concatenate(self.said), np.concatenate(self.meant)


Measure = Callable[[np.ndarray, np.ndarray], float]


def kind(evidence: Evidence) -> str:
    """The one loss that is trained, if it is given what the model puts out as it is: so an output can be read."""
    sites = evidence.trained_sites()
    names = {site.name for site in sites}
    direct = all(site.direct >= site.trained > 0 for site in sites)
    return names.pop() if len(names) == 1 and direct else ""


def evaluations(evidence: Evidence) -> list[dict[int, Part]]:
    """By group of evaluations, the answers at each step; only where every batch of it was kept."""
    arrays = evidence.arrays
    said, meant, calls = (arrays.get(f"judged.{name}") for name in ("said", "meant", "calls"))
    if said is None or meant is None or calls is None:
        return []
    starts = dict(zip(*np.unique(calls, return_index=True), strict=True))
    rows = dict(zip(*np.unique(calls, return_counts=True), strict=True))
    found = []
    for group in evaluated.groups(evidence):
        steps: dict[int, list[evaluated.Batch]] = {}
        for batch in group.batches:
            steps.setdefault(batch.step, []).append(batch)
        whole = {}
        for step, batches in steps.items():
            if all(rows.get(batch.call) == batch.samples for batch in batches):
                at = [slice(starts[b.call], starts[b.call] + b.samples) for b in batches]
                whole[step] = Part([said[one] for one in at], [meant[one] for one in at])
        if whole:
            found.append(whole)
    return found
