"""Labels are not paired with their inputs: one side was shuffled or sorted without the other, or is a row off.

What it sees:
    Inputs say nothing about their targets (rows that are alike agree in their targets no more often than strangers do),
    and there is a reason: another order of the targets fits well (a row later or earlier, reversed, numbers sorted
    as text, each several times in a row where all come several times over), or lines that shuffle inputs and targets
    apart. Or held-out inputs say much of their targets, and the network is still no better than chance there. Or the
    same input comes with another target each time. Or the targets of a language model are two steps ahead of its
    input: moved once by the script, and once more by the model or the loss.

Why learning fails:
    There is nothing to learn but noise. Training loss stays at chance, or falls by rote alone.

Example:
    np.random.shuffle(X)
    np.random.shuffle(y)

Fix:
    Shuffle with one permutation: `order = np.random.permutation(len(X)); X, y = X[order], y[order]`. Pair by name, not
    by position, what comes from two places.

Certainty:
    Certain where another order of the targets fits: the agreement of neighbours is then above six standard
    deviations, against less than three as it is. Certain, too, where at least three tenths of the repeated inputs
    change their target, in a set of a hundred or more that is gone through in epochs. Lines that shuffle apart, or
    that move, cut or split one array alone, are proven by an experiment in which they do not; one that cuts an array to
    as many rows as a mask leaves of another, by the mask put in its place.

Look-alikes:
    A hard problem, or targets that are noise: neighbours disagree there as well, and no other order fits. Inputs in
    pairs or triplets, whose target belongs to the other one too, are not judged. Windows of one sequence: the target of
    each stands in the next one, and an order of which the inputs hold the targets themselves is no evidence.

References:
    Northcutt, Jiang, Chuang, Confident learning (2021); https://stackoverflow.com/questions/4601373
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import (
    association,
    draws,
    edits,
    evaluated,
    filtered,
    moved_twice,
    reading,
    slices,
    source,
    symptoms,
)
from vitreous.doctor.draws import TARGET, ShuffleAlike, shuffles
from vitreous.doctor.fault import Edit, Fault, Row, Suspicion, Trial, edited, round_to
from vitreous.doctor.paired import Along, Reorder, ReorderIndexed
from vitreous.record.dataflow import Op
from vitreous.record.events import Listener
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("data/labels-misaligned", "error", "data", "labels are not paired with their inputs")

_NOTHING, _FITS = 3.0, 6.0
_CONFLICTS = 0.3
_LEAST_EXAMPLES, _EVEN = 100, 0.9
_AT_CHANCE = 0.8
_MOST_MOVES = 4
_NOT_ALONE = "rows left where they are, or moved on both sides"
_OVER = r"\btile\(|(?<!\bnp)(?<!\bnumpy)\.repeat\(|concatenate|\bcat\(|\* len\("
_IN_A_ROW = r"\.repeat\(|repeat_interleave\(|for \w+ in \w+ for \w+ in range\("


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """By another order that fits, by targets that change, or by lines that shuffle apart."""
    found = (
        _another_order(evidence)
        or _changing(evidence)
        or _shuffled_apart(evidence)
        or _held_out_fits(evidence)
        or moved_twice.suspicion(evidence)
    )
    if found is not None:
        yield found
    else:
        yield from _moved_alone(evidence)


def _another_order(evidence: Evidence) -> Suspicion | None:
    answer = evidence.probes.get("pairing") or {}
    if not answer or answer["as_it_is"] >= _NOTHING or answer["strength"] < _FITS:
        return None
    place, trials = _pairing_place(evidence, answer["best"]), []
    loader = evidence.loaders[answer["loader"]].place if answer["loader"] >= 0 else None
    settings = {"name": answer["best"], "rows": answer["rows"]}
    taken = _indexing(evidence) if loader is None else None
    if loader is not None:
        trials = [Trial(f"targets taken {answer['best']}", {"kind": "order", **settings})]
    elif taken is not None and taken[0].place is not None:
        loader = taken[0].place
        settings |= {"file": loader.file, "line": loader.line, "name_of_op": taken[0].name, "shape": taken[1]}
        trials = [Trial(f"targets taken {answer['best']}", {"kind": "indexed", **settings})]
    return Suspicion(
        place or loader,
        0.95,
        [
            Row(
                "agreement of neighbours in their targets",
                round_to(answer["as_it_is"]),
                "standard deviations",
            ),
            Row(f"with targets taken {answer['best']}", round_to(answer["strength"]), "standard deviations"),
        ],
        "pair inputs and targets by name or by one common order, not by position in two different ones",
        certain=True,
        summary=f"each input has the target of another row: they fit {answer['best']}",
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.GAP],
        trials=trials,
    )


def _changing(evidence: Evidence) -> Suspicion | None:
    """Inputs that come again with another target."""
    arrays = evidence.arrays
    targets, prints = arrays.get("train.targets"), arrays.get("train.prints")
    if targets is None or prints is None or not evaluated.continuous(evidence, "train"):
        return None
    count = min(len(targets), len(prints))
    one_input = all(len(site.inputs) <= 1 for site in evidence.sites if site.trained)
    if not one_input or not np.array_equal(
        arrays["train.steps"][:count], arrays["train.print_steps"][:count]
    ):
        return None
    if _unsupervised(evidence) or not _epochs(
        arrays["train.print_calls"], arrays["train.print_steps"], prints
    ):
        return None
    values = targets[:count].reshape(count, -1).astype(np.float64)
    order = np.argsort(prints[:count], kind="stable")
    same = prints[order][1:] == prints[order][:-1]
    changed = (values[order][1:] != values[order][:-1]).any(1) & same
    if same.sum() < 30 or changed.sum() < _CONFLICTS * same.sum():
        return None
    place, trials = _drawn_apart(evidence)
    return Suspicion(
        place or _indexing_place(evidence),
        0.9,
        [Row("inputs that came again with another target", int(changed.sum()), f"of {int(same.sum())}")],
        "take inputs and targets of a batch with the same indices",
        certain=True,
        summary="the same input comes with another target each time",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=trials,
        metric="fit" if trials else "none",
    )


def _drawn_apart(evidence: Evidence) -> tuple[Place | None, list[Trial]]:
    """What draws another order for one side of each batch, or a second loader for the targets, and without it."""
    for draw, use in draws.in_loops(evidence.script):
        settings = {"kind": "shuffle", "file": evidence.script, "lines": [draw], "same": False}
        return Place(evidence.script, use), [Trial("that line does not shuffle", settings)]
    drawing = [loader for loader in evidence.loaders if loader.place and loader.shuffle and loader.passes]
    if len(drawing) == 2 and drawing[0].samples == drawing[1].samples:
        first, second = (loader.place for loader in drawing)
        lines = [place.line for place in (first, second) if place is not None]
        settings = {"kind": "along", "file": evidence.script, "lines": lines}
        return second, [Trial("both loaders draw the same rows", settings)]
    return None, []


def _epochs(calls: np.ndarray, steps: np.ndarray, prints: np.ndarray) -> bool:
    """Whether a set of examples is gone through again and again, one call a step: no rewards, pairs or episodes."""
    times = np.unique(prints, return_counts=True)[1]
    even = float(np.mean(np.abs(times - np.median(times)) <= 1))
    return len(np.unique(calls)) == len(np.unique(steps)) and len(times) >= _LEAST_EXAMPLES and even >= _EVEN


def _unsupervised(evidence: Evidence) -> bool:
    """Whether targets are drawn or computed anew at each step: noise to predict, a teacher, rewards."""
    for trace in evidence.training_traces:
        for loss in trace.losses:
            for given in trace.inputs(loss)[1:2]:
                behind = [op.name for op in trace.behind(given.number)]
                if any(name in _MADE for name in behind) or trace.learns(given):
                    return True
    return False


_MADE = frozenset(["randn", "rand", "randn_like", "rand_like", "randint", "bernoulli", "normal", "zeros", "ones", "full", "zeros_like", "ones_like", "full_like", "arange", "multinomial"])  # fmt: skip # noqa: E501


def _indexing_place(evidence: Evidence) -> Place | None:
    """The line that takes the target of a batch."""
    taken = _indexing(evidence)
    if taken is not None:
        return taken[0].place
    loaders = [loader.batch_place for loader in evidence.loaders if loader.batch_place]
    return loaders[0] if loaders else next((s.place for s in evidence.sites if s.trained), None)


def _indexing(evidence: Evidence) -> tuple[Op, list[int]] | None:
    """The operation that takes the target of a batch, and the shape of what it takes it from."""
    for trace in evidence.training_traces[1:]:
        for loss in trace.losses:
            given = [op for op in trace.inputs(loss) if not trace.learns(op)]
            op = given[0] if given else None
            while op is not None:
                source_op = trace.op(op.inputs[0]) if op.inputs else None
                if op.name in ("__getitem__", "index_select", "narrow", "split") and op.place is not None:
                    known = source_op.output.shape if source_op is not None and source_op.output else []
                    return op, known
                op = source_op
    return None


def _shuffled_apart(evidence: Evidence) -> Suspicion | None:
    """Two lines that shuffle inputs and targets, each by its own permutation, while inputs say nothing of targets."""
    lines = shuffles(evidence.script)
    agreement = _agreement(evidence) if lines else None
    if agreement is None or agreement >= _NOTHING:
        return None
    first, last = min(lines), max(lines)
    apart = len(lines) >= 2
    return Suspicion(
        Place(evidence.script, first),
        0.8 if apart else 0.4,
        [
            Row("agreement of neighbours in their targets", round_to(agreement), "standard deviations"),
            Row("lines that shuffle", f"{first} and {last}" if apart else first),
        ],
        "shuffle inputs and targets with one permutation: order = permutation(len(X)); X, y = X[order], y[order]",
        summary="inputs and targets are shuffled apart"
        if apart
        else "one side of the pairs is shuffled alone",
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.GAP],
        trials=[
            Trial(
                "one permutation for inputs and targets" if apart else "that line does not shuffle",
                {"kind": "shuffle", "file": evidence.script, "lines": lines, "same": apart},
            )
        ],
    )


def _agreement(evidence: Evidence) -> float | None:
    """How much more often neighbours among the first inputs agree in their targets than strangers do."""
    inputs, targets = evidence.arrays.get("train.inputs"), evidence.arrays.get("train.targets")
    if inputs is None or targets is None or not len(inputs):
        return None
    epoch = slice(0, max(60, min(len(inputs), len(targets), 700)))
    near = association.neighbours(inputs[epoch])
    return (
        association.strength(near, targets[epoch].reshape(len(targets[epoch]), -1))
        if near is not None
        else None
    )


def _moved_alone(evidence: Evidence) -> Iterator[Suspicion]:
    """Lines that move rows of one array only, while inputs say nothing of targets and nothing is learned."""
    if not symptoms.fit(evidence).poor:
        return
    agreement = _agreement(evidence)
    if agreement is None or agreement >= _NOTHING:
        return
    for moved in filtered.moved_alone(evidence.script)[:_MOST_MOVES]:
        yield Suspicion(
            Place(evidence.script, moved.line),
            0.45,
            [Row("agreement of neighbours in their targets", round_to(agreement), "standard deviations")],
            "move inputs and targets together, by one index",
            summary=moved.how,
            explains=[symptoms.FLAT, symptoms.SLOW, symptoms.GAP],
            trials=[Trial(_NOT_ALONE, edited(moved.edits), moved.edits)],
            gain=0.4,
        )


def _held_out_fits(evidence: Evidence) -> Suspicion | None:
    """Inputs that say much of their targets in the held-out part, nothing in the trained one, and no success there."""
    arrays = evidence.arrays
    calls, inputs, targets = (arrays.get(f"evaluation.{name}") for name in ("calls", "inputs", "targets"))
    if calls is None or inputs is None or targets is None or not len(calls) == len(inputs) == len(targets):
        return None
    if _held_out_error(evidence) < _AT_CHANCE or _unsupervised(evidence):
        return None
    seen = {batch.call: batch.seen for batch in evaluated.batches(evidence)}
    kept = np.array([seen.get(int(call), 1.0) < 0.5 for call in calls], dtype=bool)
    held_out = _strength(inputs[kept], targets[kept])
    trained = _strength(arrays.get("train.inputs"), arrays.get("train.targets"))
    if trained is None or held_out is None or trained >= _NOTHING or held_out < _FITS:
        return None
    place = reading.made_at(evidence, 1) or _indexing_place(evidence)
    changed, changes = "targets taken by the index of the inputs", _taken_alike(evidence)
    moved = [] if changes else filtered.moved_alone(evidence.script)
    if len(moved) == 1:
        place = Place(evidence.script, moved[0].line)
        changed, changes = _NOT_ALONE, list(moved[0].edits)
    return Suspicion(
        place,
        0.9,
        [
            Row(
                "agreement of neighbours in their targets, in training",
                round_to(trained),
                "standard deviations",
            ),
            Row("in held-out data", round_to(held_out), "standard deviations"),
        ],
        "take inputs and targets of the training part by the same indices, in the same order",
        certain=True,
        summary="held-out inputs say much of their targets, training inputs nothing: those are paired wrongly",
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.GAP],
        trials=[Trial(changed, edited(changes), tuple(changes))] if changes else [],
    )


def _taken_alike(evidence: Evidence) -> list[Edit]:
    """The change of the text that takes the targets of the training loader by the index of its inputs."""
    loader = reading.training_loader(evidence)
    if loader is None or loader.place is None:
        return []
    inputs, targets = (slices.taken(loader.place, part) for part in (0, 1))
    return edits.some(edits.same_index(loader.place.file, targets, inputs))


def _held_out_error(evidence: Evidence) -> float:
    """The error on data that is not trained, over the last evaluations, as a share of what chance leaves."""
    errors = [row.error for row in evidence.losses if not row.trained and row.error is not None]
    return (
        float(np.mean(errors[-max(1, len(errors) // 5) :])) / symptoms.fit(evidence).chance if errors else 0.0
    )


def _strength(inputs: np.ndarray | None, targets: np.ndarray | None) -> float | None:
    """How strongly rows belong to their targets; see `association.strength`."""
    if inputs is None or targets is None or not len(inputs) or len(inputs) != len(targets):
        return None
    _, first = np.unique(inputs[:3000].reshape(min(len(inputs), 3000), -1), axis=0, return_index=True)
    rows = np.sort(first)
    near = association.neighbours(inputs[rows])
    return association.strength(near, targets[rows].reshape(len(rows), -1)) if near is not None else None


def _pairing_place(evidence: Evidence, order: str) -> Place | None:
    """Where targets get their order: a line that sorts or takes them, by name."""
    if "times" in order:  # one side was multiplied as a whole, the other row by row
        return _multiplied(evidence, _OVER if order.startswith("each") else _IN_A_ROW)
    sorts = "sorted" in order
    wanted = "sorted|argsort|listdir|glob" if sorts else r"\[[^\]]*[-+\d:]|roll|shift"
    found = _lines(evidence, wanted, ast.Assign)
    named = (place for place in found if any(TARGET.search(name) for name in source.targets(place)))
    return next(named, found[0] if sorts and len(found) == 1 else None)


def _multiplied(evidence: Evidence, wanted: str) -> Place | None:
    """The line that multiplies rows in one of two ways; that of targets, by name, where there are several."""
    places = _lines(evidence, wanted, ast.Assign, ast.Return)
    named = [place for place in places if any(TARGET.search(name) for name in source.targets(place))]
    return next(iter(named or places), None)


def _lines(evidence: Evidence, wanted: str, *kinds: type[ast.stmt]) -> list[Place]:
    """Where statements of these kinds say something, from the top."""
    found = [node for node in source.nodes(evidence.script, *kinds) if re.search(wanted, ast.unparse(node))]
    return [Place(evidence.script, line) for line in sorted(node.lineno for node in found)]


def intervene(settings: dict[str, Any]) -> Listener:
    """Pairs inputs and targets as they belong."""
    if settings["kind"] == "indexed":
        return ReorderIndexed(settings)
    if settings["kind"] == "order":
        return Reorder(settings["name"], settings["rows"])
    if settings["kind"] == "along":
        return Along(settings["file"], settings["lines"])
    if settings["kind"] == "labels":
        return moved_twice.SameLabels()
    return ShuffleAlike(settings["file"], settings["lines"], settings["same"])
