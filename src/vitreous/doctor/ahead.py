"""Columns of a forecast's inputs that were computed from later steps, told by the numbers alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MOST_ROWS, _LEAST_STEPS = 4000, 200
_OCCURS = (
    0.7  # of the targets are found in a column of the inputs, so that it holds the series that is forecast
)
_VARIES = 0.9  # of the targets differ: equal numbers are then the same step
_BACK, _AHEAD = 40, 12  # steps that a filter may reach
_EXACT, _INEXACT = 1e-3, 2e-2  # of a column's spread is left when the future is known, and when it is not
_WEIGHT, _UNLIKE = 0.02, 0.05  # of the largest weight: less is none, and mirrored ones differ by less


@dataclass(frozen=True)
class Ahead:
    """Columns that are a filter of the series, centred so that it reaches the step to be forecast.

    Attributes:
        columns: Their numbers in a flattened row.
        steps: How many steps after the last known one the farthest of them reaches.
        taps: How many steps the filter takes in.
        left: The share of their spread that known steps leave open, and that is left once later ones are known.
    """

    columns: list[int]
    steps: int
    taps: int
    left: tuple[float, float]


def looking_ahead(inputs: np.ndarray, targets: np.ndarray) -> Ahead | None:
    """Finds columns that hold what is known only after the step that is forecast.

    The inputs must hold a window of a series and the target be its next step; rows may come in any order, as each
    is put behind the one whose target is its own last step.

    Args:
        inputs: Shape [rows, …], as trained with.
        targets: One number a row.
    """
    if inputs.dtype.kind != "f" or targets.dtype.kind != "f" or targets.size != len(targets):
        return None
    rows = inputs[:_MOST_ROWS].reshape(min(len(inputs), _MOST_ROWS), -1).astype(np.float64)
    goals = targets[: len(rows)].reshape(-1).astype(np.float64)
    finite = np.isfinite(rows).all() and np.isfinite(goals).all()
    rows, first = np.unique(rows, axis=0, return_index=True)
    goals = goals[first]
    if not finite or len(rows) < _LEAST_STEPS or len(np.unique(goals)) < _VARIES * len(goals):
        return None
    known = [c for c in range(rows.shape[1]) if np.isin(goals[:300], rows[:, c]).mean() >= _OCCURS]
    if len(known) < 2:
        return None
    order = _in_time(rows, goals, _latest(rows, goals, known))
    others = [
        c for c in range(rows.shape[1]) if c not in known and len(np.unique(rows[:, c])) > 0.5 * len(rows)
    ]
    if len(order) < _LEAST_STEPS or not others:
        return None
    return _filtered(goals[order], rows[order][:, others], others)


def _latest(rows: np.ndarray, goals: np.ndarray, known: list[int]) -> int:
    """The column of the last known step: where the target stands one row later, that shares most with this one."""
    shared = []
    for column in known:
        at = {value: row for row, value in enumerate(rows[:, column])}
        pairs = [(i, at[goal]) for i, goal in enumerate(goals[:60]) if goal in at]
        counts = [np.isin(rows[i, known], rows[j, known]).sum() for i, j in pairs]
        shared.append(float(np.mean(counts)) if counts else 0.0)
    return known[int(np.argmax(shared))]


def _in_time(rows: np.ndarray, goals: np.ndarray, latest: int) -> list[int]:
    """The longest run of rows each of which has the target of the one before as its last known step."""
    at = {value: row for row, value in enumerate(rows[:, latest])}
    following = {i: at[goal] for i, goal in enumerate(goals) if goal in at}
    best: list[int] = []
    for start in set(range(len(rows))) - set(following.values()):
        run, seen = [start], {start}
        while (after := following.get(run[-1])) is not None and after not in seen:
            run.append(after)
            seen.add(after)
        best = run if len(run) > len(best) else best
    return best


def _filtered(series: np.ndarray, columns: np.ndarray, numbers: list[int]) -> Ahead | None:
    """Which columns are exactly a mirrored filter of the series with weights on what is to be forecast.

    Args:
        series: The target of each step: what stands at 0 is not known yet.
        columns: Other inputs of the same steps, shape [steps, columns].
        numbers: Theirs in a flattened row.
    """
    back = min(_BACK, len(series) // 8)
    steps = np.arange(back, len(series) - _AHEAD)
    design = np.stack([series[steps + lag] for lag in range(-back, _AHEAD)] + [np.ones(len(steps))], axis=1)
    values = columns[steps] - columns[steps].mean(0)
    spread = values.std(0) + 1e-12
    weights, left = _fit(design, values)
    _, left_known = _fit(design[:, [*range(back), -1]], values)
    found, reach, taps = [], 0, 0
    for i, number in enumerate(numbers):
        if left[i] > _EXACT * spread[i] or left_known[i] < _INEXACT * spread[i]:
            continue
        used = np.flatnonzero(np.abs(weights[:-1, i]) > _WEIGHT * np.abs(weights[:-1, i]).max())
        kernel = weights[used[0] : used[-1] + 1, i]
        mirrored = np.abs(kernel - kernel[::-1]).max() < _UNLIKE * np.abs(kernel).max()
        if len(kernel) >= 3 and used[0] < back <= used[-1] and mirrored:
            found.append(number)
            reach, taps = max(reach, int(used[-1]) - back + 1), len(kernel)
            shares = (float(left_known[i] / spread[i]), float(left[i] / spread[i]))
    return Ahead(found, reach, taps, shares) if found else None


def _fit(design: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of least squares, and the spread that they leave."""
    weights = np.linalg.lstsq(design, values, rcond=None)[0]
    return weights, (values - design @ weights).std(0)
