"""The figures that a program prints, as series, and the shares of right answers counted beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from vitreous.doctor import evaluated
from vitreous.doctor.evaluated import Group
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_RANGE = 20  # times the last digit printed
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


@dataclass
class Series:
    """One number of a line that is printed again and again.

    Attributes:
        steps: The steps done as each was printed.
        values: The numbers.
        grain: What the last digit shown is worth.
    """

    place: Place | None
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    grain: float = 1.0


@dataclass
class Counted:
    """Right answers of evaluations from the same lines, by step: how many, and of how many."""

    group: Group
    steps: list[int]
    right: np.ndarray
    total: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The share of right answers at each step."""
        return np.asarray(self.right / self.total)


def series(evidence: Evidence) -> list[Series]:
    """Every number of every line printed at least twice, told apart by its line and by its place in it."""
    found: dict[tuple[object, ...], Series] = {}
    for line in evidence.printed:
        text = " ".join(line.text.split())
        for number, match in enumerate(_NUMBER.finditer(text)):
            shown = match[0]
            known = found.setdefault((line.place, _NUMBER.sub("#", text), number), Series(line.place))
            decimals = len(shown.partition(".")[2].partition("e")[0])
            known.grain = min(known.grain, 10.0**-decimals)
            known.steps.append(line.step)
            known.values.append(float(shown))
    return [one for one in found.values() if len(one.values) > 1]


def counted(evidence: Evidence) -> list[Counted]:
    """The right answers of each group of evaluations, from the predictions and targets that its loss was given."""
    arrays = evidence.arrays
    names = ("evaluation.predictions", "evaluation.targets", "evaluation.calls")
    if any(name not in arrays for name in names):
        return []
    said, meant, calls = (arrays[name] for name in names)
    if not len(said) == len(meant) == len(calls):
        return []
    hits = _hits(evidence, said, meant)
    if hits is None:
        return []
    rows = {int(call): hits[calls == call] for call in np.unique(calls)}
    found = []
    for group in evaluated.groups(evidence):
        right: dict[int, int] = {}
        total: dict[int, int] = {}
        for batch in group.batches:
            kept = rows.get(batch.call)
            if (
                kept is None or len(kept) != batch.samples
            ):  # no loss was computed there, or room was at its end
                right[batch.step] = -(10**9)
                continue
            right[batch.step] = right.get(batch.step, 0) + int(kept.sum())
            total[batch.step] = total.get(batch.step, 0) + len(kept)
        steps = [step for step in right if right[step] >= 0]
        if steps:
            both = [np.array([part[s] for s in steps], dtype=np.float64) for part in (right, total)]
            found.append(Counted(group, steps, *both))
    return found


def _hits(evidence: Evidence, said: np.ndarray, meant: np.ndarray) -> np.ndarray | None:
    """For each row whether its answer is right; None where rows are no answers to a choice of classes."""
    names = {site.name for site in evidence.trained_sites()}
    rows = len(said)
    if said.ndim == 2 and said.shape[1] > 1 and names <= {"cross_entropy", "nll_loss"}:
        truth = meant.argmax(1) if meant.shape == said.shape else meant.reshape(rows, -1)
        if truth.ndim == 2 and truth.shape[1] != 1:
            return None
        return np.asarray(said.argmax(1) == truth.reshape(rows))
    binary = {"binary_cross_entropy_with_logits": 0.0, "binary_cross_entropy": 0.5}
    if len(names) == 1 and names <= set(binary) and said.size == meant.size == rows:
        cut = binary[next(iter(names))]
        return np.asarray((said.reshape(rows) > cut) == (meant.reshape(rows) > 0.5))
    return None


def factor(shown: Series, known: Counted, amounts: np.ndarray) -> float | None:
    """The one factor by which an amount has to be multiplied to give what is printed after each evaluation.

    Args:
        shown: What is printed.
        known: Evaluations.
        amounts: One a step of `known`.

    Returns:
        None where there is no such factor, or too little changes to tell: at least three different values that
        run through twenty times what the last digit printed is worth.
    """
    at = dict(zip(known.steps, amounts.tolist(), strict=True))
    pairs = [(v, at[s]) for s, v in zip(shown.steps, shown.values, strict=True) if s in at]
    values = np.array([v for v, _ in pairs])
    given = np.array([a for _, a in pairs])
    if len(pairs) < 3 or len(pairs) < 0.8 * len(shown.values) or not (given**2).sum():
        return None
    if len(np.unique(values)) < 3 or np.ptp(values) < _RANGE * shown.grain:
        return None
    best = float((values * given).sum() / (given**2).sum())
    fits = np.abs(values - best * given) <= 0.6 * shown.grain + 1e-6 * np.abs(values)
    return best if best > 0 and fits.all() else None
