"""The figure reported as validation or test is measured on the training data.

What it sees:
    Everything that is evaluated is the training set, sample by sample, while the script speaks of validation or test;
    or a loader, a variable or a figure named after validation or test holds the training set or a part of it, or all
    of it with the held-out samples beside, as the whole table that was split (`val_set.dataset` of a Subset). The line
    is that of the wrong name; where a function takes the training set by itself, by its name, though there are
    held-out data under one of theirs (`self.train_loader` beside `self.val_loader`), the line where it does;
    where a loop over the phases "train" and "val" takes the same data in both, the line in it that takes them. Or the
    batch of the step before is all that is evaluated, again and again, while the script speaks of validation.

Why learning fails:
    Learning does not, the figure does: it says how well examples are remembered, not what the network makes of new
    ones. Overfitting looks like success, and early stopping never stops.

Example:
    val_loader = DataLoader(train_set, batch_size=64)

Fix:
    Evaluate on the part that was set aside.

Certainty:
    Certain: at least 98% of the evaluated samples are trained, they are at least nine tenths of all that is trained,
    and the name says otherwise (val, valid, validation, test, dev or held-out in the name of the loader, of the
    result, of the function, or in what is printed). A part of the training set counts too where its name is that of
    held-out data, as `X_val = X_train[-150:]`, and all of it was trained before it was last evaluated, by the only
    network there is and from data without twins. So does the whole of the data where at least half are trained and
    a loss or a comparison takes every row: a program may well give its model all rows and look at the held-out ones.
    Figures of training measured as such raise nothing. Where samples have few discrete values and more than 1% of
    those of one epoch have a twin, nothing is judged, nor where half of them have one whatever their values: there the
    held-out part holds the same rows by nature. Nor is anything judged where the loss is made from some of the rows
    that come out, as of the training nodes of a graph: then all rows go in, in training and in evaluation, and do not
    say which of them are trained. There, as many rows as the loss takes must be compared, picked by a name of training
    (`pred[train_idx] == y[train_idx]`), and the figure must be called after validation or test.
    Where each variable of training in that line has the one counterpart (`valid_data` beside `train_data`), the script
    is run with those: the figure that it then has is the proof, and may well show overfitting.

Look-alikes:
    Part of the validation set in the training set is `data/split-leak`.

References:
    Hastie, Tibshirani, Friedman, The elements of statistical learning, section 7.2
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from vitreous.doctor import counterparts, evaluated, literals, named, picked_rows, source, symptoms, trainers
from vitreous.doctor.evaluated import Group
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, edited, round_to
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "eval/on-training-data", "warning", "evaluation", "what is called validation is measured on training data"
)

_SEEN, _WHOLE, _LEAST_SAMPLES = 0.98, 0.9, 30
_TIMES = 3  # evaluations of the batch that was just trained; one could be a look at it
_EVALUATED = ("eval_dataset", "val_dataloaders", "validation_data", "val_dataloader", "eval_dataloader")
_ITEMS = 0.5  # of early rows with a twin: they are things that samples are made of, as the hotels that pairs compare


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Evaluations of the training set under another name."""
    groups = evaluated.groups(evidence)
    twins = evaluated.twins(evidence)
    natural = twins > (_ITEMS if evaluated.continuous(evidence) else evaluated.NATURAL)
    if not evaluated.rows_are_samples(evidence):
        yield from _picked(evidence)
        return
    if natural:
        return
    trained = len(np.unique(evidence.arrays["train.prints"])) if groups else 0
    same = [g for g in groups if g.seen >= _SEEN and len(g.prints) >= max(_LEAST_SAMPLES, _WHOLE * trained)]
    fresh = [g for g in groups if g.seen < _SEEN]
    whole = [(g, named.misnamed(evidence, g)) for g in same if named.is_known(evidence, g)]
    parts = [(g, named.trained_held_out(evidence, g)) for g in groups if g not in same]
    last = [(g, _handed_over(g)) for g in groups if not fresh and _is_last_batch(evidence, g)]
    mixed = [
        (g, named.misnamed(evidence, g)) for g in named.everything(evidence) if named.is_known(evidence, g)
    ]
    for group, place in whole + [(g, place) for g, place in parts + mixed + last if place is not None]:
        if place is None and not fresh and _speaks_of_held_out(evidence, group):
            place = _handed_over(group)
        if place is None or (group.seen >= _SEEN and any(other.stack == group.stack for other in fresh)):
            continue  # a line that measures both parts has both their names
        place = (
            _in_both_phases(group)
            or _other_than_given(group)
            or _taken_inside(evidence, group, place)
            or _given_to_library(place)
            or place
        )
        fix = counterparts.taken_instead(place)
        yield Suspicion(
            place,
            0.95,
            [
                Row("evaluated samples that are trained", round_to(100 * group.seen), "%"),
                Row("different samples evaluated", len(group.prints), f"of {trained} that are trained"),
            ],
            f"evaluate on the part of the data that was set aside (line {place.line})",
            certain=True,
            edits=fix,
            explains=[symptoms.EVALUATION_WRONG],
            trials=[Trial("the held-out part evaluated", edited(fix), tuple(fix))] if fix else [],
            metric="evaluation loss",
        )
        return


def _picked(evidence: Evidence) -> Iterator[Suspicion]:
    """Of rows that all go in, the trained ones counted for the held-out ones."""
    counted = picked_rows.trained_for_held_out(evidence)
    if counted is not None:
        yield Suspicion(
            counted.place,
            0.9,
            [Row("rows counted", counted.total, "as many as the loss trains")],
            "count the rows that were set aside",
            certain=True,
            explains=[symptoms.EVALUATION_WRONG],
            metric="none",
        )


