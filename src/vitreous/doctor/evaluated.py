"""What data each evaluation was about: read once from the fingerprints, shared by faults, judged by none of them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from vitreous.doctor import source
from vitreous.record.evidence import Evidence
from vitreous.record.facts import PassSite
from vitreous.record.places import Place

HELD_OUT = re.compile(r"(?<![a-z])(val|valid|validation|test|dev|eval|held|holdout|unseen)(?![a-z])")
TRAINED = re.compile(r"(?<![a-z])(train|training|fit)(?![a-z])")
_JOINED = re.compile(
    r"\b([xy]?)(training|train|validation|valid|val|testing|test|dev|eval|holdout)"
    r"((?:data)?loader|(?:data)?set|data|d[ls]|iter|iterator|[xy]|images?|labels?|inputs?|targets?|acc|loss)?\b"
)
NATURAL = 0.01  # of early samples with a twin; more, and equal samples are no sign that they are the same one
_EARLY = 1000
_ROLLED_OUT = 5  # calls of one network in a step
_NEW = 0.9  # of what is evaluated at several steps occurs once: no set of data, but states that it was led to
_PICKING = frozenset(["__getitem__", "index_select", "masked_select", "narrow"])


@dataclass
class Batch:
    """One call of a model in evaluation.

    Attributes:
        trained: Of each sample, whether the model is trained with it, now or later; `seen` is their share.
    """

    call: int
    step: int
    caller: int
    loader: int
    model: int
    samples: int
    seen: float
    prints: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0, np.int64))
    trained: np.ndarray = field(repr=False, default_factory=lambda: np.zeros(0, bool))


@dataclass
class Group:
    """Evaluations from the same lines with the same loader: of trained, of untrained or of mixed samples."""

    stack: list[Place]
    loader: int
    batches: list[Batch]

    @property
    def prints(self) -> np.ndarray:
        """Its different samples."""
        return np.unique(np.concatenate([batch.prints for batch in self.batches]))

    @property
    def known(self) -> np.ndarray:
        """Its different samples that the model is trained with, now or later."""
        return np.unique(np.concatenate([batch.prints[batch.trained] for batch in self.batches]))

    @property
    def seen(self) -> float:
        """The share of all its samples that the model is trained with."""
        total = sum(batch.samples for batch in self.batches)
        return sum(batch.seen * batch.samples for batch in self.batches) / max(1, total)


def batches(evidence: Evidence) -> list[Batch]:
    """Every call of a model in evaluation, in order."""
    arrays = evidence.arrays
    if "evaluation.prints" not in arrays or "train.prints" not in arrays:
        return []
    prints, calls = arrays["evaluation.prints"], arrays["evaluation.print_calls"]
    seen = _trained_with(evidence)
    starts = np.flatnonzero(np.r_[True, np.diff(calls) != 0])
    found: list[Batch] = []
    for start, end in zip(starts, np.r_[starts[1:], len(prints)], strict=True):
        step, caller, loader, model = (
            int(arrays[f"evaluation.print_{n}"][start]) for n in ("steps", "callers", "loaders", "models")
        )
        own = seen[start:end]
        before = found[-1] if found else None
        # a library that draws one batch ahead gives the last when its loader has ended
        if loader < 0 and before is not None and (before.step, before.caller) == (step, caller):
            loader = before.loader
        found.append(
            Batch(
                int(calls[start]), step, caller, loader, model,
                int(end - start), float(own.mean()), prints[start:end], own,
            )
        )  # fmt: skip
    return found


def _trained_with(evidence: Evidence) -> np.ndarray:
    """Of each evaluated sample, whether it is trained by the same model; of a model that never is, by any.

    The network of one fold is held against what it was trained with, and not against what the others were; a copy
    with averaged weights knows what its original does.
    """
    prints, models = (evidence.arrays[f"evaluation.print{name}"] for name in ("s", "_models"))
    seen = np.zeros(len(prints), bool)
    for model in np.unique(models):
        own = models == model
        seen[own] = np.isin(prints[own], evidence.arrays["train.prints"][training_of(evidence, model)])
    return seen


def training_of(evidence: Evidence, model: int) -> np.ndarray:
    """Which of the trained samples a model is trained with; all of them where it never is itself."""
    own: np.ndarray = evidence.arrays["train.print_models"] == model
    return own if own.any() else np.ones(len(own), bool)


def groups(evidence: Evidence) -> list[Group]:
    """The evaluations, by where they are called from and what they are about."""
    found: dict[tuple[object, ...], Group] = {}
    for batch in batches(evidence):
        kind = 2 if batch.seen > 0.98 else 0 if batch.seen < 0.02 else 1
        stack = _stack(evidence, batch.caller)
        place = evidence.loaders[batch.loader].place if batch.loader >= 0 else None
        known = found.setdefault((tuple(stack), place, kind), Group(stack, batch.loader, []))
        known.batches.append(batch)
    return list(found.values())


def on_held_out(evidence: Evidence, site: PassSite) -> bool:
    """Whether calls from a line that no backward pass follows are about samples that are never trained.

    A loop over the phases "train" and "val" calls its model for both from one line.
    """
    here = [b for b in batches(evidence) if site.place in _stack(evidence, b.caller)[:1]]
    return bool(here) and sum(b.seen * b.samples for b in here) < 0.1 * sum(b.samples for b in here)


def only_evaluates(evidence: Evidence, file: str, node: ast.stmt) -> bool:
    """Whether no call of a model from within a statement, however far in, was ever trained."""
    last = node.end_lineno or node.lineno
    around = (
        place for site in evidence.sites if site.trained for place in [site.place, *site.stack] if place
    )
    return not any(place.file == file and node.lineno <= place.line <= last for place in around)


def _stack(evidence: Evidence, caller: int) -> list[Place]:
    return evidence.callers[caller] if 0 <= caller < len(evidence.callers) else []


@dataclass(frozen=True)
class Point:
    """A figure of evaluation on samples that are not trained: the loss after so many steps."""

    step: int
    loss: float


def validation(evidence: Evidence) -> list[Point]:
    """The loss on held-out data by step, from the line that measures it most often; empty where none is computed."""
    trained = {batch.call for batch in batches(evidence) if batch.seen > 0.5}
    callers = {batch.call: batch.caller for batch in batches(evidence)}
    series: dict[tuple[int, int], dict[int, list[float]]] = {}
    for row in evidence.losses:
        if row.trained or row.call in trained or (row.call >= 0 and row.call not in callers):
            continue
        by_step = series.setdefault((row.site, callers.get(row.call, -1)), {})
        by_step.setdefault(row.step, []).append(row.value)
    best = max(series.values(), key=len, default={})
    return [Point(step, sum(values) / len(values)) for step, values in sorted(best.items())]


def names(evidence: Evidence, group: Group) -> list[str]:
    """What the script calls these figures: names of the loader and of what is computed from the evaluation."""
    found = []
    if group.loader >= 0:
        found += source.targets(evidence.loaders[group.loader].place)
    for place in group.stack:
        found += source.targets(place)
        found += [function.name for function in source.functions(place)[-1:]]
    return [plain(name) for name in found]


def plain(name: str) -> str:
    """A name in lower case, its parts apart: valLoss and val_loss are "val loss", xtest and testloader as well."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|_|\d+", " ", name).lower()
    return " ".join(_JOINED.sub(r"\1 \2 \3", apart).split())


