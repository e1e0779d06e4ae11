"""What the numbers of pictures and signals say of the order of their axes."""

from __future__ import annotations

import numpy as np

from vitreous.record.evidence import Evidence

_MOST_PICTURES, _LEAST_PICTURES = 200, 8
_MOST_CLASSES = 20
_SIDE = 6  # places along a side, at least
_JUMP = 1.5  # times the usual difference of neighbours


def explained(evidence: Evidence) -> tuple[float, float] | None:
    """How much of the pictures the target maps explain, place by place: as they are, and with their sides exchanged.

    Returns:
        Shares of the variance of the channel that is explained best; None where targets are no maps as large as the
        pictures, or the sides differ.
    """
    inputs, targets = evidence.arrays.get("train.inputs"), evidence.arrays.get("train.targets")
    if inputs is None or targets is None or inputs.ndim != 4 or len(inputs) != len(targets):
        return None
    high, wide = inputs.shape[2:]
    maps = targets.reshape(len(targets), -1)
    if high != wide or high < _SIDE or len(inputs) < _LEAST_PICTURES or maps.shape[1] != high * wide:
        return None
    pictures = inputs[:_MOST_PICTURES].astype(np.float64)
    wanted = maps[: len(pictures)].astype(np.float64).reshape(len(pictures), high, wide)
    as_it_is, exchanged = (_share(some, wanted) for some in (pictures, pictures.swapaxes(2, 3)))
    return as_it_is, exchanged


def _share(pictures: np.ndarray, maps: np.ndarray) -> float:
    """The most that the map explains of any channel: by means of its classes, else by a straight line."""
    flat = maps.reshape(-1)
    classes, which = np.unique(flat, return_inverse=True)
    found = 0.0
    for channel in pictures.swapaxes(0, 1):
        values = channel.reshape(-1) - channel.mean()
        spread = float((values**2).sum())
        if spread <= 0 or len(classes) < 2:
            continue
        if len(classes) <= _MOST_CLASSES:
            sums, counts = np.bincount(which, values), np.bincount(which)
            found = max(found, float((sums**2 / counts).sum()) / spread)
        else:
            found = max(found, float(np.corrcoef(values, flat)[0, 1] ** 2))
    return found


def goes_on(rows: np.ndarray, length: int) -> bool:
    """Whether a row is one series cut into pieces, and not several channels, each so long, one behind the other.

    Where a channel ends and the next begins there is a jump; a series goes on as everywhere.
    """
    steps = np.abs(np.diff(rows.reshape(len(rows), -1), axis=1))
    ends = np.arange(length - 1, steps.shape[1], length)
    return bool(len(ends) and steps[:, ends].mean() < _JUMP * np.delete(steps, ends, axis=1).mean())


def roughness(rows: np.ndarray, axes: tuple[int, ...]) -> float:
    """How much neighbours along axes differ, as a share of how much any two values of their channel do."""
    spread = rows.var(axis=(0, *axes), keepdims=True)
    usual = 2 * float(spread.mean())
    found = [float((np.diff(rows, axis=axis) ** 2).mean()) for axis in axes]
    return sum(found) / len(found) / usual if usual > 0 else 1.0
