"""Whether inputs say anything about targets at all: by neighbours, without a network."""

from __future__ import annotations

import numpy as np

_MOST_ROWS, _MOST_COLUMNS, _NEIGHBOURS = 700, 512, 5
_MOST_COPIES = 10
_WINDOWS, _MOSTLY = 200, 0.95  # rows looked at; a sequence has ends, and may be made of several


def neighbours(inputs: np.ndarray) -> np.ndarray | None:
    """For each row the numbers of the rows most like it, itself and its duplicates left out.

    Args:
        inputs: Rows of any shape; columns are standardized, and of many columns an even part is used.

    Returns:
        Shape [rows, 5]; None for fewer than 60 rows or inputs that do not vary.
    """
    rows = np.asarray(inputs[:_MOST_ROWS], dtype=np.float64).reshape(min(len(inputs), _MOST_ROWS), -1)
    if len(rows) < 60 or not np.isfinite(rows).all():
        return None
    rows = rows[:, :: max(1, rows.shape[1] // _MOST_COLUMNS)]
    spread = rows.std(0)
    rows = (rows[:, spread > 0] - rows.mean(0)[spread > 0]) / spread[spread > 0]
    if not rows.shape[1]:
        return None
    squares = (rows**2).sum(1)
    distance = squares[:, None] + squares[None, :] - 2 * rows @ rows.T
    distance[distance < 1e-6 * max(1.0, float(squares.mean()))] = np.inf
    np.fill_diagonal(distance, np.inf)
    return np.argpartition(distance, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]


def strength(near: np.ndarray, targets: np.ndarray) -> float:
    """By how many standard deviations neighbours agree more in their targets than strangers do.

    Args:
        near: From `neighbours`.
        targets: One a row: class numbers, or numbers.

    Returns:
        About 0 (within 2 or 3) where inputs say nothing of the targets; 0 where targets do not vary.
    """
    values = np.asarray(targets[: len(near)], dtype=np.float64).reshape(len(near), -1)
    values = (
        values.argmax(1) if values.shape[1] > 1 and set(np.unique(values)) <= {0.0, 1.0} else values[:, 0]
    )
    if len(np.unique(values)) < 2:
        return 0.0
    agree = _agreement(values)
    random = np.random.default_rng(0)
    strangers = []
    for _ in range(40):
        mixed = random.permutation(len(values))
        strangers.append(agree(near, values[mixed]))
    spread = float(np.std(strangers))
    return (agree(near, values) - float(np.mean(strangers))) / spread if spread > 0 else 0.0


def _agreement(values: np.ndarray):  # type: ignore[no-untyped-def]
    if len(np.unique(values)) <= 50:
        return lambda near, v: float((v[near] == v[:, None]).mean())
    return lambda near, v: -float(np.abs(v[near] - v[:, None]).mean())


def read_off(inputs: np.ndarray, targets: np.ndarray) -> bool:
    """Whether inputs hold these targets themselves, as rows that are windows of one sequence, each a step on, do.

    What is to be told from one window is then part of the next, and fits it in any case: that is no pairing.

    Args:
        inputs: Shape [rows, columns].
        targets: Shape [rows or more, 1]: numbers, or the class of one-hot columns.
    """
    (count, wide), some, targets = inputs.shape, inputs[:_WINDOWS], targets[: len(inputs)]
    if targets.shape[1] != 1:
        return False
    for step in range(1, min(wide, _MOST_COLUMNS)):
        if (some[1:, :-step] == some[:-1, step:]).all(1).mean() < _MOSTLY:
            continue
        held = [inputs] if wide % step else [inputs, inputs.reshape(count, -1, step).argmax(2)]
        return any((columns == targets).mean(0).max() >= _MOSTLY for columns in held)
    return wide == 1 and bool((inputs == targets).mean() >= _MOSTLY)


def orders(count: int) -> dict[str, np.ndarray]:
    """Mistakes that pair the target of another row with each input: by name, the row each target was taken from."""
    rows = np.arange(count)
    as_text = np.array(sorted(range(count), key=str))
    back = np.empty_like(as_text)
    back[as_text] = rows
    found = {
        "one row later": (rows + 1) % count,
        "one row earlier": (rows - 1) % count,
        "two rows later": (rows + 2) % count,
        "two rows earlier": (rows - 2) % count,
        "in reverse order": rows[::-1].copy(),
        "where numbers are sorted as text": as_text,
        "where text is sorted as numbers": back,
    }
    for times in range(2, _MOST_COPIES + 1):
        if count % times == 0:  # rows were multiplied: one side as a whole, the other row by row
            found[f"all {times} times over, not each {times} times in a row"] = (
                rows % (count // times)
            ) * times
            found[f"each {times} times in a row, not all {times} times over"] = rows // times
    return found
