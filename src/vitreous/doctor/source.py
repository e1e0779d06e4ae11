"""Where in a script's text a value is set: from a line that uses it back to the literal that a person would change."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

from vitreous.record.places import Place

_DEEPEST = 6
_SMALL = 3  # statements
Function = ast.FunctionDef | ast.AsyncFunctionDef
Node = TypeVar("Node", bound=ast.AST)


@cache
def tree(file: str) -> ast.Module | None:
    """A file parsed; None where it cannot be."""
    try:
        return ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
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
        try:
            return Path(place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]
        except (OSError, IndexError, UnicodeDecodeError):
            return ""
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
        given = [name for target in node.targets for name in _names(target)]
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For)):
        given = _names(node.target)
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
        set_at = [n for n in set_at if value.id in [name for t in n.targets for name in _names(t)]]  # type: ignore[union-attr]
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


def option(
    place: Place | None, names: Sequence[str], value: float | None, position: int | None = None, of: str = ""
) -> Place | None:
    """The line where a person would change an option of what is constructed at a line.

    Args:
        place: The line; one of a framework's call where the framework constructs it.
        names: What the option may be called.
        value: What it was: tells which number in the file it is, where the call at the line does not say.
        position: Its place among positional arguments.
        of: Part of the constructor's name.

    Returns:
        Where the value is written; the line itself where that cannot be told.
    """
    if place is None:
        return None
    given = argument(place, names, position, of) or argument(place, names)
    if given is not None:
        return origin(place.file, given)
    written: list[ast.expr] = []
    for call in nodes(place.file, ast.Call):
        written += [k.value for k in call.keywords if k.arg and k.arg.split("__")[-1] in names]
    for node in nodes(place.file, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        written += [v for k, v in pairs if isinstance(k, ast.Constant) and k.value in names]
    for field in nodes(place.file, ast.AnnAssign):  # of a configuration
        named = isinstance(field.target, ast.Name) and field.target.id in names
        written += [field.value] if named and field.value is not None else []
    lines = {
        found for found in (origin(place.file, w) for w in written) if found and has_number(found, value)
    }  # fmt: skip
    return lines.pop() if len(lines) == 1 else place


def has_number(place: Place, value: float | None) -> bool:
    """Whether a number of this value is written at a line."""
    found = (n.value for n in nodes(place.file, ast.Constant) if n.lineno == place.line)
    return value is not None and any(
        isinstance(n, (int, float)) and math.isclose(n, value, rel_tol=1e-6) for n in found
    )


def has_fraction(place: Place) -> bool:
    """Whether a number with a decimal point or an exponent is written at a line."""
    found = (n.value for n in nodes(place.file, ast.Constant) if n.lineno == place.line)
    return any(isinstance(n, float) for n in found)


def written(place: Place | None, value: float) -> Place | None:
    """Where a number that a line computes with is written; the line itself where that cannot be told."""
    line = statement(place)
    if place is None or line is None:
        return place
    found = set()
    for node in ast.walk(line):
        if isinstance(node, (ast.Name, ast.Attribute, ast.Constant)):
            at = origin(place.file, node)
            if at is not None and has_number(at, abs(value)):
                found.add(at)
    return found.pop() if len(found) == 1 else place


def origin(file: str, expression: ast.expr | None) -> Place | None:
    """The line where a value is written; see `literal`."""
    found = literal(file, expression)
    return Place(file, found.lineno) if found is not None else None


def literal(file: str, expression: ast.expr | None, depth: int = 0) -> ast.expr | None:
    """What gives a value: through names, arguments, defaults, settings objects and options, as far as it goes."""
    if expression is None or depth >= _DEEPEST:
        return expression
    following: ast.expr | None = None
    if isinstance(expression, ast.Name):
        following = held(file, expression)
    elif isinstance(expression, ast.Attribute):
        following = _setting(file, expression.attr)
    elif isinstance(expression, ast.Subscript) and isinstance(expression.slice, ast.Constant):
        following = _setting(file, str(expression.slice.value))
    elif isinstance(expression, ast.BinOp):  # epochs + 1
        named = [s for s in (expression.left, expression.right) if not isinstance(s, ast.Constant)]
        return literal(file, named[0], depth + 1) if len(named) == 1 else expression
    return expression if following in (None, expression) else literal(file, following, depth + 1)


def epochs_place(stack: Sequence[Place]) -> Place | None:
    """The line that says how many epochs (or steps) there are, from the stack of a call within the training loop."""
    for place in reversed(stack):  # the outermost frame that has a loop counts epochs
        for loop in loops(place):
            count = loop.iter if isinstance(loop, ast.For) else None
            if isinstance(count, ast.Call) and isinstance(count.func, ast.Name):
                while isinstance(count, ast.Call) and count.args and last_name(count.func) in _WRAPPERS:
                    count = count.args[0]
                if (
                    isinstance(count, ast.Call)
                    and last_name(count.func) in ("range", "trange")
                    and count.args
                ):
                    return origin(place.file, count.args[min(1, len(count.args) - 1)])
    for place in reversed(stack):  # a framework: it is told in an argument
        for keyword in ("max_epochs", "num_train_epochs", "epochs", "n_epochs", "max_steps"):
            for call in nodes(place.file, ast.Call):
                for given in call.keywords:
                    if given.arg == keyword:
                        return origin(place.file, given.value)
    around = loops(stack[-1]) if stack else []
    return Place(stack[-1].file, around[0].lineno) if around else None


_WRAPPERS = frozenset({"tqdm", "trange", "enumerate", "track"})


def last_name(function: ast.expr) -> str:
    """The last part of what is called: "step" of `optimizer.step()`; nothing for what has no name."""
    return str(getattr(function, "attr", "") or getattr(function, "id", ""))


def _names(target: ast.expr) -> list[str]:
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Attribute):
        return [target.attr]
    if isinstance(target, (ast.Tuple, ast.List)):
        return [name for element in target.elts for name in _names(element)]
    return _names(target.value) if isinstance(target, (ast.Starred, ast.Subscript)) else []


def _spans(node: ast.AST, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)  # type: ignore[attr-defined, no-any-return]


def held(file: str, name: ast.Name) -> ast.expr | None:
    """What a name holds at a line: an assignment in its function, that function's argument, a global."""
    around = functions(Place(file, name.lineno))
    for function in reversed(around):
        found = _assigned(file, name, function)
        if found is not None:
            return found
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        if any(a.arg == name.id for a in arguments):
            return passed(file, function, name.id)
    return _assigned(file, name, None)


