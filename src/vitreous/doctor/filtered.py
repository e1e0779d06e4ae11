"""Rows of one array that a mask lets through, beside another array that is only cut to their number.

Rows that are left out lie anywhere, those that are cut off at the end: from the first row left out on, each row is
beside that of another. As in `reordered`, what is read from the text is a suspicion, and an experiment tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from vitreous.doctor import literals, reordered, source
from vitreous.doctor.edits import insert_before, replaced
from vitreous.doctor.fault import Edit
from vitreous.doctor.reordered import Moved
from vitreous.record.places import Place

_TESTS = frozenset(
    ["isnan", "isfinite", "isinf", "isna", "isnull", "notna", "notnull", "isin", "any", "all", "between",
     "logical_not", "logical_and", "logical_or", "logical_xor", "duplicated", "bool", "astype"]
)  # fmt: skip


@dataclass(frozen=True)
class _Taken:
    """What one name, or element of a tuple, is given: rows of an array."""

    name: str
    node: ast.Subscript
    scope: int


def moved_alone(file: str) -> list[Moved]:
    """Lines that cut one side to the length of the other one filtered, then those that `reordered` knows."""
    found = list(_cut_to_length(file))
    lines = {edit.first for moved in found for edit in moved.edits}
    others = reordered.moved_alone(file)
    return found + [m for m in others if not any(edit.first in lines for edit in m.edits)]


def _cut_to_length(file: str) -> Iterator[Moved]:
    taken = list(_taken(file))
    filters = [t for t in taken if not isinstance(t.node.slice, ast.Slice) and _is_mask(file, t.node.slice)]
    for cut in taken:
        rows = cut.node.slice
        if not isinstance(rows, ast.Slice) or rows.lower or rows.step or rows.upper is None:
            continue
        before = [f for f in filters if f.scope == cut.scope and f.node.lineno <= cut.node.lineno]
        for one in reversed(before):
            apart = ast.unparse(one.node.value) != ast.unparse(cut.node.value)
            if not apart or not _counts(file, rows.upper, one):
                continue
            edits = _filtered_too(file, cut, one)
            how = f"rows are left out of {ast.unparse(one.node.value)}, and {ast.unparse(cut.node)} only loses its end"
            yield Moved(cut.node.lineno, how, tuple(edits or ()))
            break


def _filtered_too(file: str, cut: _Taken, one: _Taken) -> list[Edit] | None:
    """The rows that are cut off left out by the mask instead: before that one is gone, if it is of what it filters."""
    text = _index(one)
    if text is not None:
        return replaced(file, [(cut.node.slice, text)])
    if not isinstance(cut.node.value, ast.Name):
        return None
    whole = cut.node.value.id
    before = insert_before(Place(file, one.node.lineno), f"{whole} = {whole}[{ast.unparse(one.node.slice)}]")
    return [before] if before is not None else None


def _taken(file: str) -> Iterator[_Taken]:
    """Assignments of rows of an array, in the order of the text."""
    for node in sorted(source.nodes(file, ast.Assign), key=lambda node: node.lineno):
        goal, value = node.targets[0], node.value
        pairs = [(goal, value)]
        if isinstance(goal, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(goal.elts, value.elts, strict=False))
        scope = max((f.lineno for f in source.functions(Place(file, node.lineno))), default=0)
        for name, given in pairs:
            if isinstance(given, ast.Subscript) and isinstance(given.value, (ast.Name, ast.Attribute)):
                yield _Taken(ast.unparse(name), given, scope)


def _is_mask(file: str, rows: ast.expr) -> bool:
    """Whether rows are chosen by what is true of each: a comparison or a test, by itself or under a name."""
    value = rows
    for _ in range(3):
        if not isinstance(value, ast.Name):
            break
        known = literals.held(file, value)
        if known is None:
            return False
        value = known
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.Invert):
        return True
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.BitAnd, ast.BitOr, ast.BitXor)):
        return True
    if isinstance(value, ast.Call):
        return source.last_name(value.func) in _TESTS
    return isinstance(value, ast.Compare)


def _index(one: _Taken) -> str | None:
    """The mask as it can be written again further down; None where it is computed from what it has filtered since."""
    text = ast.unparse(one.node.slice)
    names = {ast.unparse(n) for n in ast.walk(one.node.slice) if isinstance(n, (ast.Name, ast.Attribute))}
    return None if one.name in names else text


def _counts(file: str, upper: ast.expr, one: _Taken) -> bool:
    """Whether a limit is how many rows a filter has let through: len(x), x.shape[0], mask.sum()."""
    known = literals.held(file, upper) if isinstance(upper, ast.Name) else upper
    if known is None:
        return False
    names = {ast.unparse(n) for n in ast.walk(known) if isinstance(n, (ast.Name, ast.Attribute))}
    return bool(names & {one.name, ast.unparse(one.node.slice)})
