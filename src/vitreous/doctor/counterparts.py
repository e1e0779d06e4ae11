"""Held-out data that a script has beside what it names training data: `valid_data` beside `train_data`."""

from __future__ import annotations

import ast

from vitreous.doctor import edits, evaluated, named, source
from vitreous.doctor.fault import Edit
from vitreous.record.places import Place

_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)


def exists(file: str, name: str) -> bool:
    """Whether a script also has what a name of training data stands for under one of held-out data."""
    return any(named.held_out(other) and _kind(other) == _kind(name, trained=True) for other in _known(file))


def taken_instead(place: Place) -> list[Edit]:
    """The statement of a line, or the head of its loop, with the held-out variables for those of training.

    Empty where one of them has no counterpart, or several, among what was given a value in its own block further up.
    """
    node = source.statement(place)
    taken = node.iter if isinstance(node, ast.For) else node if isinstance(node, _SIMPLE) else None
    changes: list[tuple[ast.expr | ast.arg, str]] = []
    for name in ast.walk(taken) if taken is not None else ():
        if not isinstance(name, ast.Name) or not isinstance(name.ctx, ast.Load) or not named.trains(name.id):
            continue
        others = {other for other in _given(place, name.id) if named.held_out(other)}
        alike = [other for other in others if _kind(other) == _kind(name.id, trained=True)]
        if len(alike) != 1:
            return []
        changes.append((name, alike[0]))
    return edits.replaced(place.file, changes) or []


def _kind(name: str, *, trained: bool = False) -> list[str]:
    """A name without the words that say which part of the data it is: "data" of train_data."""
    part = evaluated.TRAINED if trained else evaluated.HELD_OUT
    return part.sub("", evaluated.plain(name)).split()


def _given(place: Place, name: str) -> set[str]:
    """The variables that are given values in the block that gives this one its own, above a line."""
    found: dict[int | None, set[str]] = {}
    for node in source.nodes(place.file, ast.Assign):
        around = source.functions(Place(place.file, node.lineno))[-1:]
        block = around[0].lineno if around else None
        if node.lineno < place.line:
            names = (one for target in node.targets for one in source.assigned_names(target))
            found.setdefault(block, set()).update(names)
    return next((names for names in found.values() if name in names), set())


def _known(file: str) -> set[str]:
    """The names of a script's variables, arguments, attributes and of the keys that it looks things up by."""
    found = {str(n.id) for n in source.nodes(file, ast.Name)}
    found |= {str(n.attr) for n in source.nodes(file, ast.Attribute)}
    found |= {str(n.arg) for n in source.nodes(file, ast.arg)}
    return found | {str(n.value) for n in source.nodes(file, ast.Constant) if isinstance(n.value, str)}