def _assigned(file: str, name: ast.Name, function: Function | None) -> ast.expr | None:
    """The last assignment before it, in a function or outside of all."""
    found: tuple[int, ast.expr] | None = None
    for node in nodes(file, ast.Assign, ast.AnnAssign):
        around = functions(Place(file, node.lineno))
        elsewhere = (around[-1] if around else None) is not function
        if elsewhere or (function is not None and node.lineno > name.lineno):
            continue
        value = _part(node, name.id)
        own = value is name  # self.rate = rate
        if value is not None and not own and (found is None or node.lineno > found[0]):
            found = (node.lineno, value)
    return found[1] if found else None


def _part(node: ast.AST, name: str) -> ast.expr | None:
    """What an assignment gives to a name, elements of tuples matched."""
    if isinstance(node, ast.AnnAssign):
        return node.value if _names(node.target) == [name] else None
    for target in node.targets:  # type: ignore[attr-defined]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):  # type: ignore[attr-defined]
            for element, value in zip(target.elts, node.value.elts, strict=False):  # type: ignore[attr-defined]
                if _names(element) == [name]:
                    return value
        if isinstance(target, (ast.Name, ast.Attribute)) and _names(target) == [name]:
            return node.value  # type: ignore[attr-defined, no-any-return]
    return None


def passed(file: str, function: Function, name: str) -> ast.expr | None:
    """What calls of a function (or of its class) give for an argument; else its default."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    place = next((i for i, a in enumerate(arguments) if a.arg == name), None)
    method = bool(arguments) and arguments[0].arg in ("self", "cls")
    owner = next(
        (c.name for c in nodes(file, ast.ClassDef) if function in c.body),
        None,
    )
    called = owner if function.name == "__init__" and owner else function.name
    for call in nodes(file, ast.Call):
        if last_name(call.func) != called:
            continue
        for keyword in call.keywords:
            if keyword.arg == name:
                return keyword.value
        position = None if place is None else place - method
        if position is not None and position < len(call.args):
            given: ast.expr = call.args[position]
            return given if not isinstance(given, ast.Starred) else None
    both = [
        *zip(reversed(arguments), reversed(function.args.defaults), strict=False),
        *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True),
    ]
    return next((default for a, default in both if a.arg == name), None)


def _same_setting(expression: ast.expr, name: str) -> bool:
    """Whether an expression only hands a setting on: Adam(…, lr=config["lr"])."""
    if isinstance(expression, ast.Subscript):
        return isinstance(expression.slice, ast.Constant) and expression.slice.value == name
    return isinstance(expression, ast.Attribute) and expression.attr == name


def _setting(file: str, name: str) -> ast.expr | None:
    """The value of a setting by its name: a command-line option, a field, an attribute, a key."""
    option = "--" + name.replace("_", "-")
    for call in nodes(file, ast.Call):
        flags = [a.value for a in call.args if isinstance(a, ast.Constant)]
        given = {k.arg: k.value for k in call.keywords}
        if last_name(call.func) == "add_argument" and {option, "--" + name, name} & set(flags):
            return given.get("default")
    for given_at in nodes(file, ast.Assign):  # config["lr"] = 0.1
        target = given_at.targets[0]
        if isinstance(target, ast.Subscript) and _same_setting(target, name):
            return given_at.value
    for call in nodes(file, ast.Call):
        for keyword in call.keywords:
            holds = last_name(call.func)[:1].isupper() or last_name(call.func) == "dict"
            if keyword.arg == name and holds and not _same_setting(keyword.value, name):
                return keyword.value
    for node in nodes(file, ast.Assign, ast.AnnAssign):
        value = _part(node, name)
        if value is not None:
            return value
    for table in nodes(file, ast.Dict):
        for key, entry in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return entry
    return None
