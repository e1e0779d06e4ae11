"""Layers kept where PyTorch does not look for them: modules of a script in plain lists and dicts of another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vitreous.doctor import source
from vitreous.doctor.calls import called
from vitreous.record.places import Place

_PLAIN = (ast.List, ast.ListComp, ast.Tuple, ast.Dict, ast.DictComp)
_ADDS = frozenset(["append", "extend", "insert"])


def held_plainly(place: Place) -> Place | None:
    """Where objects of the class around a line are kept in a plain list or dict of another class.

    The line that makes the list, where it is filled later on: that is where an nn.ModuleList belongs.
    """
    classes = list(source.nodes(place.file, ast.ClassDef))
    around = [one for one in classes if one.lineno <= place.line <= (one.end_lineno or 0)]
    name = max(around, key=lambda one: one.lineno).name if around else None
    for owner in classes:
        for attribute, line, value in _put(owner) if owner.name != name else ():
            if name not in {called(n) for n in ast.walk(value) if isinstance(n, ast.Call)}:
                continue
            made = [
                n
                for n in ast.walk(owner)
                if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == attribute
            ]
            if all(isinstance(n.value, _PLAIN) for n in made):
                return Place(place.file, min((n.lineno for n in made), default=line))
    return None


def _put(owner: ast.ClassDef) -> Iterator[tuple[str, int, ast.expr]]:
    """(attribute of self, line, what is put there) of each plain list given to one, and each thing added to one."""
    for node in ast.walk(owner):
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Subscript) and _is_own(target.value):
                yield ast.unparse(target.value), node.lineno, node.value
            elif _is_own(target) and isinstance(node.value, _PLAIN):
                yield ast.unparse(target), node.lineno, node.value
            continue
        function = node.func if isinstance(node, ast.Call) and node.args else None
        if isinstance(function, ast.Attribute) and function.attr in _ADDS and _is_own(function.value):
            yield ast.unparse(function.value), node.lineno, node.args[-1]  # type: ignore[attr-defined]


def _is_own(target: ast.expr) -> bool:
    """Whether it is an attribute of `self`."""
    return (
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
    )
