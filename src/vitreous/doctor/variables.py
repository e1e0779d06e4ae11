"""Where the data that a line of training works on were last made: back through names, from a batch to all of it."""

from __future__ import annotations

import ast

from vitreous.doctor import literals, source
from vitreous.record.places import Place

_MOST_HOPS = 8


def made_before_training(place: Place | None) -> Place | None:
    """The last line, before the loop that trains, that gives a value to what the line's call takes its batch from.

    Followed are the names in the innermost call: `net(X[rows])` to `X`; a name given in the loop to what it is given;
    an argument of the function to what its one call hands over. Anything else ends the search without an answer.

    Args:
        place: The line that calls the model (or the loss) in training.
    """
    node = source.statement(place)
    if place is None or node is None:
        return None
    for name in _data(node):
        found = _followed(place.file, name)
        if found is not None:
            return found
    return None


def made(place: Place | None, position: int) -> Place | None:
    """The same of one argument of the call at a line, as `y` of `cross_entropy(out[rows], y[rows])`."""
    given = source.argument(place, (), position)
    names = [n for n in ast.walk(given) if isinstance(n, ast.Name)] if given is not None else []
    first = min(names, key=lambda n: (n.lineno, n.col_offset), default=None)
    return _followed(place.file, first) if place is not None and first is not None else None


def _data(node: ast.stmt) -> list[ast.Name]:
    """The names in the innermost call of a statement, in the order they are written; functions are none."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call) and n.args]
    called = {source.owner(call.func) for call in calls}
    for call in sorted(calls, key=lambda call: len(ast.dump(call))):
        names = [n for given in call.args for n in ast.walk(given) if isinstance(n, ast.Name)]
        names = [n for n in names if n not in called]
        if names:
            return sorted(names, key=lambda n: (n.lineno, n.col_offset))
    return []


def _followed(file: str, name: ast.Name) -> Place | None:
    """Back to an assignment that stands in no loop, and only indexes, moves and names have come between."""
    for _ in range(_MOST_HOPS):
        around = source.functions(Place(file, name.lineno))
        own = around[-1] if around else None
        made = [n for n in _assignments(file, own) if name.id in _given(n) and n.lineno < name.lineno]
        last = max(made, key=lambda node: node.lineno, default=None)
        if last is not None and not source.loops(Place(file, last.lineno)):
            return Place(file, last.lineno)
        following: ast.expr | None
        if isinstance(last, ast.Assign):
            names = [n for n in ast.walk(last.value) if isinstance(n, ast.Name)]
            following = min(names, key=lambda n: (n.lineno, n.col_offset), default=None)
        elif last is None and own is not None and name.id in {a.arg for a in own.args.args}:
            following = literals.passed(file, own, name.id)
        else:
            return _outside(file, name.id) if last is None and own is not None else None
        if not isinstance(following, ast.Name):
            return None
        name = following
    return None


def _outside(file: str, name: str) -> Place | None:
    """The last line outside of all functions and loops that gives a name its value."""
    lines = [n.lineno for n in _assignments(file, None) if name in _given(n)]
    return max(
        (Place(file, n) for n in lines if not source.loops(Place(file, n))),
        key=lambda p: p.line,
        default=None,
    )


def _assignments(file: str, function: source.Function | None) -> list[ast.Assign | ast.For]:
    """Those of a function, or those outside of all."""
    found = []
    for node in source.nodes(file, ast.Assign, ast.For):
        around = source.functions(Place(file, node.lineno))
        if (around[-1] if around else None) is function:
            found.append(node)
    return found  # type: ignore[return-value]


def _given(node: ast.Assign | ast.For) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
