"""What a script calls the data that it evaluates: the line that makes trained samples pass for held-out ones."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

import numpy as np

from vitreous.doctor import evaluated, source
from vitreous.doctor.evaluated import Batch, Group
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_HELD_OUT_DATA = re.compile(r"(^| )(x ?)?(val|valid|validation|va|test|te|dev|eval|held ?out|holdout)( |$)")
_PARTS = re.compile(r"random_split|Subset\(")

_SEEN = 0.98
_MOSTLY = 0.5  # of what is evaluated is trained: less, and the figure is that of held-out data in the main
_WHOLE = 0.9  # of the training set
_LEAST_SAMPLES = 30
_MOST_HOPS = 6
_MOST_LOOKS = 50  # evaluations, the last first


def is_whole(evidence: Evidence, group: Group) -> bool:
    """Whether all that is evaluated is among the training samples, which the data do not repeat, of one network."""
    return group.seen >= _SEEN and _tells(evidence, group)


def everything(evidence: Evidence) -> Iterator[Group]:
    """Evaluations of all the training samples and held-out ones among them, each of which is judged by its answer.

    Where they come from a loader, its batches may be of one kind or the other; without one, a line that is given each
    kind by itself measures two parts.
    """
    trained = np.unique(evidence.arrays.get("train.prints", np.zeros(0, np.int64)))
    joined: dict[tuple[object, ...], list[Group]] = {}
    for group in evaluated.groups(evidence):
        joined.setdefault((*group.stack, group.loader), []).append(group)
    for kinds in joined.values():
        group = Group(kinds[0].stack, kinds[0].loader, [batch for kind in kinds for batch in kind.batches])
        mixed = _MOSTLY <= group.seen < _SEEN and (group.loader >= 0 or len(kinds) == 1)
        if not mixed or not _tells(evidence, group) or not _judges_all(evidence, group):
            continue
        if np.isin(trained, group.prints).mean() >= _WHOLE:
            yield group


def _judges_all(evidence: Evidence, group: Group) -> bool:
    """Whether a loss or a comparison takes every row: a program may give its model all, and look at some of them."""
    calls, targets = (evidence.arrays.get(f"evaluation.{name}", np.zeros(0)) for name in ("calls", "targets"))
    judged = (
        set(calls.tolist()) if len(calls) == len(targets) else set()
    )  # else some have a target, and some none
    whole = {(row.call, row.total) for row in evidence.comparisons if not row.left_out}
    first = min(batch.step for batch in group.batches)
    return all(
        batch.call in judged or (batch.call, batch.samples) in whole
        for batch in group.batches
        if batch.step == first
    )


def _tells(evidence: Evidence, group: Group) -> bool:
    """Whether equal samples are the same one, enough of them are there, and one network alone could know them."""
    one = len({site.model for site in evidence.sites if site.trained}) == 1
    enough = len(group.prints) >= _LEAST_SAMPLES
    return one and enough and evaluated.twins(evidence) <= evaluated.NATURAL


def is_known(evidence: Evidence, group: Group) -> bool:
    """Whether a group was trained when it was evaluated: neither afterwards, nor by the network of another fold.

    Of samples that are never trained, it says nothing.
    """
    prints = evidence.arrays["train.prints"]
    for step in sorted({batch.step for batch in group.batches})[::-1][:_MOST_LOOKS]:
        here = [batch for batch in group.batches if batch.step == step]
        known = prints[learned(evidence, here[0])]
        given = np.concatenate([batch.prints for batch in here])
        given = given[np.isin(given, prints)]
        if len(given) and np.isin(given, known).mean() >= _SEEN:
            return True
    return False


def learned(evidence: Evidence, batch: Batch) -> np.ndarray:
    """Which of the trained samples the network of an evaluation had been trained with by then."""
    steps = evidence.arrays["train.print_steps"]
    since = (steps >= _begun(evidence, batch.step)) & (steps < batch.step)
    return np.asarray(since & evaluated.training_of(evidence, batch.model))


def _begun(evidence: Evidence, step: int) -> int:
    """The step since which the network of an evaluation is trained: another fold begins with new weights.

    These are another network with an optimizer of its own, or written over those of the same.
    """
    rewritten = max((s for s in evidence.rewritten or () if s < step), default=0)
    before = [row for row in evidence.steps if row.number < step]
    own = before[-1].optimizer if before else -1
    return max(rewritten, next((row.number for row in before if row.optimizer == own), 0))


def trained_held_out(evidence: Evidence, group: Group) -> Place | None:
    """The line that names a group held out although all of it was trained when it was evaluated; None if it is not."""
    whole = is_whole(evidence, group) and is_known(evidence, group)
    return misnamed(evidence, group) if whole else None


def misnamed(evidence: Evidence, group: Group) -> Place | None:
    """Where a name says that this is held-out data: the loader's, that of the figure, or that of what is given."""
    loader = evidence.loaders[group.loader].place if group.loader >= 0 else None
    if loader is not None and any(held_out(name) for name in source.targets(loader)):
        return _where_it_begins(loader)
    for place in group.stack:
        if ".fit(" in source.code(place) and _also_trains(evidence, place):
            return place  # a framework evaluates its validation set in the call that trains
        names = source.targets(place)
        if any(held_out(name) for name in names) and not any(trains(name) for name in names):
            return _where_it_begins(place)
        given = _given(place)
        if given and not any(trains(name) for name in names):
            return _followed(place.file, given[0]) or place
    return None