def says_held_out(text: str) -> bool:
    """Whether a text speaks of validation or test data."""
    return HELD_OUT.search(text) is not None


def continuous(evidence: Evidence, part: str = "evaluation") -> bool:
    """Whether inputs are of so many values that equal samples are the same sample, and no coincidence."""
    inputs = evidence.arrays.get(f"{part}.inputs")
    if inputs is None or not len(inputs):
        return False
    rows = inputs[:4000].reshape(min(len(inputs), 4000), -1)
    width = rows.shape[1]
    if rows.dtype.kind == "f":
        return bool(len(np.unique(rows[:, : min(width, 64)])) > 0.05 * rows[:, :64].size or width >= 30)
    return width >= 20 and twins(evidence) <= NATURAL


def rows_are_samples(evidence: Evidence) -> bool:
    """Whether training compares a target with every row that goes in.

    Where it takes some of the rows only, as the training nodes of a graph, the others are held out although they
    go in too, and that the inputs are the same in training and evaluation says nothing. Nor does it where there are
    targets of something else, as of the edges between nodes. Which rows are taken is seen in the operations behind the
    loss, so that it need be no loss of torch.nn.functional.
    """
    rows = {
        site.inputs[0].shape[0]
        for site in evidence.sites
        if site.trained and site.inputs and site.inputs[0].shape
    }
    targets = [s.target.shape[0] for s in evidence.trained_sites() if s.target is not None and s.target.shape]
    if _compares(evidence) or _picks_rows(evidence, rows):
        return False
    if not rows or not targets:
        return True
    return max(targets) >= max(rows) and any(count % size == 0 for count in targets for size in rows if size)


