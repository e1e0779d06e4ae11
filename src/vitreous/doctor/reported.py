"""The figures that a program prints, as series, and the shares of right answers counted beside them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from vitreous.doctor import counting, differences, evaluated, literals, source
from vitreous.doctor.counting import NUMBER
from vitreous.doctor.evaluated import Group, Point
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_RANGE = 20  # times the last digit printed
_LOSS = re.compile(r"(?<![a-z])(loss|mse|rmse|nll|bce|ce|entropy|cost)(?![a-z])")
_ROOT = re.compile(r"(?<![a-z])(rmse|root)(?![a-z])")


@dataclass
class Series:
    """One number of a line that is printed again and again.

    Attributes:
        steps: The steps done as each was printed.
        values: The numbers.
        grain: What the last digit shown is worth.
        name: The text between it and the number before it in its line.
        number: Its place among the numbers of its line, from 0.
    """

    place: Place | None
    steps: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    grain: float = 1.0
    name: str = ""
    number: int = 0

    @property
    def counts(self) -> bool:
        """Whether it goes on with the steps themselves, as the number of the epoch does: what is summed does, too."""
        apart = np.maximum(1, np.diff(np.asarray(self.steps, dtype=np.float64)))
        rise = np.diff(self.values) / apart
        return bool(np.ptp(rise) <= 2 * self.grain / float(apart.max()))


@dataclass
class Counted:
    """Right answers of evaluations from the same lines, by step: how many, of how many, and in the last batch."""

    group: Group
    steps: list[int]
    right: np.ndarray
    total: np.ndarray
    last: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The share of right answers at each step."""
        return np.asarray(self.right / self.total)


def series(evidence: Evidence, least: int = 2) -> list[Series]:
    """Every number of every line printed at least so often, told apart by its line and by its place in it.

    Numbers of epochs and steps are none: whole, and always the same one further.
    """
    found: dict[tuple[object, ...], Series] = {}
    for line in evidence.printed:
        text, behind = " ".join(line.text.split()), 0
        for number, match in enumerate(NUMBER.finditer(text)):
            shown, name, behind = match[0], text[behind : match.start()], match.end()
            one = Series(line.place, name=name, number=number)
            known = found.setdefault((line.place, NUMBER.sub("#", text), number), one)
            decimals = len(shown.partition(".")[2].partition("e")[0])
            known.grain = min(known.grain, 10.0**-decimals)
            known.steps.append(line.step)
            known.values.append(float(shown))
    return [one for one in found.values() if len(one.values) >= least and not _is_clock(one)]


def _is_clock(one: Series) -> bool:
    """Whether a series counts steps: what is measured does not grow by exactly as much each time."""
    apart = np.diff(one.values)
    return one.grain == 1.0 and len(apart) > 0 and bool((apart == apart[0]).all()) and apart[0] != 0


def validation(evidence: Evidence) -> list[Point]:
    """The loss on held-out data by step, as it was measured; of one written by hand, as it was printed.

    A loss that torch does not compute, or not in evaluation, is not known from its calls, and only the script says what
    it is of. A number that one function computes together with another of its line is a loss as that one is; and the
    root of a mean square is squared where that is what is trained, so that both are measured alike.
    """
    measured = evaluated.validation(evidence)
    if measured or any(not row.trained for row in evidence.losses):
        return measured
    named = series(evidence)

    def says(one: Series, what: re.Pattern[str]) -> bool:
        return any(what.search(evaluated.plain(like.name)) is not None for like in [one, *_alike(one, named)])

    found = [one for one in named if evaluated.says_held_out(evaluated.plain(one.name)) and says(one, _LOSS)]
    best = max(found, key=lambda one: len(one.values), default=None)
    if best is None:
        return []
    power = 2 if says(best, _ROOT) and differences.variance_left(evidence) is not None else 1
    return [Point(step, loss**power) for step, loss in zip(best.steps, best.values, strict=True)]


