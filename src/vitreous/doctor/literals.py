"""Where a script sets a value: from a line that uses it back to the literal that a person would change."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence

from vitreous.doctor.source import (
    Function,
    argument,
    assigned_names,
    functions,
    last_name,
    loops,
    nodes,
    statement,
)
from vitreous.record.places import Place

_DEEPEST = 6


def option(
    place: Place | None, names: Sequence[str], value: float | None, position: int | None = None, of: str = ""
) -> Place | None:
    """The line where a person would change an option of what is constructed at a line.

    Args:
        place: The line; one of a framework's call where the framework constructs it.
        names: What the option may be called.
        value: What it was: tells which number in the file it is, where the call at the line does not say. None for
            whatever it is, where only one is given under such a name.
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
        found
        for found in (origin(place.file, w) for w in written)
        if found and (value is None or has_number(found, value))
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
    elif isinstance(expression, ast.Call):
        following = _handed_on(file, expression)
    return expression if following in (None, expression) else literal(file, following, depth + 1)


def _handed_on(file: str, call: ast.Call) -> ast.expr | None:
    """What a call only hands on: the number in `float(…)`, the setting in `config.get("lr", 0.1)`."""
    first = call.args[0] if call.args else None
    if last_name(call.func) in ("int", "float") and not isinstance(first, (ast.Constant, ast.Call)):
        return first
    if last_name(call.func) == "get" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return _setting(file, first.value)
    return None


def epochs_place(stack: Sequence[Place]) -> Place | None:
    """The line that says how many epochs (or steps) there are, from the stack of a call within the training loop."""
    count = epochs(stack)
    if count is not None:
        return origin(*count)
    around = loops(stack[-1]) if stack else []
    return Place(stack[-1].file, around[0].lineno) if around else None


def epochs(stack: Sequence[Place]) -> tuple[str, ast.expr] | None:
    """The file and expression that say how many epochs (or steps) there are; None where none is plain to see."""
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
                    return place.file, count.args[min(1, len(count.args) - 1)]
            test = loop.test if isinstance(loop, ast.While) else None
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Lt, ast.LtE)):
                return place.file, test.comparators[0]
    for place in reversed(stack):  # a framework: it is told in an argument
        for keyword in ("max_epochs", "num_train_epochs", "epochs", "n_epochs", "max_steps"):
            for call in nodes(place.file, ast.Call):
                for given in call.keywords:
                    if given.arg == keyword:
                        return place.file, given.value
    return None


_WRAPPERS = frozenset({"tqdm", "trange", "enumerate", "track"})


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
        value = part(node, name.id)
        own = value is name  # self.rate = rate
        if value is not None and not own and (found is None or node.lineno > found[0]):
            found = (node.lineno, value)
    return found[1] if found else None


def part(node: ast.AST, name: str) -> ast.expr | None:
    """What an assignment gives to a name, elements of tuples matched."""
    if isinstance(node, ast.AnnAssign):
        return node.value if assigned_names(node.target) == [name] else None
    for target in node.targets:  # type: ignore[attr-defined]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):  # type: ignore[attr-defined]
            for element, value in zip(target.elts, node.value.elts, strict=False):  # type: ignore[attr-defined]
                if assigned_names(element) == [name]:
                    return value
        if isinstance(target, (ast.Name, ast.Attribute)) and assigned_names(target) == [name]:
            return node.value  # type: ignore[attr-defined, no-any-return]
    return None


def passed(file: str, function: Function, name: str) -> ast.expr | None:
    """What calls of a function (or of its class) give for an argument; else its default."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    place = next((i for i, a in enumerate(arguments) if a.arg == name), None)
    method = bool(arguments) and arguments[0].arg in ("self", "cls")
    for call in _calls_of(file, function):
        for keyword in call.keywords:
            if keyword.arg == name:
                return keyword.value
        position = None if place is None else place - method
        if position is not None and position < len(call.args):
            given: ast.expr = call.args[position]
            return given if not isinstance(given, ast.Starred) else None
        if any(keyword.arg is None for keyword in call.keywords):  # Net(**config)
            kept = _key(file, name)
            if kept is not None:
                return kept
    return _default(function, name)


def _calls_of(file: str, function: Function) -> list[ast.Call]:
    """The calls of a function; of a constructor, those of its class and its subclasses' of `super().__init__`."""
    classes = list(nodes(file, ast.ClassDef))
    owner = next((c.name for c in classes if function in c.body), None)
    constructs = function.name == "__init__" and owner is not None
    called = owner if constructs else function.name
    found = [call for call in nodes(file, ast.Call) if last_name(call.func) == called]
    heirs = [c for c in classes if constructs and owner in [last_name(base) for base in c.bases]]
    for heir in heirs:
        inner = [n for n in ast.walk(heir) if isinstance(n, ast.Call)]
        found += [call for call in inner if last_name(call.func) == "__init__"]
    return found


def _default(function: Function, name: str) -> ast.expr | None:
    """The default of an argument."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    both = [
        *zip(reversed(arguments), reversed(function.args.defaults), strict=False),
        *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True),
    ]
    return next((default for a, default in both if a.arg == name), None)


def _same_setting(expression: ast.expr, name: str) -> bool:
    """Whether an expression only hands a setting on: Adam(…, lr=config["lr"])."""
    if isinstance(expression, ast.Call):
        inner = expression.args[:1]
        of_a_table = last_name(expression.func) == "get" and isinstance(
            inner[0] if inner else None, ast.Constant
        )
        return inner[0].value == name if of_a_table else any(_same_setting(i, name) for i in inner)  # type: ignore[attr-defined]
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
        value = part(node, name)
        if value is not None:
            return value
    kept = _key(file, name)
    if kept is not None:
        return kept
    for function in nodes(file, ast.FunctionDef):  # self.hparams.lr, saved from the constructor's arguments
        if function.name == "__init__" and any(a.arg == name for a in function.args.args):
            return passed(file, function, name)
    return None


def _key(file: str, name: str) -> ast.expr | None:
    """What a table of settings holds under a name: {"lr": 0.1}, dict(lr=0.1)."""
    for call in nodes(file, ast.Call):
        for keyword in call.keywords:
            if keyword.arg == name and last_name(call.func) == "dict":
                return keyword.value
    for table in nodes(file, ast.Dict):
        for key, entry in zip(table.keys, table.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return entry
    return None