def _given_to_library(place: Place) -> Place | None:
    """Where a training library is given the training data for what it shall evaluate on."""
    if not trainers.runs(place):
        return None
    for call in source.nodes(place.file, ast.Call):
        for keyword in call.keywords:
            if keyword.arg in _EVALUATED and any(named.trains(name) for name in _read(keyword.value)):
                return Place(place.file, keyword.value.lineno)
    return None


def _is_last_batch(evidence: Evidence, group: Group) -> bool:
    """Whether each evaluation is about the batch of the step before it, while the script speaks of held-out data."""
    if not _speaks_of_held_out(evidence, group) or named.misnamed(evidence, group) is not None:
        return False
    prints, steps = (evidence.arrays[f"train.print{name}"] for name in ("s", "_steps"))
    own = [np.isin(b.prints, prints[steps == b.step - 1]).all() for b in group.batches]
    return len({batch.step for batch in group.batches}) >= _TIMES and all(own)


def _other_than_given(group: Group) -> Place | None:
    """The line of a function that evaluates other data than the held-out ones it is given: it never looks at them."""
    for inner, outer in pairwise(group.stack):
        for function in source.functions(inner)[-1:]:
            read = {
                n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
            }
            unread = [a.arg for a in function.args.args if a.arg not in read | {"self", "cls"}]
            given = [
                source.argument(outer, [name], _position(function, name), function.name) for name in unread
            ]
            if any(named.held_out(ast.unparse(value)) for value in given if value is not None):
                around = source.loops(inner)
                return Place(inner.file, around[-1].lineno) if around else inner
    return None


def _in_both_phases(group: Group) -> Place | None:
    """The line in a loop over phases that takes the training data by their name, without asking which phase it is."""
    for place in group.stack:
        around = [loop for loop in source.loops(place) if isinstance(loop, ast.For)]
        over = [number for number, loop in enumerate(around) if _names_phases(place.file, loop.iter)]
        for loop in around[over[0] + 1 :] if over else ():
            phases, taken = around[over[0]], loop.iter
            for name in [n for n in ast.walk(taken) if isinstance(n, ast.Name)]:
                value = literals.held(place.file, name)
                if value is not None and phases.lineno < value.lineno < loop.lineno:
                    taken = value  # loader = loaders["train"], within the loop over phases
            read, phase = (
                set(_read(taken)),
                {n.id for n in ast.walk(phases.target) if isinstance(n, ast.Name)},
            )
            either = any(isinstance(n, ast.IfExp) for n in ast.walk(taken))
            if any(named.trains(name) for name in read) and (either or not phase & read):
                return Place(place.file, taken.lineno, place.function)
    return None


def _names_phases(file: str, taken: ast.expr) -> bool:
    """Whether a loop goes over names of both kinds, as ("train", "val"), written there or held by a variable."""
    written = literals.held(file, taken) if isinstance(taken, ast.Name) else taken
    if not isinstance(written, (ast.List, ast.Tuple)):
        return False
    names = [n.value for n in written.elts if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return any(named.trains(name) for name in names) and any(named.held_out(name) for name in names)


def _taken_inside(evidence: Evidence, group: Group, named_at: Place) -> Place | None:
    """Of the line whose name is wrong and those further in, the one that takes data by the name of the training set.

    Only where the script has held-out data of that kind, and names them so: then the loop takes the wrong ones of two.
    What a function is given as its argument was chosen outside.
    """
    inside = group.stack[: group.stack.index(named_at) + 1] if named_at in group.stack else []
    for place in inside:
        given = {a.arg for f in source.functions(place)[-1:] for a in f.args.args} - {"self"}
        for node in (*reversed(source.loops(place)), source.statement(place)):
            taken = node.iter if isinstance(node, ast.For) else node if isinstance(node, _PLAIN) else None
            if node is None or taken is None or not evaluated.only_evaluates(evidence, place.file, node):
                continue
            names = {name for name in _read(taken) if named.trains(name)}
            if any(name not in given and counterparts.exists(place.file, name) for name in names):
                return Place(place.file, node.lineno, place.function)
    return None


_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)


def _read(node: ast.AST) -> Iterator[str]:
    """The variables, attributes and keys that are read in an expression."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant):
            yield str(part.slice.value)


def _position(function: source.Function, name: str) -> int:
    names = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
    return names.index(name)


def _handed_over(group: Group) -> Place | None:
    """The line that says what is measured: outwards, past functions that only know it as their argument."""
    for place in group.stack:
        given = {argument.arg for f in source.functions(place)[-1:] for argument in f.args.args}
        around = [loop.iter for loop in source.loops(place) if isinstance(loop, ast.For)]
        parts = [source.statement(place), *around]
        used = {n.id for part in parts if part for n in ast.walk(part) if isinstance(n, ast.Name)}
        if not used & given - {"model", "net", "self"}:
            return place
    return next(iter(group.stack), None)


def _speaks_of_held_out(evidence: Evidence, group: Group) -> bool:
    """Whether anything in names or output does, where nothing else is evaluated."""
    names = evaluated.names(evidence, group)
    if any(evaluated.says_held_out(name) for name in names if "eval" not in name.split()):
        return True
    lines = [line.text.lower().replace("_", " ") for line in evidence.printed]
    return any(evaluated.says_held_out(line) for line in lines)