def held_out(name: str) -> bool:
    """Whether a name says validation or test; "eval" alone is what a function does."""
    plain = evaluated.plain(name)
    return evaluated.says_held_out(plain) and "eval" not in plain.split()


def held_out_data(names: Iterable[str]) -> bool:
    """Whether one of the names is one of held-out data, as x_te, testset or val_dl; short forms are understood."""
    return any(_HELD_OUT_DATA.search(evaluated.plain(name)) for name in names)


def trains(name: str) -> bool:
    """Whether a name says training."""
    return evaluated.TRAINED.search(evaluated.plain(name)) is not None


def _also_trains(evidence: Evidence, place: Place) -> bool:
    """Whether the model is called in training from the same line and none further in: not by the script itself."""
    return any(site.trained and site.stack[:1] == [place] for site in evidence.sites)


def _given(place: Place) -> list[ast.Name]:
    """The variables in a statement's calls that are called held out; none where others are called training."""
    node = source.statement(place)
    if node is None or isinstance(
        node, (ast.For, ast.While, ast.If, ast.With, ast.FunctionDef, ast.ClassDef)
    ):
        return []
    calls = [call for call in ast.walk(node) if isinstance(call, ast.Call)]
    names = [
        name
        for call in calls
        for argument in [*call.args, *(k.value for k in call.keywords)]
        for name in ast.walk(argument)
        if isinstance(name, ast.Name)
    ]
    return [] if any(trains(name.id) for name in names) else [name for name in names if held_out(name.id)]


def _where_it_begins(place: Place) -> Place:
    """The line behind a statement's held-out variables where the data first get such a name; else that line."""
    given = _given(place)
    return (_followed(place.file, given[0]) if given else None) or place


def _followed(file: str, name: ast.Name) -> Place | None:
    """Back through assignments for as long as they only pass on what is called held out already."""
    found: Place | None = None
    for _ in range(_MOST_HOPS):
        before = [
            node
            for node in source.nodes(file, ast.Assign)
            if name.id in source.targets(Place(file, node.lineno))
        ]
        if not before:
            return found
        made = min(before, key=lambda node: node.lineno)
        found = Place(file, made.lineno)
        names = [n for n in ast.walk(made.value) if isinstance(n, ast.Name) and held_out(n.id)]
        if not names or names[0].id == name.id or _takes_off(file, made.value, names[0].id):
            return found
        name = names[0]
    return found


def _takes_off(file: str, value: ast.expr, name: str) -> bool:
    """Whether the set that a Subset was cut from is read through it: `val_set.dataset` is not the held-out part."""
    read = any(
        isinstance(n, ast.Attribute) and n.attr == "dataset" and ast.unparse(n.value) == name
        for n in ast.walk(value)
    )
    made = (n for n in source.nodes(file, ast.Assign) if name in source.targets(Place(file, n.lineno)))
    return read and any(_PARTS.search(ast.unparse(n)) for n in made)
