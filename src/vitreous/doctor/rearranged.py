"""Whether samples of two parts are the same but for the order of an axis: channels, columns, or one read backwards."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np

_FEW_CHANNELS, _MOST_COLUMNS, _MOST_PIXELS = 4, 256, 4096
_LEAST_ROWS = 40
_APART = 4.0  # times what halves of training differ by
_CURED = 0.25  # the share of the difference that may stay
_LEVELS = np.linspace(0.02, 0.98, 25)


class Order(NamedTuple):
    """Another order of the numbers along an axis of a batch.

    Attributes:
        axis: From 1; 0 is that of the samples.
        taken: For each place on the axis, where its numbers are taken from.
        what: In words.
    """

    axis: int
    taken: list[int]
    what: str


def rearranged(trained: np.ndarray, held_out: np.ndarray) -> tuple[Order, float] | None:
    """The order that makes held-out samples as those of training, and by how many times they differ as they are.

    Where and how much samples vary is compared: the mean and the spread of each pixel, the quantiles of each column.

    Args:
        trained: Samples of training, [samples, …].
        held_out: Held-out samples, of the same shape.
    """
    few = min(len(trained), len(held_out))
    if few < _LEAST_ROWS or trained.ndim not in (2, 3, 4):
        return None
    halves = np.random.default_rng(0).permutation(len(trained))[: 2 * (few // 2)].reshape(2, -1)
    one, other = (_profile(trained[half]) for half in halves)
    target, given = _profile(trained), _profile(held_out)
    size = float(np.std(target))
    chance = max(_distance(one, other), 1e-4 * size)
    apart = _distance(target, given)
    if not np.isfinite(apart) or apart < _APART * chance:
        return None
    enough = max(_CURED * apart, 2 * chance)
    for orders in (_usual(target), _orders(target, given)):  # the best of many thousands fits a little better
        tried = [(_distance(target, np.take(given, order.taken, order.axis)), order) for order in orders]
        left, order = min(tried, key=lambda pair: pair[0], default=(apart, None))
        if order is not None and left <= enough:
            return order, apart / chance
    return None


def _profile(rows: np.ndarray) -> np.ndarray:
    """What samples are like at each place: [figures, …], the axes of a sample as they are."""
    rows = rows.astype(np.float64)
    table = rows.ndim == 2
    return np.asarray(np.quantile(rows, _LEVELS, axis=0) if table else [rows.mean(0), rows.std(0)])


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def _usual(target: np.ndarray) -> Iterator[Order]:
    """What is often done to columns: all read backwards, or those of a flattened square picture turned or mirrored."""
    if target.ndim != 2 or not 2 <= target.shape[1] <= _MOST_PIXELS:
        return
    columns = np.arange(target.shape[1])
    yield Order(1, columns[::-1].tolist(), "columns the other way round")
    side = math.isqrt(len(columns))
    if side > _FEW_CHANNELS and side * side == len(columns):
        square = columns.reshape(side, side)
        yield Order(1, square.T.ravel().tolist(), "height and width exchanged")
        yield Order(1, square[:, ::-1].ravel().tolist(), "an axis the other way round")
        yield Order(1, square[::-1].ravel().tolist(), "an axis the other way round")


def _orders(target: np.ndarray, given: np.ndarray) -> Iterator[Order]:
    """What may have been done to the axes of a sample."""
    if target.ndim == 2:
        if 2 <= target.shape[1] <= _MOST_COLUMNS:
            yield Order(1, _matched(target, given), "columns in another order")
        return
    for axis in range(1, target.ndim):
        count = target.shape[axis]
        if 2 <= count <= _FEW_CHANNELS:
            for order in permutations(range(count)):
                if order != tuple(range(count)):
                    yield Order(axis, list(order), "channels in another order")
        elif count > _FEW_CHANNELS:
            yield Order(axis, list(range(count))[::-1], "an axis the other way round")


def _matched(target: np.ndarray, given: np.ndarray) -> list[int]:
    """For each column of training the held-out column most like it, each taken once."""
    from scipy.optimize import linear_sum_assignment

    cost = ((target[:, :, None] - given[:, None, :]) ** 2).mean(0)
    return [int(i) for i in linear_sum_assignment(cost)[1]]


def in_order(batch: Any, axis: int, taken: list[int]) -> Any:
    """A batch in that order, as a tensor on its device."""
    import torch

    return batch.index_select(axis, torch.tensor(taken, device=batch.device))
