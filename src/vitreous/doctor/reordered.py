"""Lines that move the rows of one array alone, and the script without that: what pairs inputs and targets wrongly.

Read from the text, so a line that is found may be right; an experiment without it tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from vitreous.doctor import source
from vitreous.doctor.edits import replaced
from vitreous.doctor.fault import Edit

_MOVES = frozenset(
    ["roll", "flip", "flipud", "sorted", "sort", "permutation", "shuffle", "sample", "resample"]
)
_IN_PLACE = frozenset(["shuffle", "sort", "reverse"])
_SPLIT = "train_test_split"
_TOGETHER = 3  # lines; what is cut off from two arrays so near to each other was meant for both


@dataclass(frozen=True)
class Moved:
    """A line that moves rows of one array, what it does to them, and the changes of the text that leave it out."""

    line: int
    how: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True)
class _Move:
    """An expression that gives an array in another order: of which array, and how, the array left out.

    With what stands in its place where the array stays as it is.
    """

    node: ast.expr
    base: ast.expr
    how: str
    instead: str


def moved_alone(file: str) -> list[Moved]:
    """Every line that gives one array another order, or cuts off rows of it, while no other array gets the same."""
    moves = [move for value, names in _values(file) if (move := _move(value, names)) is not None]
    side_by_side = list(_indexed_apart(file))
    known = {moved.line for moved in side_by_side}
    moves = [move for move in moves if move.node.lineno not in known]
    alone = [m for m in moves if not any(o.how == m.how and _differ(o.base, m.base) for o in moves)]
    found = []
    while alone:
        first = alone.pop(0)
        near = [
            m for m in alone if m.node.lineno - first.node.lineno < _TOGETHER and _differ(m.base, first.base)
        ]
        alone = [m for m in alone if m not in near]
        if not near and isinstance(first.node, ast.Subscript) and isinstance(first.node.slice, ast.Slice):
            continue  # one part of one array: a split
        edits = _edits(file, [(m.node, m.instead) for m in (first, *near)])
        text = " and ".join(ast.unparse(m.node) for m in (first, *near))
        found.append(Moved(first.node.lineno, f"{text} moves rows of one side alone", edits))
    found += [*_in_place(file), *_split_apart(file), *side_by_side]
    return [moved for moved in found if moved.edits]


def _values(file: str) -> Iterator[tuple[ast.expr, int]]:
    """What is assigned, tuples element by element; and to how many names."""
    for node in sorted(source.nodes(file, ast.Assign), key=lambda node: node.lineno):
        value, goal = node.value, node.targets[0]
        if isinstance(value, ast.Tuple):
            yield from ((element, 1) for element in value.elts)
        else:
            yield value, len(goal.elts) if isinstance(goal, ast.Tuple) else 1


def _move(value: ast.expr, names: int) -> _Move | None:
    if isinstance(value, ast.Attribute) and value.attr == "values":  # of a tensor's sort
        inner = _move(value.value, 2) if isinstance(value.value, ast.Call) else None
        return replace(inner, node=value, instead=ast.unparse(inner.base)) if inner is not None else None
    if isinstance(value, ast.Subscript) and _is_array(value.value):
        rows = value.slice
        cut = isinstance(rows, ast.Slice) and (
            _reverses(rows) or (rows.lower is None) != (rows.upper is None)
        )
        drawn = isinstance(rows, (ast.Name, ast.Attribute, ast.Call))
        return (
            _Move(value, value.value, ast.unparse(rows), ast.unparse(value.value)) if cut or drawn else None
        )
    if isinstance(value, ast.Call) and source.last_name(value.func) in _MOVES:
        if source.last_name(value.func) == "sample" and not value.keywords:
            return None  # of a distribution, not of a table
        on_itself = isinstance(value.func, ast.Attribute) and source.last_name(value.func) in (
            "sample",
            "roll",
            "flip",
            "sort",
        )
        base = value.args[0] if value.args else None
        if (
            on_itself
            and isinstance(value.func, ast.Attribute)
            and ast.unparse(value.func.value) not in ("np", "torch")
        ):
            base = value.func.value
        if base is not None and _is_array(base):
            text = ast.unparse(base)
            instead = f"({text}, None)" if names == 2 else text  # a tensor's sort gives the order, too
            return _Move(value, base, ast.unparse(value).replace(text, "", 1), instead)
    return None


def _in_place(file: str) -> Iterator[Moved]:
    """Statements that shuffle or sort one array."""
    for node in source.nodes(file, ast.Expr):
        call = node.value
        if isinstance(call, ast.Call) and source.last_name(call.func) in _IN_PLACE and len(call.args) <= 1:
            yield Moved(
                call.lineno, f"{ast.unparse(call)} moves one side alone", _edits(file, [(call, "None")])
            )


def _split_apart(file: str) -> Iterator[Moved]:
    """Arrays that are split one by one, each in an order of its own."""
    calls = [n for n in source.nodes(file, ast.Call) if source.last_name(n.func) == _SPLIT]
    single = sorted((c for c in calls if len(c.args) == 1), key=lambda c: c.lineno)
    for one, other in pairwise(single):
        seeds = [next((k.value for k in c.keywords if k.arg == "random_state"), None) for c in (one, other)]
        if not _differ(one.args[0], other.args[0]) or (
            seeds[0] and seeds[1] and not _differ(seeds[0], seeds[1])
        ):
            continue
        changes = [
            (seed, "0")
            if seed is not None
            else (call.args[0], f"{ast.unparse(call.args[0])}, random_state=0")
            for call, seed in zip((one, other), seeds, strict=True)
        ]
        yield Moved(
            one.lineno, "inputs and targets are split each in an order of its own", _edits(file, changes)
        )


def _indexed_apart(file: str) -> Iterator[Moved]:
    """Two arrays that are taken side by side, each by an index of its own."""
    for node in source.nodes(file, ast.Tuple):
        parts = [e for e in node.elts if isinstance(e, ast.Subscript) and _is_array(e.value)]
        kinds = (ast.Slice, ast.Constant, ast.Tuple)
        if len(parts) != 2 or any(isinstance(part.slice, kinds) for part in parts):
            continue
        if _differ(parts[0].slice, parts[1].slice) and _differ(parts[0].value, parts[1].value):
            text = ast.unparse(parts[0].slice)
            how = f"{ast.unparse(parts[1])} is taken by another index than {ast.unparse(parts[0])}"
            yield Moved(parts[1].lineno, how, _edits(file, [(parts[1].slice, text)]))


def _edits(file: str, changes: list[tuple[ast.expr, str]]) -> tuple[Edit, ...]:
    made = replaced(file, changes)
    return tuple(made or ())


def _is_array(node: ast.expr) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute))


def _reverses(rows: ast.Slice) -> bool:
    return rows.step is not None and ast.unparse(rows.step) == "-1"


def _differ(one: ast.expr, other: ast.expr) -> bool:
    return ast.unparse(one) != ast.unparse(other)
