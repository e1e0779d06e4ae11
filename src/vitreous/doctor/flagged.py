"""Preparation that one part of the data gets alone: a branch on a flag that says which part it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from vitreous.doctor import source
from vitreous.doctor.calls import called
from vitreous.record.places import Place

_FLAG = re.compile(
    r"(?i)(^|_)(train|training|augment|aug|test|testing|val|valid|split|mode|phase|part|stage|subset)(_|$)"
)
_TRAINS = re.compile(r"(?i)(train|aug)")
_DRAWS = re.compile(
    r"(?i)rand|uniform|\bnormal\(|gauss|choice|flip|\broll|crop|shift|noise|jitter|permut|rot(ate|90)|erase|drop"
)


def prepared_under_a_flag(file: str, makers: Sequence[Place]) -> Place | None:
    """The last line that changes the values of samples in a branch for one part of the data.

    Where both branches do, the one of held-out data; where the branch only leaves before anything is done, its return.
    What is drawn at random is augmentation, which is meant for one part.

    Args:
        file: The script.
        makers: Where functions begin that make samples for loaders.
    """
    lines = {maker.line for maker in makers if maker.file == file}
    for function in source.nodes(file, ast.FunctionDef):
        flags = None if function.lineno in lines else _flags(file, function)
        if flags is not None and not flags:
            continue
        for node in ast.walk(function):
            line = _in_branch(function, node, flags) if isinstance(node, (ast.If, ast.IfExp)) else None
            if line is not None:
                return Place(file, line, function.name)
    return None


def _flags(file: str, function: ast.FunctionDef) -> set[str]:
    """The arguments that say which part of the data it is, where calls say one and the other; none if it trains."""
    if any(isinstance(node, ast.Attribute) and node.attr == "backward" for node in ast.walk(function)):
        return set()
    arguments = [*function.args.args, *function.args.kwonlyargs]
    first = int(bool(arguments) and arguments[0].arg in ("self", "cls"))
    found = set()
    for position, argument in enumerate(arguments):
        if not _FLAG.search(argument.arg):
            continue
        given = {_given(call, argument.arg, position - first) for call in _calls(file, function.name)}
        if len(given) > 1:
            found.add(argument.arg)
    return found


def _calls(file: str, name: str) -> Iterator[ast.Call]:
    return (n for n in source.nodes(file, ast.Call) if called(n).rpartition(".")[2] == name)


def _given(call: ast.Call, name: str, position: int) -> str:
    """What a call says for an argument, as text; nothing where it leaves the default."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return ast.unparse(keyword.value)
    return ast.unparse(call.args[position]) if 0 <= position < len(call.args) else ""


def _in_branch(function: ast.FunctionDef, node: ast.If | ast.IfExp, flags: set[str] | None) -> int | None:
    """The line of a branch on a flag (one of these, or any by its name) that prepares what the other part lacks."""
    read = {str(getattr(n, "id", "") or getattr(n, "attr", "")) for n in ast.walk(node.test)}
    if not (any(_FLAG.search(name) for name in read) if flags is None else read & flags):
        return None
    drawn = _drawn(function)
    if isinstance(node, ast.IfExp):
        changes = any(_changes(part, drawn) for part in (node.body, node.orelse))
        return node.lineno if changes else None
    body, other = (_last_change(part, drawn) for part in (node.body, node.orelse))
    if body is not None and other is not None:
        return other if _says_training(node.test) else body
    leaves = node.body[-1] if isinstance(node.body[-1], ast.Return) else None
    behind = [part for part in function.body if part.lineno > node.lineno]
    if body is None and other is None and leaves is not None and _last_change(behind, drawn) is not None:
        return leaves.lineno
    return body if body is not None else other


def _says_training(test: ast.expr) -> bool:
    """Whether a condition holds for the training part: `self.train`, `split == "train"`, `not test`."""
    text = ast.unparse(test)
    return (_TRAINS.search(text) is not None) != bool(re.search(r"\bnot\b|!=", text))


def _last_change(body: Sequence[ast.stmt], drawn: set[str]) -> int | None:
    lines = [
        node.lineno
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)) and _changes(node, drawn)
    ]
    return max(lines, default=None)


def _changes(node: ast.AST, drawn: set[str]) -> bool:
    """Whether values are computed, and nothing in it is drawn at random."""
    computes = any(isinstance(n, (ast.BinOp, ast.Call, ast.AugAssign)) for n in ast.walk(node))
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return computes and not names & drawn and not _DRAWS.search(ast.unparse(node))


def _drawn(function: ast.FunctionDef) -> set[str]:
    """The names in a function that are given something drawn at random, and are not what goes in and out."""
    kept = {
        n.id
        for r in ast.walk(function)
        if isinstance(r, ast.Return)
        for n in ast.walk(r)
        if isinstance(n, ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _DRAWS.search(ast.unparse(node.value)):
            found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found - kept
