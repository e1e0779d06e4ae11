"""What a script's own text says about a line: which call stands there, and where a value in it was set.

Evidence says what happened; where a number came from stands only in the source. Nothing here runs it. Whatever
cannot be read or told is None or empty, never a guess.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vitreous.doctor.source import tree
from vitreous.record.places import Place

_NUMBERS = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.Tuple, ast.List, ast.Load)


def calls_at(place: Place | None, ending: str = "") -> list[ast.Call]:
    """The calls that a line is part of, the innermost first.

    Args:
        place: The line.
        ending: Only those whose name ends so, as "DataLoader".
    """
    parsed = tree(place.file) if place is not None else None
    if parsed is None or place is None:
        return []
    found = [
        node
        for node in ast.walk(parsed)
        if isinstance(node, ast.Call)
        and node.lineno <= place.line <= (node.end_lineno or node.lineno)
        and called(node).endswith(ending)
    ]
    return sorted(found, key=lambda n: ((n.end_lineno or n.lineno) - n.lineno, len(ast.dump(n))))


def called(call: ast.Call) -> str:
    """The name by which something is called, as "torch.optim.Adam" or "loss.backward"."""
    try:
        return ast.unparse(call.func)
    except (ValueError, RecursionError):
        return ""


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """An argument by its keyword, or by its position where it has none."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is not None and position < len(call.args):
        return call.args[position]
    return None


def set_at(place: Place, value: ast.expr | None) -> Place:
    """The line where a value was written down: its own, or that of the constant behind a name.

    It follows one name, one attribute (`args.lr`, by a keyword or an `add_argument` of that name) or one key of a
    dictionary, where the file assigns it exactly once; else it stays at the line of the call.
    """
    name = _named(value)
    parsed = tree(place.file)
    if name is None or parsed is None:
        line = value.lineno if isinstance(value, ast.Constant) else place.line
        return Place(place.file, line, place.function)
    lines = set(_assignments(parsed, name))
    return Place(place.file, lines.pop(), "") if len(lines) == 1 else place


def _named(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Name):
        return value.id
    if isinstance(value, ast.Attribute):
        return value.attr
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        return str(value.slice.value)
    return None


def _assignments(parsed: ast.Module, name: str) -> Iterator[int]:
    """Lines where something of this name gets a constant."""
    for node in ast.walk(parsed):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                yield from _unpacked(target, node.value, name)
        elif isinstance(node, ast.Dict):
            for key, item in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name and constant(item):
                    yield item.lineno
        elif isinstance(node, ast.Call) and called(node).endswith("add_argument"):
            options = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if any(str(option).lstrip("-").replace("-", "_") == name for option in options):
                yield node.lineno
        elif isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == name and constant(keyword.value):
                    yield keyword.value.lineno
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _default(node.args, name)


def _unpacked(target: ast.expr, value: ast.expr | None, name: str) -> Iterator[int]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for inner, item in zip(target.elts, value.elts, strict=True):
            yield from _unpacked(inner, item, name)
    elif value is not None and constant(value):
        named = target.id if isinstance(target, ast.Name) else getattr(target, "attr", None)
        if named == name:
            yield target.lineno


def _default(arguments: ast.arguments, name: str) -> Iterator[int]:
    positional = [*arguments.posonlyargs, *arguments.args]
    for argument_, default in zip(
        positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
    ):
        if argument_.arg == name and constant(default):
            yield default.lineno


def constant(value: ast.expr) -> bool:
    """Whether an expression is numbers only, as 2, -1, 1e-3, 2 ** 7 or (1, 2)."""
    return all(isinstance(node, _NUMBERS) for node in ast.walk(value))


def constructed_at(place: Place | None, kind: str) -> Place | None:
    """The one call in a file that makes an object of a class; the place as given where there is not exactly one."""
    parsed = tree(place.file) if place is not None else None
    if parsed is None or place is None:
        return place
    lines = {n.lineno for n in ast.walk(parsed) if isinstance(n, ast.Call) and called(n).split(".")[-1] == kind}
    return Place(place.file, lines.pop()) if len(lines) == 1 else place


def attribute_set(file: str, owner: str, attribute: str) -> int | None:
    """The line in a class where `self.attribute` is first assigned."""
    parsed = tree(file)
    for node in ast.walk(parsed) if parsed is not None else ():
        if isinstance(node, ast.ClassDef) and node.name == owner:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Assign) and any(
                    isinstance(t, ast.Attribute) and t.attr == attribute for t in inner.targets
                ):
                    return inner.lineno
    return None


def layers_kept_plainly(file: str) -> list[int]:
    """Lines where an attribute of `self` is given a list, tuple or dict of objects of classes."""
    parsed, kinds = tree(file), (ast.List, ast.ListComp, ast.Tuple, ast.Dict, ast.DictComp)
    lines = set()
    for node in ast.walk(parsed) if parsed is not None else ():
        if isinstance(node, ast.Assign) and isinstance(node.value, kinds):
            owned = any(
                isinstance(t, ast.Attribute) and isinstance(t.value, ast.Name) and t.value.id == "self"
                for t in node.targets
            )
            made = [n for n in ast.walk(node.value) if isinstance(n, ast.Call)]
            if owned and any(called(call).split(".")[-1][:1].isupper() for call in made):
                lines.add(node.lineno)
    return sorted(lines)


def learning_rate_set(file: str) -> int | None:
    """The line where a script itself writes a parameter group's learning rate, if there is one such line."""
    parsed = tree(file)
    lines = set()
    for node in ast.walk(parsed) if parsed is not None else ():
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AugAssign)
            else []
        )
        for target in targets:
            key = target.slice if isinstance(target, ast.Subscript) else None
            if isinstance(key, ast.Constant) and key.value == "lr":
                lines.add(target.lineno)
    return lines.pop() if len(lines) == 1 else None
