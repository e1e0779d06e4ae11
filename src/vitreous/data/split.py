"""Which rows train, which validate, which test: seeded, stratified, ordered or by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from vitreous.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from vitreous.training.recipe import DataRecipe

    Indices: TypeAlias = NDArray[np.int64]


def split_indices(
    n: int,
    recipe: DataRecipe,
    seed: int,
    *,
    labels: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> tuple[Indices, Indices, Indices]:
    """Row numbers of the three splits, each ascending; together every row exactly once.

    Args:
        n: Number of rows.
        recipe: Says how much is held out and whether the last rows are the test.
        seed: The same seed gives the same split.
        labels: [n] classes. Each split then has its share of every class; a class with fewer rows than
            there are splits stays in training, so that no split has a class that training never saw.
        groups: [n] whatever belongs together (a person, a document) and must not be torn apart.

    Returns:
        (train, validation, test), int64; validation and test are empty where the recipe asks for none.

    Raises:
        DataError: when there are too few rows for the splits that were asked for.
    """
    test, validation = split_sizes(n, recipe)
    if recipe.split == "ordered":
        order = np.arange(n, dtype=np.int64)
        return order[: n - test - validation], order[n - test - validation : n - test], order[n - test :]
    rng = np.random.default_rng(seed)
    if groups is not None:
        parts = _by_group(np.asarray(groups), (test, validation), rng)
    elif labels is not None:
        parts = _by_class(np.asarray(labels), (test, validation), rng)
    else:
        shuffled = rng.permutation(n)
        parts = [shuffled[test + validation :], shuffled[test : test + validation], shuffled[:test]]
    train, held_out, last = (np.sort(part).astype(np.int64) for part in parts)
    return train, held_out, last


def split_sizes(n: int, recipe: DataRecipe) -> tuple[int, int]:
    """Number of (test, validation) rows; a share above 0 is at least one row.

    Raises:
        DataError: when nothing would be left to train on.
    """
    test, validation = _count(n, recipe.test, "data.test"), _count(n, recipe.validation, "data.validation")
    if n - test - validation < 1:
        raise DataError(
            f"{n} {'row is' if n == 1 else 'rows are'} too few for {test} to test, {validation} to validate "
            "and at least one to train.",
            hint="Ask for less with data.test and data.validation, or give more rows.",
        )
    return test, validation


def _count(n: int, share: float, setting: str) -> int:
    if share < 1:
        return max(1, round(n * share)) if share > 0 else 0
    if share != int(share):
        raise DataError(f"{setting} = {share} is neither a share below 1 nor a whole number of rows.")
    return int(share)


def _by_class(labels: NDArray[np.generic], sizes: Sequence[int], rng: np.random.Generator) -> list[Indices]:
    """Takes each class's share for the test, then for validation; what is left trains."""
    _, codes = np.unique(labels, return_inverse=True)
    parts = 1 + sum(size > 0 for size in sizes)
    queues = [rng.permutation(np.flatnonzero(codes == code)) for code in range(codes.max(initial=-1) + 1)]
    lengths = np.array([len(queue) for queue in queues], dtype=np.int64)
    # What a class can give away: all but one row; nothing when it is too small for every split, unless
    # there are too few others.
    spare = np.where(lengths >= parts, lengths - 1, 0)
    spare = spare if spare.sum() >= sum(sizes) else lengths - 1
    if spare.sum() < sum(sizes):
        shuffled, (test, validation) = rng.permutation(len(labels)), sizes
        return [shuffled[test + validation :], shuffled[test : test + validation], shuffled[:test]]
    taken = []
    for size in sizes:
        quota = _shares(size, spare, np.array([len(queue) for queue in queues]))
        taken.append(np.concatenate([queue[:k] for queue, k in zip(queues, quota, strict=True)]))
        queues = [queue[k:] for queue, k in zip(queues, quota, strict=True)]
        spare = spare - quota
    return [np.concatenate(queues), taken[1], taken[0]]


def _shares(total: int, limits: NDArray[np.int64], weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers that add up to total, in proportion to weights (largest remainder), within limits."""
    ideal = total * weights / weights.sum()
    quota: NDArray[np.int64] = np.minimum(np.floor(ideal).astype(np.int64), limits)
    while (missing := total - quota.sum()) > 0:
        open_to_more = np.where(quota < limits, ideal - quota, -np.inf)
        best = np.argsort(-open_to_more, kind="stable")[:missing]
        quota[best[np.isfinite(open_to_more[best])]] += 1
    return quota


def _by_group(groups: NDArray[np.generic], sizes: Sequence[int], rng: np.random.Generator) -> list[Indices]:
    """Whole groups, in random order, to the test, then to validation, until each has its size."""
    names, codes, counts = np.unique(groups, return_inverse=True, return_counts=True)
    wanted = 1 + sum(size > 0 for size in sizes)
    if len(names) < wanted:
        raise DataError(
            f"{len(names)} groups cannot be split into {wanted} parts without tearing one apart.",
            hint="Set data.validation=0 or data.test=0, or give more groups.",
        )
    part_of = np.zeros(len(names), dtype=np.int64)
    order = list(rng.permutation(len(names)))
    for part, size in ((2, sizes[0]), (1, sizes[1])):
        rows, later = 0, 1 + (part == 2 and sizes[1] > 0)
        while rows < size and len(order) > later:
            group = order.pop()
            part_of[group] = part
            rows += int(counts[group])
    return [np.flatnonzero(part_of[codes] == part) for part in range(3)]
