"""Held-out samples that are trained ones in another scale: each part was normalised by figures of its own."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from vitreous.doctor import evaluated, named
from vitreous.doctor.evaluated import Group
from vitreous.record.evidence import Evidence

_EXACT = 1e-4  # of a column's spread: numbers of 32 bits that went through another mean and spread agree far better
_LEAST_MATCHES = 10  # two fix a scale and a shift, the others agree with them
_LEAST_SHARE = 0.05
_WHOLE = 0.9  # of what is trained: it is measured as such
_DIRECTIONS = 4  # rows along a curve, as the powers of one number, lie close to others by nature
_VARIANCE = 0.99
_SCALE, _SHIFT = 1.25, 0.25  # more, and they are no two random parts of one table
_MOST_TRAINED, _MOST_HELD_OUT, _MOST_COLUMNS = 4000, 1000, 64
_TRIED = 20  # rows, two at a time
_ROUGHLY = 1e-3  # of a column's spread: what two rows alone say of the others


def shared(evidence: Evidence, group: Group) -> tuple[int, int]:
    """How many of the samples of an evaluation are trained ones but for one scale and one shift of each column.

    Only those count that the network had been trained with when it was evaluated; another fold has another network.

    Returns:
        How many, and of how many; (0, n) where that says nothing.
    """
    arrays = evidence.arrays
    held_out, calls, steps = (arrays.get(f"evaluation.{name}") for name in ("inputs", "calls", "steps"))
    trained, given = arrays.get("train.inputs"), arrays.get("train.calls")
    if held_out is None or trained is None or calls is None or steps is None or given is None:
        return 0, 0
    own = np.isin(calls, [batch.call for batch in group.batches])
    if not own.any() or held_out.shape[1:] != trained.shape[1:] or held_out.dtype.kind != "f":
        return 0, 0
    last = int(steps[own].max())
    batch = next(batch for batch in group.batches if batch.step == last)
    known = np.isin(given, arrays["train.print_calls"][named.learned(evidence, batch)])
    rows = _different(held_out[own & (steps == last)], _MOST_HELD_OUT)
    learned = _different(trained[known], _MOST_TRAINED)
    found = _matches(learned, rows)
    return (found if found < _WHOLE * len(learned) else 0), len(rows)


def _different(rows: np.ndarray, most: int) -> np.ndarray:
    """The first different rows, each once, as numbers of 64 bits side by side."""
    flat = np.ascontiguousarray(rows.reshape(len(rows), math.prod(rows.shape[1:])))
    first: dict[bytes, int] = {}
    for number, row in enumerate(flat):
        if len(first) >= most:
            break
        first.setdefault(row.tobytes(), number)
    return flat[np.array(list(first.values()), np.int64)].astype(np.float64)


def _matches(trained: np.ndarray, held_out: np.ndarray) -> int:
    """How many rows of one table are rows of the other, each column in a scale of its own."""
    if min(len(trained), len(held_out)) < 2 * _LEAST_MATCHES:
        return 0
    spread = np.minimum(trained.std(0), held_out.std(0))
    columns = np.flatnonzero(
        np.isfinite(spread) & (spread > 0.01 * max(float(spread.max(initial=0.0)), 1e-12))
    )
    columns = columns[np.linspace(0, len(columns) - 1, min(len(columns), _MOST_COLUMNS)).astype(int)]
    if len(columns) < _DIRECTIONS:
        return 0
    trained, held_out = trained[:, columns], held_out[:, columns]
    centre, unit = trained.mean(0), trained.std(0)
    trained, held_out = (trained - centre) / unit, (held_out - centre) / unit
    if _directions(trained) < _DIRECTIONS or _twins(trained) > evaluated.NATURAL:
        return 0
    found = _agree(*_paired(trained, (held_out - held_out.mean(0)) / held_out.std(0)), held_out)
    return found if found >= max(_LEAST_MATCHES, _LEAST_SHARE * len(held_out)) else 0


def _paired(trained: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each row the trained one that is nearest, and its distance as a share of that of the second nearest."""
    apart = np.maximum((trained**2).sum(1) - 2 * rows @ trained.T + (rows**2).sum(1)[:, None], 0.0)
    first, second = np.partition(apart, 1, axis=1)[:, :2].T
    return trained[apart.argmin(1)], np.sqrt(first / np.maximum(second, 1e-12))


def _agree(pairs: np.ndarray, nearness: np.ndarray, held_out: np.ndarray) -> int:
    """How many rows are their partners in a scale and a shift that they all have in common, column by column.

    Any two of the rows with the likeliest partners fix both; those that most others agree with are taken.
    """
    likely = np.argsort(nearness)[:_TRIED]
    best = np.zeros(0, np.int64)
    for one, other in combinations(likely.tolist(), 2):
        run = pairs[one] - pairs[other]
        run[np.abs(run) < 1e-6] = np.inf  # a column in which the two are alike says nothing
        scale = (held_out[one] - held_out[other]) / run
        apart = np.abs((pairs - pairs[one]) * scale + held_out[one] - held_out)
        fitting = np.flatnonzero(np.median(apart, 1) < _ROUGHLY)
        best = fitting if len(fitting) > len(best) else best
    if len(best) < _LEAST_MATCHES:
        return 0
    given, wanted = pairs[best], held_out[best]
    middle, goal = given.mean(0), wanted.mean(0)
    scale = ((given - middle) * (wanted - goal)).sum(0) / np.maximum(((given - middle) ** 2).sum(0), 1e-12)
    shift = goal - scale * middle
    alike = 1 / _SCALE < np.median(scale) < _SCALE and np.median(np.abs(shift)) < _SHIFT
    return int((np.abs(pairs * scale + shift - held_out).max(1) < _EXACT).sum()) if alike else 0


def _directions(rows: np.ndarray) -> int:
    """Along how many directions rows vary, all but a hundredth of what they vary by."""
    variances = np.linalg.svd(rows[:_MOST_HELD_OUT] - rows.mean(0), compute_uv=False) ** 2
    return int((np.cumsum(variances) < _VARIANCE * variances.sum()).sum()) + 1


def _twins(rows: np.ndarray) -> float:
    """The share of trained rows that have another one as near as would count as the same."""
    some = rows[:_MOST_HELD_OUT]
    apart = (rows**2).sum(1) - 2 * some @ rows.T
    apart[np.arange(len(some)), np.arange(len(some))] = np.inf
    return float((np.abs(rows[apart.argmin(1)] - some).max(1) < _EXACT).mean())
