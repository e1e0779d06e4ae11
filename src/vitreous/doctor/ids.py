"""Whether ids mean the same in training and in evaluation: how often each occurs, and what was learnt of them."""

from __future__ import annotations

import numpy as np

from vitreous.doctor import evaluated, symptoms
from vitreous.doctor.fault import Row, round_to
from vitreous.record.evidence import Evidence

_LEAST_ROWS, _MOST_ID = 40, 1_000_000
_APART = 0.1  # of all ids would have to be others for the shares to agree
_TIMES = 4.0  # of what halves of the same part differ by
_LEARNT, _USELESS = 0.5, 0.75  # of the error of knowing nothing


def differ(evidence: Evidence) -> list[Row]:
    """The evidence that ids of held-out data are not those of training; empty where there is none."""
    trained, other = (_rows(evidence, part) for part in ("train", "evaluation"))
    if min(len(trained), len(other)) < _LEAST_ROWS:
        return []
    size = 1 + max(int(row.max()) for row in trained + other)
    if size > _MOST_ID or min(int(row.min()) for row in trained + other) < 0:
        return []
    # Halves of as many rows as the smaller part has: how far apart two shares are by chance hangs on their number.
    few = min(len(trained), len(other))
    chance = max(_distance(part[: few // 2], part[few // 2 : few], size) for part in (trained, other))
    apart = _distance(trained[:few], other[:few], size)
    if apart < max(_APART, _TIMES * chance / np.sqrt(2)):
        return []
    fit, error = symptoms.fit(evidence), held_out_error(evidence)
    if error is None or fit.kind == "loss" or not (fit.end < _LEARNT * fit.chance):
        return []
    if error < _USELESS * fit.chance:
        return []
    return [
        Row("ids that would have to be others for their shares to agree", round_to(100 * apart), "%"),
        Row("between two halves of the same part", round_to(100 * chance), "%"),
        Row("wrong answers in training", round_to(100 * fit.end), "%")
        if fit.kind == "classes"
        else Row("variance left in training", round_to(100 * fit.end), "%"),
        Row("in evaluation", round_to(100 * error), "%"),
    ]


def _rows(evidence: Evidence, part: str) -> list[np.ndarray]:
    """Rows of ids of a part, in an order that has nothing to do with that of the data."""
    values, lengths = (evidence.arrays.get(f"{part}.{name}") for name in ("ids", "id_lengths"))
    if values is None or lengths is None or len({s.model for s in evidence.sites if s.trained}) != 1:
        return []
    rows = np.split(values, np.cumsum(lengths)[:-1])
    order = np.random.default_rng(0).permutation(len(rows))
    return [rows[i] for i in order]


def _distance(one: list[np.ndarray], other: list[np.ndarray], size: int) -> float:
    """The total variation between two shares of ids: 0 the same, 1 nothing in common."""
    shares = [np.bincount(np.concatenate(part), minlength=size) for part in (one, other)]
    return float(np.abs(shares[0] / shares[0].sum() - shares[1] / shares[1].sum()).sum() / 2)


def held_out_error(evidence: Evidence) -> float | None:
    """The error in the last third of what is evaluated on samples that are not trained."""
    fresh = {batch.call for batch in evaluated.batches(evidence) if batch.seen < 0.5}
    errors = [
        row.error
        for row in evidence.losses
        if not row.trained and row.call in fresh and row.error is not None
    ]
    if not errors:
        rows = [row for row in evidence.comparisons if row.call in fresh and row.total]
        errors = [1 - row.right / row.total for row in rows]
    last = errors[-max(1, len(errors) // 3) :]
    return sum(last) / len(last) if last else None
