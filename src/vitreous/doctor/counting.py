"""Where a printed figure is counted: from the number in the output back to the line that adds it up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vitreous.doctor import source
from vitreous.record.places import Place

NUMBER = re.compile(
    r"(?<![\w.@])(?<!\w-)[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"
)  # neither the 5 of top-5 nor of hits@5
_FIELD = re.compile(r"\{[^{}]*\}")
_PERCENT = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")
_DEEPEST = 6
_PASSES_ON = frozenset({"round", "float", "item", "mean", "sum", "max", "cpu", "numpy", "detach", "sqrt"})


def printed(place: Place | None, number: int) -> ast.expr | None:
    """The expression whose value is the number-th number of the line that a statement writes."""
    statement = source.statement(place)
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)] if statement else []
    for call in calls:  # from the outside in: print, or a method of a logger
        if call.args:
            shown = list(_shown(call))
            return shown[number] if number < len(shown) else None
    return None


def _shown(call: ast.Call) -> Iterator[ast.expr | None]:
    """What stands for each number that a call writes."""
    first, *others = call.args
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    if source.last_name(call.func) != "print" and _PERCENT.search(text):  # logging.info("val acc %.3f", acc)
        yield from _filled(text, _PERCENT, others)
        return
    for argument in call.args:
        yield from _numbers(argument)


def _numbers(text: ast.expr) -> Iterator[ast.expr | None]:
    """What stands for each number of a text; None for one that is written out."""
    if isinstance(text, ast.JoinedStr):
        for part in text.values:
            if isinstance(part, ast.FormattedValue):
                yield part.value
            else:
                yield from _numbers(part)
    elif isinstance(text, ast.Constant) and isinstance(text.value, str):
        yield from [None] * len(NUMBER.findall(text.value))
    elif isinstance(text, ast.BinOp) and isinstance(text.op, ast.Mod) and isinstance(text.left, ast.Constant):
        given = text.right.elts if isinstance(text.right, ast.Tuple) else [text.right]
        yield from _filled(str(text.left.value), _PERCENT, given)
    elif isinstance(text, ast.BinOp) and isinstance(text.op, ast.Add):  # "val acc " + str(acc)
        yield from _numbers(text.left)
        yield from _numbers(text.right)
    elif (
        isinstance(text, ast.Call)
        and source.last_name(text.func) == "format"
        and isinstance(text.func, ast.Attribute)
    ):
        held = text.func.value
        yield from _filled(str(held.value) if isinstance(held, ast.Constant) else "", _FIELD, text.args)
    elif isinstance(text, ast.Call) and source.last_name(text.func) == "str" and text.args:
        yield text.args[0]
    else:
        yield text


def _filled(text: str, field: re.Pattern[str], given: list[ast.expr]) -> Iterator[ast.expr | None]:
    """The numbers of a text with fields in it, in order."""
    rest = iter(given)
    found = [(m.start(), None) for m in NUMBER.finditer(field.sub(lambda m: "_" * len(m[0]), text))]
    found += [(m.start(), m) for m in field.finditer(text)]  # type: ignore[misc]
    for _, match in sorted(found, key=lambda one: one[0]):
        yield next(rest, None) if match is not None else None


def counted_at(place: Place | None, number: int) -> Place | None:
    """The line that counts what is printed: through names, divisions and the script's functions, as far as it goes."""
    value = printed(place, number)
    found = place
    for _ in range(_DEEPEST):
        made = _made(place.file, value) if place is not None and value is not None else None
        if place is None or made is None:
            break
        line, value = made
        found = Place(place.file, line, place.function)
    return found


def _made(file: str, value: ast.expr) -> tuple[int, ast.expr] | None:
    """The line that makes a value and what it makes it from; None where the value says nothing of that."""
    while True:
        if isinstance(value, ast.BinOp) and _scales(value):
            value = value.left if not isinstance(value.left, ast.Constant) else value.right
        elif isinstance(value, (ast.Subscript, ast.Attribute)) and not isinstance(value.value, ast.Name):
            value = value.value
        elif isinstance(value, ast.Call) and source.last_name(value.func) in _PASSES_ON:
            inner = value.args[:1] or ([value.func.value] if isinstance(value.func, ast.Attribute) else [])
            if not inner:
                return None
            value = inner[0]
        else:
            break
    if isinstance(value, ast.Name):
        return _given(file, value)
    if isinstance(value, ast.Call):
        return _returned(file, source.last_name(value.func), 0)
    return None


def _scales(node: ast.BinOp) -> bool:
    """Whether an operation makes no new figure of what it is about: a total divided, a percentage, 1 - x."""
    with_number = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
    return isinstance(node.op, (ast.Div, ast.FloorDiv)) or (with_number and not isinstance(node.op, ast.Pow))


def _given(file: str, name: ast.Name) -> tuple[int, ast.expr] | None:
    """The last statement before a line that counts on, or else sets, a variable of the same function."""
    around = source.functions(Place(file, name.lineno))[-1:]
    before: list[tuple[bool, int, ast.expr]] = []
    for node in source.nodes(file, ast.stmt):
        if node.lineno >= name.lineno or source.functions(Place(file, node.lineno))[-1:] != around:
            continue
        if isinstance(node, ast.AugAssign) and name.id in source.assigned_names(node.target):
            before.append((True, node.lineno, node.value))
        elif isinstance(node, ast.Assign) and not isinstance(node.value, ast.Constant):
            names = [n for target in node.targets for n in source.assigned_names(target)]
            if name.id in names:
                value = node.value
                if isinstance(value, ast.Tuple) and len(value.elts) == len(names):
                    value = value.elts[names.index(name.id)]
                elif isinstance(value, ast.Call) and len(names) > 1:
                    found = _returned(file, source.last_name(value.func), names.index(name.id))
                    if found is not None:
                        return found
                if not isinstance(value, ast.Constant):
                    before.append((False, node.lineno, value))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.value.args:
            function = node.value.func  # hits.append(…)
            grown = isinstance(function, ast.Attribute) and source.last_name(function.value) == name.id
            if grown and source.last_name(function) in ("append", "extend", "update"):
                before.append((True, node.lineno, node.value.args[0]))
    return max(before, key=lambda one: one[:2])[1:] if before else None


def _returned(file: str, called: str, part: int) -> tuple[int, ast.expr] | None:
    """The last line of a function of the script that returns, and the part of it."""
    for function in source.nodes(file, ast.FunctionDef):
        if function.name == called:
            lines = [n for n in ast.walk(function) if isinstance(n, ast.Return) and n.value is not None]
            if lines and lines[-1].value is not None:
                value = lines[-1].value
                if isinstance(value, ast.Tuple):
                    value = value.elts[min(part, len(value.elts) - 1)]
                return lines[-1].lineno, value
    return None