def _picks_rows(evidence: Evidence, rows: set[int]) -> bool:
    """Whether training's loss is made from some of the rows that come out, as `out[seen]`.

    Parts that make up the whole again, as the two views of each sample, leave no row out.
    """
    for trace in evidence.training_traces[:3]:
        taken: dict[int, dict[tuple[int, ...], int]] = {}  # of one result: each choice of rows, and how many
        for op in trace.behind(trace.root):
            whole = next(iter(trace.inputs(op)), None) if op.name in _PICKING else None
            if whole is None or whole.output is None or op.output is None or not trace.learns(whole):
                continue
            before, after = whole.output.shape, op.output.shape
            if before[:1] and before[0] in rows and after[1:] == before[1:] and len(after) == len(before):
                choice = tuple(op.inputs[1:]) or (op.number,)  # an index that is used twice is one choice
                taken.setdefault(whole.number, {})[choice] = after[0]
        wholes = ((trace.op(number), sum(parts.values())) for number, parts in taken.items())
        if any(whole and whole.output and count < whole.output.shape[0] for whole, count in wholes):
            return True
    return False


def _compares(evidence: Evidence) -> bool:
    """Whether the model is called several times a step, on rows that come back as chance has it: things in pairs."""
    names = ("print_calls", "print_steps", "prints")
    calls, steps, prints = (evidence.arrays.get(f"train.{name}") for name in names)
    if calls is None or steps is None or prints is None or not len(prints):
        return False
    times = np.unique(prints, return_counts=True)[1]
    uneven = float(np.mean(np.abs(times - np.median(times)) > 1)) > 0.3
    return len(np.unique(calls)) >= 2 * len(np.unique(steps)) and uneven


def goes_on(evidence: Evidence) -> bool:
    """Whether a network is called again and again before one backward pass: mostly on what it has answered before."""
    if _goes_on_in_evaluation(evidence):
        return True
    calls, steps = (evidence.arrays.get(f"train.print_{name}", np.zeros(0)) for name in ("calls", "steps"))
    passes = float(np.median([step.backwards for step in evidence.steps] or [1]))
    return len(np.unique(calls)) >= _ROLLED_OUT * max(1, len(np.unique(steps))) * max(1, passes)


def _goes_on_in_evaluation(evidence: Evidence) -> bool:
    """The same of evaluation: one line calls it many times in a step, and never again on the same, as data would be."""
    found = batches(evidence)
    often = Counter((batch.caller, batch.step) for batch in found if batch.loader < 0)
    rolled = {caller for (caller, _), count in often.items() if count >= _ROLLED_OUT}
    own = [batch for batch in found if batch.caller in rolled]
    if len({batch.step for batch in own}) < 2 or len({batch.samples for batch in own}) != 1:
        return False
    prints = np.concatenate([batch.prints for batch in own])
    return len(np.unique(prints)) > _NEW * len(prints)


def twins(evidence: Evidence) -> float:
    """The share of early training samples that equal another one: duplicates that the data have by nature.

    Only calls before the first that mostly repeats earlier ones, where another epoch has begun.
    """
    prints, calls = (evidence.arrays.get(f"train.{name}") for name in ("prints", "print_calls"))
    if prints is None or calls is None or not len(prints):
        return 0.0
    known: set[int] = set()
    total = 0
    for part in np.split(prints, np.flatnonzero(np.diff(calls)) + 1):
        again = sum(int(p) in known for p in part)
        if total >= _EARLY or (known and again > 0.5 * len(part)):
            break
        known.update(part.tolist())
        total += len(part)
    return 1 - len(known) / max(1, total)
