"""Mechanical changes of a source file, made from its syntax tree; None where a change is not plain to see."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from vitreous.doctor import calls, reading, source
from vitreous.doctor.fault import Edit, Trial, edited
from vitreous.record.places import Place


class Number(NamedTuple):
    """A number that a script gives something, and the line where it is written."""

    value: float
    place: Place

    def trials(self, called: str, factors: Sequence[float]) -> list[Trial]:
        """The script with its multiples there; `called` says what it is: "learning rate"."""
        found = []
        for factor in factors:
            value = float(f"{self.value * factor:g}")
            edit = literal(self.place, self.value, repr(value))
            if edit is not None:
                found.append(Trial(f"{called} {self.value:g} -> {value:g}", edited([edit]), (edit,)))
        return found


def insert_before(place: Place | None, text: str) -> Edit | None:
    """A line before the statement that has this line, with its indentation."""
    statement = _statement(place)
    if place is None or statement is None:
        return None
    return Edit(place.file, statement.lineno, statement.lineno - 1, " " * statement.col_offset + text)


def insert_first(place: Place | None, text: str) -> Edit | None:
    """A line at the start of the outermost loop around this line."""
    loops = reading.enclosing(place, ast.For, ast.While)
    if place is None or not loops or not isinstance(loops[0], (ast.For, ast.While)):
        return None
    first = loops[0].body[0]
    return Edit(place.file, first.lineno, first.lineno - 1, " " * first.col_offset + text)


def delete(place: Place | None) -> Edit | None:
    """The whole statement that has this line, if it stands alone on its lines and its block has another."""
    statement = _statement(place)
    tree = reading.tree_of(place)
    if place is None or statement is None or tree is None:
        return None
    for node in ast.walk(tree):
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody")):
            if isinstance(block, list) and statement in block and len(block) > 1:
                return Edit(place.file, statement.lineno, statement.end_lineno or statement.lineno, "")
    return None


def number(place: Place | None, keyword: str, value: float) -> Edit | None:
    """Another literal for a keyword argument of a call that begins at this line."""
    for call in calls_at(place):
        for argument in call.keywords:
            literal = argument.value
            if (
                argument.arg == keyword
                and isinstance(literal, ast.Constant)
                and literal.lineno == literal.end_lineno
            ):
                return _replaced(place, literal, f"{value:g}")
    return None


def literal(place: Place | None, value: float, text: str) -> Edit | None:
    """Another text for the one number of this value that is written at a line."""
    if place is None:
        return None
    found = [
        node
        for node in source.nodes(place.file, ast.Constant)
        if node.lineno == place.line and type(node.value) in (int, float) and node.value == value
    ]
    return _replaced(place, found[0], text) if len(found) == 1 else None


def unwrapped(place: Place | None, *names: str) -> Edit | None:
    """A call of one of these functions at a line replaced by its argument: ``softmax(x, 1)`` by ``x``.

    A layer on a line of its own in a list of layers goes out whole.
    """
    for call in calls_at(place):
        name = source.last_name(call.func)
        if name not in names or call.lineno != call.end_lineno:
            continue
        line = reading.code_at(place)
        if place is not None and name[:1].isupper():
            alone = line.rstrip(",") == ast.get_source_segment(_text(place), call)
            return Edit(place.file, place.line, place.line, "") if alone else None
        method = isinstance(call.func, ast.Attribute) and not _is_module(call.func.value)
        inner = (
            call.func.value
            if method and isinstance(call.func, ast.Attribute)
            else call.args[0]
            if call.args
            else None
        )
        if inner is not None:
            return _replaced(place, call, ast.get_source_segment(_text(place), inner) or ast.unparse(inner))
    return None


def second_argument(place: Place | None, text: str) -> Edit | None:
    """The second argument of a loss call at a line; {0} and {1} in the text are the two arguments' sources."""
    for call in calls_at(place):
        if (
            len(call.args) >= 2
            and isinstance(call.args[0], ast.Name)
            and call.args[1].lineno == call.args[1].end_lineno
        ):
            sources = [ast.get_source_segment(_text(place), argument) or "" for argument in call.args[:2]]
            return _replaced(place, call.args[1], text.format(*sources))
    return None


def receiver(place: Place | None, method: str) -> str | None:
    """What a method is called on at a line: "optimizer" for ``optimizer.step()``."""
    for call in calls_at(place):
        if isinstance(call.func, ast.Attribute) and call.func.attr == method:
            return ast.unparse(call.func.value)
    return None


def only_receiver(place: Place | None, *methods: str) -> str | None:
    """The one name that these methods are called on anywhere in the file, if it is one."""
    tree = reading.tree_of(place)
    found = {
        ast.unparse(node.func.value)
        for node in ast.walk(tree or ast.Module([], []))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods
    }
    return found.pop() if len(found) == 1 else None


def calls_at(place: Place | None) -> list[ast.Call]:
    """The calls that a line is part of, the outer ones first."""
    return calls.calls_at(place)[::-1]


def same_index(file: str, one: ast.Subscript | None, other: ast.Subscript | None) -> Edit | None:
    """What is taken from one array taken by the index of another: ``b[:9]`` by ``b[rows]``, as there ``a[rows]``.

    Only where the texts differ, neither takes columns, and both stand in the same function, or outside of all.
    """
    if one is None or other is None or ast.unparse(one.slice) == ast.unparse(other.slice):
        return None
    if isinstance(one.slice, ast.Tuple) or isinstance(other.slice, ast.Tuple):
        return None
    places = [Place(file, node.lineno) for node in (one, other)]
    around = [[f.lineno for f in source.functions(place)][-1:] for place in places]
    return _replaced(places[0], one.slice, ast.unparse(other.slice)) if around[0] == around[1] else None


def replaced(file: str, changes: Sequence[tuple[ast.expr | ast.arg, str]]) -> list[Edit] | None:
    """Expressions, each on a line, replaced by other texts, those of one line in one edit; None where one is longer."""
    if any(node.lineno != node.end_lineno for node, _ in changes):
        return None
    lines = _text(Place(file, 1)).splitlines()
    made: dict[int, bytes] = {}
    for node, text in sorted(changes, key=lambda change: -change[0].col_offset):
        line = made.get(node.lineno, lines[node.lineno - 1].encode())
        made[node.lineno] = line[: node.col_offset] + text.encode() + line[node.end_col_offset or 0 :]
    return [Edit(file, number, number, line.decode()) for number, line in sorted(made.items())]


def some(*edits: Edit | None) -> list[Edit]:
    """The edits, if all could be made; else none."""
    made = [edit for edit in edits if edit is not None]
    return made if len(made) == len(edits) else []


def _replaced(place: Place | None, node: ast.expr, text: str) -> Edit | None:
    if place is None or node.lineno != node.end_lineno or node.end_col_offset is None:
        return None
    line = _text(place).splitlines()[node.lineno - 1].encode()
    changed = line[: node.col_offset].decode() + text + line[node.end_col_offset :].decode()
    return Edit(place.file, node.lineno, node.lineno, changed)


def _statement(place: Place | None) -> ast.stmt | None:
    found = reading.enclosing(place, ast.stmt)
    return found[-1] if found else None


def _text(place: Place | None) -> str:
    return reading.source(place)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("F", "torch", "nn", "functional")