def _alike(one: Series, others: list[Series]) -> list[Series]:
    """The other numbers of its line that the same function of the script computes."""
    made = _computed_by(one)
    return [
        other
        for other in others
        if other is not one and other.place == one.place and made and _computed_by(other) == made
    ]


def _computed_by(one: Series) -> str:
    """The function whose result is shown as a number of a printed line; empty where the source does not say."""
    value = counting.printed(one.place, one.number)
    if isinstance(value, ast.Name) and one.place is not None:
        value = literals.held(one.place.file, value)
    name = value.func.id if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else ""
    if (
        one.place is None
        or not isinstance(value, ast.Call)
        or not any(
            node.name == name and not _gives_several(node)
            for node in source.nodes(one.place.file, ast.FunctionDef)
            if isinstance(node, ast.FunctionDef)
        )
    ):
        return ""  # what torch or Python computes, as float(...), says nothing of what it is
    given = [*value.args, *(keyword.value for keyword in value.keywords)]
    return " ".join([name, *(ast.unparse(one) for one in given if isinstance(one, ast.Constant))])


def _gives_several(function: ast.FunctionDef) -> bool:
    """Whether a function returns a tuple, so that a number that it computes may be this or that."""
    return any(
        isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) for node in ast.walk(function)
    )


def held_out(evidence: Evidence, fits: Callable[[str], bool]) -> Series | None:
    """The longest series whose name speaks of held-out data, and fits otherwise."""
    named = ((one, evaluated.plain(one.name)) for one in series(evidence))
    found = [one for one, name in named if evaluated.says_held_out(name) and fits(name)]
    return max(found, key=lambda one: len(one.values), default=None)


def counted(evidence: Evidence, places: set[Place]) -> list[Counted]:
    """The right answers of each group of evaluations.

    From the predictions and targets that its loss was given; where no loss is computed, from what the script itself
    compares at one of these lines.
    """
    answers = _answers(evidence)
    compared: dict[int, tuple[int, int]] = {}
    for row in evidence.comparisons:
        if row.place in places and row.call not in answers:
            before = compared.get(row.call, (0, 0))
            compared[row.call] = (before[0] + row.right, before[1] + row.total)
    found = []
    for group in evaluated.groups(evidence):
        by_step: dict[int, list[tuple[int, int] | None]] = {}
        for batch in group.batches:
            pair = answers.get(batch.call) or compared.get(batch.call)
            whole = pair is not None and pair[1] == batch.samples
            by_step.setdefault(batch.step, []).append(pair if whole else None)
        known = {step: [p for p in pairs if p] for step, pairs in by_step.items() if all(pairs)}
        if known:
            both = [np.array([sum(p[i] for p in pairs) for pairs in known.values()], float) for i in (0, 1)]
            last = np.array([pairs[-1][0] for pairs in known.values()], float)
            found.append(Counted(group, list(known), both[0], both[1], last))
    return found


def _answers(evidence: Evidence) -> dict[int, tuple[int, int]]:
    """By call of a model in evaluation, the right answers and all, where a loss was given both sides."""
    arrays = evidence.arrays
    names = ("evaluation.predictions", "evaluation.targets", "evaluation.calls")
    if any(name not in arrays for name in names):
        return {}
    said, meant, calls = (arrays[name] for name in names)
    hits = _hits(evidence, said, meant) if len(said) == len(meant) == len(calls) else None
    if hits is None:
        return {}
    every, index, counts = np.unique(calls, return_inverse=True, return_counts=True)
    right = np.bincount(index, weights=hits)
    return {int(c): (int(r), int(n)) for c, r, n in zip(every, right, counts, strict=True)}


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


def factor(shown: Series, steps: list[int], amounts: np.ndarray) -> float | None:
    """The one factor by which an amount has to be multiplied to give what is printed after each evaluation.

    Args:
        shown: What is printed.
        steps: Of the evaluations.
        amounts: One a step.

    Returns:
        None where there is no such factor, or too little changes to tell: at least three different values that
        run through twenty times what the last digit printed is worth.
    """
    at = dict(zip(steps, amounts.tolist(), strict=True))
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
