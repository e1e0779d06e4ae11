"""A script's text: its statements, calls, functions and loops by their lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TypeVar

from vitreous.record import places
from vitreous.record.places import Place

_SMALL = 3  # statements
_DEEPEST = 6
Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@cache
def tree(file: str) -> ast.Module | None:
    """A file parsed; None where it cannot be."""
    try:
        return ast.parse(places.text(file)) if places.text(file) else None
    except (SyntaxError, ValueError):
        return None


def nodes(file: str, *kinds: type[Node]) -> Iterator[Node]:
    """All nodes of these kinds."""
    parsed = tree(file)
    return (node for node in ast.walk(parsed) if isinstance(node, kinds)) if parsed else iter(())


def code(place: Place | None) -> str:
    """The text of the whole statement at a line; the header only, for one that has a body."""
    node = statement(place)
    if place is None or node is None:
        return ""
    if isinstance(node, (ast.For, ast.While, ast.With, ast.If, ast.Try, Function)):
        return places.text(place.file).splitlines()[place.line - 1]
    return ast.unparse(node)


def statement(place: Place | None) -> ast.stmt | None:
    """The innermost statement that spans a line."""
    if place is None:
        return None
    found = [n for n in nodes(place.file, ast.stmt) if _spans(n, place.line)]
    return max(found, key=lambda n: (n.lineno, -(n.end_lineno or 0)), default=None)


def targets(place: Place | None) -> list[str]:
    """The names that the statement at a line gives values to, dotted ones by their last part."""
    node = statement(place)
    if isinstance(node, ast.Assign):
        given = [name for target in node.targets for name in assigned_names(target)]
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For)):
        given = assigned_names(node.target)
    elif isinstance(node, ast.Return) and place is not None:
        around = functions(place)
        given = [around[-1].name] if around else []
    else:
        given = []
    return given


def functions(place: Place) -> list[Function]:
    """The functions around a line, from the outside in."""
    found = [n for n in nodes(place.file, ast.FunctionDef, ast.AsyncFunctionDef) if _spans(n, place.line)]
    return sorted(found, key=lambda n: n.lineno)  # type: ignore[arg-type]


def only_returns(place: Place) -> bool:
    """Whether a line is in a small function, and no method, that computes and returns something: a sigmoid, say."""
    inner = functions(place)[-1:]
    if not inner or any(argument.arg in ("self", "cls") for argument in inner[0].args.args[:1]):
        return False
    body = inner[0].body[ast.get_docstring(inner[0]) is not None :]
    return len(body) <= _SMALL and isinstance(body[-1], ast.Return) and inner[0].name != "forward"


def loops(place: Place) -> list[ast.For | ast.While]:
    """The loops around a line within its innermost function, from the outside in."""
    first = functions(place)[-1].lineno if functions(place) else 0
    found = [n for n in nodes(place.file, ast.For, ast.While) if _spans(n, place.line) and n.lineno > first]
    return sorted(found, key=lambda n: n.lineno)  # type: ignore[arg-type]


def argument(
    place: Place | None, names: Sequence[str], position: int | None = None, of: str = ""
) -> ast.expr | None:
    """What a call at a line is given for one of the names, or at a position.

    The innermost call (of a function with `of` in its name) that has it; None where no call there has.
    """
    if place is None:
        return None
    calls = [n for n in nodes(place.file, ast.Call) if _spans(n, place.line) and of in last_name(n.func)]
    calls.sort(key=lambda n: (n.end_lineno or 0) - n.lineno)
    for call in calls:
        for keyword in call.keywords:
            if keyword.arg in names:
                return keyword.value
    if position is None:
        return None
    return next((call.args[position] for call in calls if len(call.args) > position), None)


def returned(place: Place | None, part: int) -> Place | None:
    """Where a function first makes the part of what it returns: back through the names within it.

    Args:
        place: The line where the function begins.
        part: Which element of the tuple that it returns.
    """
    found = [n for n in nodes(place.file, ast.FunctionDef) if n.lineno == place.line] if place else []
    if place is None or not found:
        return None
    body = [n for n in ast.walk(found[0]) if isinstance(n, ast.Return) and n.value is not None]
    if not body:
        return Place(place.file, place.line, place.function)
    last = max(body, key=lambda node: node.lineno)
    value = last.value
    if isinstance(value, ast.Tuple):
        value = value.elts[part] if part < len(value.elts) else value
    for _ in range(_DEEPEST):
        value = _base(value)
        set_at = [n for n in ast.walk(found[0]) if isinstance(n, ast.Assign) and isinstance(value, ast.Name)]
        set_at = [n for n in set_at if value.id in [name for t in n.targets for name in assigned_names(t)]]  # type: ignore[union-attr]
        before = [n for n in set_at if n.lineno < getattr(value, "lineno", 0)]
        if not before:
            break
        following = max(before, key=lambda node: node.lineno)
        value = following.value if set_at else value
        last = following  # type: ignore[assignment]
    return Place(place.file, last.lineno, place.function)


def _base(expression: ast.expr | None) -> ast.expr | None:
    """The name that an expression is made from by indexing, methods and arithmetic; else the expression."""
    while True:
        if isinstance(expression, (ast.Subscript, ast.Attribute)):
            inner: ast.expr | None = expression.value
        elif (
            isinstance(expression, ast.Call)
            and isinstance(expression.func, ast.Attribute)
            and not expression.args
        ):
            inner = expression.func.value
        elif isinstance(expression, ast.BinOp):
            inner = expression.left
        else:
            return expression
        expression = inner


def last_name(function: ast.expr) -> str:
    """The last part of what is called: "step" of `optimizer.step()`; nothing for what has no name."""
    return str(getattr(function, "attr", "") or getattr(function, "id", ""))


def owner(function: ast.expr) -> ast.expr:
    """What stands in front of all dots in what is called: `F` of `F.relu`."""
    return owner(function.value) if isinstance(function, ast.Attribute) else function


def assigned_names(target: ast.expr) -> list[str]:
    """The names that the left side of an assignment gives values to, dotted ones by their last part."""
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Attribute):
        return [target.attr]
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for element in target.elts for name in assigned_names(element)]
    return assigned_names(target.value) if isinstance(target, (ast.Starred, ast.Subscript)) else []


def _spans(node: ast.AST, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)  # type: ignore[attr-defined, no-any-return]
