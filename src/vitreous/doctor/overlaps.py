"""How far two masks overlap, by all that the names IoU and Dice may stand for: to compute printed ones anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vitreous.doctor.judged import Measure, Part

_MASKS = {"binary_cross_entropy": 0.5, "binary_cross_entropy_with_logits": 0.0}
_MOST_CLASSES = 20


def chosen(evaluations: list[dict[int, Part]], kind: str) -> list[dict[int, Part]]:
    """The class answered and meant at each place of a picture, [samples, places]; none where a truth is no mask."""
    found = []
    for steps in evaluations:
        masks = {step: part for step, one in steps.items() if (part := _masks(one, kind)) is not None}
        if masks:
            found.append(masks)
    return found


def _masks(part: Part, kind: str) -> Part | None:
    if any(one.ndim != 4 for one in part.said):
        return None
    if kind in _MASKS and all(one.shape[1] == 1 for one in part.said):
        said = [one > _MASKS[kind] for one in part.said]
    elif kind in ("cross_entropy", "nll_loss"):
        said = [one.argmax(1) for one in part.said]
    else:
        return None
    flat = [one.reshape(len(one), -1).astype(int) for one in said]
    meant = [one.reshape(len(one), -1) for one in part.meant]
    if any(a.shape != b.shape or not (b == b.round()).all() for a, b in zip(flat, meant, strict=True)):
        return None
    return Part(flat, [one.astype(int) for one in meant])


def _counts(said: np.ndarray, meant: np.ndarray, axis: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(places in both, places in one of them, counted in both if in both) of each class from 0 on."""
    for number in range(min(_MOST_CLASSES, int(max(said.max(), meant.max())) + 1)):
        a, b = said == number, meant == number
        yield (a & b).sum(axis), a.sum(axis) + b.sum(axis)


def _readings(value: Callable[[np.ndarray, np.ndarray], Any], *, background: bool) -> list[Measure]:
    """Of all classes but the first, and with it where it counts; of all places together, or the mean over samples."""

    def measure(axis: int | None, first: int) -> Measure:
        def of(said: np.ndarray, meant: np.ndarray) -> float:
            found = []
            for both, sizes in _counts(said, meant, axis):
                with np.errstate(invalid="ignore", divide="ignore"):
                    found.append(float(np.mean(np.where(sizes > 0, value(both, sizes), 1.0))))
            masks = len(found) == 2 and not background  # the one class that is meant, and what is not it
            return float(np.mean(found[max(first, int(masks)) :] or found))

        return of

    return [measure(axis, first) for axis in (None, 1) for first in (1, 0)]


def _over_union(both: np.ndarray, sizes: np.ndarray) -> Any:
    return both / (sizes - both)


def _dice(both: np.ndarray, sizes: np.ndarray) -> Any:
    return 2 * both / sizes


NAMES: dict[str, tuple[re.Pattern[str], list[Measure]]] = {
    "the intersection over union": (
        re.compile(r"(?<![a-z])(?<!m )(io ?u|jaccard)(?![a-z])"),
        _readings(_over_union, background=False),
    ),
    "the mean intersection over union": (
        re.compile(r"(?<![a-z])m ?io ?u(?![a-z])"),
        _readings(_over_union, background=True),
    ),
    "the Dice coefficient": (re.compile(r"(?<![a-z])dice(?![a-z])"), _readings(_dice, background=False)),
}


def _agreement(said: np.ndarray, meant: np.ndarray) -> float:
    return float((said == meant).mean())


def mistaken_for(what: str) -> list[Measure]:
    """Other figures that are shown under this name: the overlap that has another one, and the share of places right."""
    dice = "the Dice coefficient"
    other = "the intersection over union" if what == dice else dice
    return [*NAMES[other][1], _agreement]


FIXES = {
    "the intersection over union": "the places in both masks over the places in one or the other",
    "the mean intersection over union": "places in both masks over those in either, the mean over classes",
    "the Dice coefficient": "twice the places in both masks over the sum of the places of each",
}
