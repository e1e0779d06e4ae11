"""What a value in a script is made from, read from its text: the statements behind a line, by names alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vitreous.doctor import source
from vitreous.record.places import Place

_MOST = 60  # expressions looked at
_SPLITS = frozenset({"train_test_split"})  # give two parts for each argument, in their order


def shifted(place: Place | None, part: int, by: float) -> Place | None:
    """The one line that adds a number to what becomes a part of a data set; None where there is none or several.

    Args:
        place: The line where the data become tensors.
        part: Which of several sets of values, where a data set is made from them there: 1 for the targets.
        by: The number.
    """
    lines = set()
    for expression in behind(place, part):
        for node in ast.walk(expression):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                sides = (node.left, node.right)
                if any(isinstance(side, ast.Constant) and side.value == by for side in sides):
                    lines.add(node.lineno)
    return Place(place.file, lines.pop()) if place is not None and len(lines) == 1 else None


def appended(place: Place | None, called: re.Pattern[str]) -> Place | None:
    """The line that puts values into a list of such a name, of which a line makes a tensor; None without any.

    As a function that collates a batch goes through its samples: ``labels.append(label)``.
    """
    functions = source.functions(place) if place is not None else ()
    if place is None or not functions:
        return None
    here = [call for call in source.nodes(place.file, ast.Call) if call.lineno == place.line]
    lists = {a.id for call in here for a in call.args if isinstance(a, ast.Name) and called.search(a.id)}
    for call in ast.walk(functions[-1]):
        to = call.func if isinstance(call, ast.Call) else None
        if isinstance(to, ast.Attribute) and to.attr == "append" and ast.unparse(to.value) in lists:
            return Place(place.file, to.lineno)
    return None


def taken(place: Place, part: int) -> ast.Subscript | None:
    """Where rows of an array are taken by an index for a part of a data set made at a line: the nearest such."""
    found = (node for e in behind(place, part) for node in ast.walk(e) if isinstance(node, ast.Subscript))
    return next(found, None)


def behind(place: Place | None, part: int) -> Iterator[ast.expr]:
    """The expressions that a part of a data set made at a line depends on, the nearest first."""
    first = _begin(place, part)
    waiting = [first] if first is not None else []
    seen: set[int] = set()
    while waiting and len(seen) < _MOST:
        expression = waiting.pop(0)
        if id(expression) in seen or place is None:
            continue
        seen.add(id(expression))
        yield expression
        for name in ast.walk(expression):
            if isinstance(name, ast.Name):
                waiting += _given(place.file, name)


def _begin(place: Place | None, part: int) -> ast.expr | None:
    """The argument of what makes a data set at a line; the whole value where none is told apart."""
    statement = source.statement(place)
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return None
    for call in ast.walk(value):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("TensorDataset"):
            return call.args[part] if len(call.args) > part else None
    return value


def _given(file: str, name: ast.Name) -> list[ast.expr]:
    """What the assignments to a name before its line give it, within its function or outside of all."""
    around = source.functions(Place(file, name.lineno))
    scopes = {around[-1].lineno} if around else set()
    found: list[ast.expr] = []
    for node in source.nodes(file, ast.Assign):
        inside = source.functions(Place(file, node.lineno))
        if inside and inside[-1].lineno not in scopes:
            continue
        if inside and node.lineno >= name.lineno:
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name.id:
                found += _made(file, node.value, None, 1)
            elif isinstance(target, (ast.Tuple, ast.List)):
                names = [e.id if isinstance(e, ast.Name) else "" for e in target.elts]
                if name.id in names:
                    found += _made(file, node.value, names.index(name.id), len(names))
    return found


def _made(file: str, value: ast.expr, element: int | None, count: int) -> list[ast.expr]:
    """What stands behind a value, or behind one of the elements it is unpacked to."""
    if element is not None and isinstance(value, ast.Tuple) and len(value.elts) == count:
        return [value.elts[element]]
    if not isinstance(value, ast.Call):
        return [value]
    called = ast.unparse(value.func).rpartition(".")[2]
    if element is not None and called in _SPLITS and 2 * len(value.args) == count:
        return [value.args[element // 2]]
    returns = [
        node.value
        for function in source.nodes(file, ast.FunctionDef)
        if function.name == called
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and node.value is not None
    ]
    if not returns:
        return [value]
    return [
        r.elts[element] if isinstance(r, ast.Tuple) and element is not None and len(r.elts) == count else r
        for r in returns
    ]
