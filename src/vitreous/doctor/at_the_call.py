"""What a program does to a batch in the very loop that hands it to the model."""

from __future__ import annotations

import ast
import re

from vitreous.doctor import literals, source
from vitreous.record.places import Place

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_PREPARES = re.compile(r"(?i)transform|prep|norm|scal|standard|centre|center|whiten")
_DRAWS = re.compile(r"(?i)rand|noise|jitter|normal\(|flip|roll|drop|mix|aug")
_MOST_HOPS = 4


def prepared_otherwise(trains: Place | None, evaluates: Place | None) -> Place | None:
    """Where evaluation does not do to its batch what training does to its own, both beside their call of the model.

    Args:
        trains: The line that calls the model in training.
        evaluates: The line that calls it in evaluation.

    Returns:
        The line of evaluation's preparation, or that of its call where it has none; None where both do the same, or
        neither does anything there.
    """
    if trains is None or evaluates is None or trains == evaluates:
        return None
    in_training, in_evaluation = _prepared(trains), _prepared(evaluates)
    if [text for _, text in in_training] == [text for _, text in in_evaluation]:
        return None
    line = in_evaluation[-1][0] if in_evaluation else _taken(evaluates)
    return Place(evaluates.file, line, evaluates.function)


def _prepared(place: Place) -> list[tuple[int, str]]:
    """(line, text) of each arithmetic on the batch, the data's own name left out; what is drawn is augmentation."""
    found = []
    for line, value in _values(place):
        nodes = list(ast.walk(value))
        if _DRAWS.search(ast.unparse(value)):
            continue
        if any(isinstance(n, ast.BinOp) and isinstance(n.op, _ARITHMETIC) for n in nodes) or any(
            isinstance(n, ast.Call) and _PREPARES.search(source.last_name(n.func)) for n in nodes
        ):
            found.append((line, _without_data(value)))
    return found[::-1]


def _taken(place: Place) -> int:
    """The line within the loop that takes the batch, else that of the call."""
    return next((line for line, _ in reversed(_values(place))), place.line)


def _values(place: Place) -> list[tuple[int, ast.expr]]:
    """What is handed to the model, and what gave that name its value in the same loop, back to front."""
    given = _given(source.statement(place))
    loops = source.loops(place)
    found = [(place.line, given)] if given is not None else []
    for _ in range(_MOST_HOPS):
        line, value = found[-1] if found else (0, None)
        if not isinstance(value, ast.expr) or not loops:
            break
        names = {n.id for n in ast.walk(value) if isinstance(n, ast.Name)}
        before = [
            (node, name)
            for node in ast.walk(loops[-1])
            if isinstance(node, ast.Assign) and node.lineno < line
            for target in node.targets
            for name in source.assigned_names(target)
            if name in names
        ]
        if not before:
            break
        node, name = max(before, key=lambda one: one[0].lineno)
        found.append((node.lineno, literals.part(node, name) or node.value))
    return found


def _given(statement: ast.stmt | None) -> ast.expr | None:
    """The first argument of the innermost call that has one."""
    calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call) and n.args] if statement else []
    calls = [c for c in calls if any(isinstance(n, ast.Name) for a in c.args for n in ast.walk(a))]
    inner = min(calls, key=lambda call: len(ast.dump(call)), default=None)
    while inner is not None and _PREPARES.search(source.last_name(inner.func)):
        outer = [c for c in calls if c is not inner and any(inner is a for a in c.args)]
        if not outer:
            break
        inner = outer[0]
    return inner.args[0] if inner is not None else None


def _without_data(value: ast.expr) -> str:
    """The text of an expression with what it is computed from, its first name and that one's index, left open."""
    names = [n for n in ast.walk(value) if isinstance(n, ast.Name)]
    called = {source.owner(c.func) for c in ast.walk(value) if isinstance(c, ast.Call) and c.args}
    data = min((n for n in names if n not in called), key=lambda n: (n.lineno, n.col_offset), default=None)
    around = [n for n in ast.walk(value) if isinstance(n, ast.Subscript) and n.value is data]
    text, taken = (
        ast.unparse(value),
        ast.unparse(around[0]) if around else data.id if data is not None else "",
    )
    return text.replace(taken, "_", 1) if taken else text
