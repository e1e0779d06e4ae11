"""Whether a script's own early stopping ended its training, and where it gets its patience and its margin."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vitreous.doctor import literals, reading, source
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_EARLY = 0.9  # of the epochs that the loop has: more is no early end
_DEEPEST = 4
_MARGIN = re.compile(r"delta|margin|tol|eps|thresh|improve|least|min_")
_PATIENCE = re.compile(r"patien|wait|round|bad|stale|limit|max|strike|grace|allow|epochs")
_ORDERS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq)
Loop = ast.For | ast.While


@dataclass(frozen=True)
class Stopped:
    """An early end.

    Attributes:
        place: Where the number that decides it is written: the margin that an improvement needs, else the patience.
        epochs: After how many epochs.
        whole: How many the loop would have made; None where it says no number.
    """

    place: Place
    epochs: int
    whole: int | None


@dataclass(frozen=True)
class _Setting:
    name: str
    written: ast.expr

    @property
    def number(self) -> float | None:
        """Its value, where it is a number."""
        value = getattr(self.written, "value", None)
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def early(evidence: Evidence, measured: int) -> Stopped | None:
    """What ended the epochs before their number was reached; None where nothing did, or it cannot be told.

    Args:
        evidence: Of a run that came to its end.
        measured: How often held-out data were measured, at most once an epoch.
    """
    site = next((site for site in evidence.sites if site.trained), None)
    around = [(p.file, loop) for p in reversed(site.stack) for loop in source.loops(p)] if site else []
    epochs = max(measured, reading.epochs(evidence))
    for file, loop in around[:-1] or around:  # the innermost goes over batches
        settings = [one for test in _exits(loop) for one in _settings(file, loop, test)]
        whole = _count(file, loop, epochs)
        if whole is not None and epochs > _EARLY * whole:
            continue
        asked = [one for one in settings if one.number is not None and 0 < one.number <= epochs]
        margins = [one for one in asked if _MARGIN.search(one.name)] or list(_margins(file, loop))
        chosen = next(iter(margins or asked), None)
        if chosen is not None and asked:
            return Stopped(Place(file, chosen.written.lineno), epochs, whole)
    return None


def _count(file: str, loop: Loop, least: int) -> int | None:
    """How many times a loop would go round: over a range, or while a number is below one that is not less than that."""
    if isinstance(loop, ast.While):
        compared = [test for test in _parts(loop.test) if isinstance(test, ast.Compare)]
        numbers = [one.number for test in compared for one in _settings(file, loop, test)]
        return max((int(number) for number in numbers if number and number >= least), default=None)
    for call in [node for node in ast.walk(loop.iter) if isinstance(node, ast.Call)]:
        if source.last_name(call.func) in ("range", "trange") and call.args:
            given = [_number(file, one) for one in call.args[:2]]
            known = [one for one in given if one is not None]
            return int(known[-1] - (known[0] if len(known) > 1 else 0)) if len(known) == len(given) else None
    return None


def _number(file: str, expression: ast.expr) -> float | None:
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, (ast.Add, ast.Sub)):
        left, right = _number(file, expression.left), _number(file, expression.right)
        if left is None or right is None:
            return None
        return left + right if isinstance(expression.op, ast.Add) else left - right
    found = literals.literal(file, expression)
    return _Setting("", found).number if found is not None else None


def _exits(loop: Loop) -> Iterator[ast.expr]:
    """What is asked before a loop is left: the tests of a while, and of the innermost `if` around a break or return."""
    if isinstance(loop, ast.While):
        yield from _parts(loop.test)
    for test in _leaving(loop.body, None):
        yield from _parts(test)


def _leaving(body: Sequence[ast.stmt], test: ast.expr | None) -> Iterator[ast.expr]:
    for node in body:
        if isinstance(node, (ast.Break, ast.Return)) and test is not None:
            yield test
        elif isinstance(node, ast.If):
            yield from _leaving(node.body, node.test)
            yield from _leaving(node.orelse, test)
        elif isinstance(node, (ast.With, ast.Try)):
            yield from _leaving(node.body, test)


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    """The questions that are joined by and, or, not."""
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _parts(value)
    elif isinstance(test, ast.UnaryOp):
        yield from _parts(test.operand)
    else:
        yield test


def _settings(file: str, loop: Loop, asked: ast.expr, depth: int = 0) -> Iterator[_Setting]:
    """The numbers that a question hangs on: those it compares with, or those given to what it asks."""
    if isinstance(asked, ast.Compare) and isinstance(asked.ops[0], _ORDERS):
        for side in (asked.left, asked.comparators[0]):
            written = None if _changes(file, loop, side) else literals.literal(file, side)
            if written is not None and isinstance(_Setting("", written).number, int):
                yield _Setting(source.last_name(side), written)
    elif isinstance(asked, ast.Call):
        made = _made(file, asked.func.value if isinstance(asked.func, ast.Attribute) else asked.func)
        yield from _given(file, made or asked)
    elif isinstance(asked, ast.Attribute):
        made = _made(file, asked.value)
        yield from _given(file, made) if made is not None else ()
    elif isinstance(asked, ast.Name) and depth < _DEEPEST:
        for test in _set_by(loop, asked.id):
            yield from _settings(file, loop, test, depth + 1)


def _set_by(loop: Loop, flag: str) -> Iterator[ast.expr]:
    """What a flag is set to in a loop; of one that is set to True, what the `if` around it asks."""
    for node in ast.walk(loop):
        body = node.body if isinstance(node, ast.If) else []
        for one in [*body, node]:
            named = isinstance(one, ast.Assign) and flag in [getattr(t, "id", "") for t in one.targets]
            if not named or not isinstance(one, ast.Assign):
                continue
            if isinstance(one.value, (ast.Call, ast.Compare, ast.Attribute, ast.BoolOp)):
                yield from _parts(one.value)
            elif isinstance(node, ast.If) and getattr(one.value, "value", None) is True:
                yield from _parts(node.test)


def _changes(file: str, loop: Loop, side: ast.expr) -> bool:
    """Whether a name counts: it is changed in the loop, an attribute anywhere."""
    name = source.last_name(side)
    within = ast.walk(loop) if isinstance(side, ast.Name) else source.nodes(file, ast.AugAssign)
    targets: list[ast.expr] = []
    for node in within:
        targets += node.targets if isinstance(node, ast.Assign) else []
        targets += [node.target] if isinstance(node, (ast.AugAssign, ast.For)) else []
    found = [n for target in targets for n in ast.walk(target)]
    return bool(name) and name in [source.last_name(n) for n in found if isinstance(n, ast.expr)]


def _made(file: str, owner: ast.expr) -> ast.Call | None:
    """The call that constructs an object."""
    name = source.last_name(owner)
    for node in source.nodes(file, ast.Assign):
        named = name and name in [source.last_name(target) for target in node.targets]
        if named and isinstance(node.value, ast.Call):
            return node.value
    return None


def _given(file: str, call: ast.Call) -> Iterator[_Setting]:
    """The settings of a call by their names: those it gives, and the defaults of those that it leaves out."""
    name, found = source.last_name(call.func), dict[str, ast.expr]()
    order: list[str] = []
    for kind in source.nodes(file, ast.ClassDef):
        if kind.name == name:
            fields = [n for n in kind.body if isinstance(n, ast.AnnAssign)]
            order = [source.last_name(n.target) for n in fields]
            found |= {source.last_name(n.target): n.value for n in fields if n.value is not None}
    for function in source.nodes(file, ast.FunctionDef):
        around = [kind.name for kind in source.nodes(file, ast.ClassDef) if function in kind.body]
        if (function.name == "__init__" and name in around) or (function.name == name and not around):
            arguments = function.args.args
            order = [a.arg for a in arguments if a.arg != "self"]
            both = zip(reversed(arguments), reversed(function.args.defaults), strict=False)
            found |= {a.arg: value for a, value in both}
            pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
            found |= {a.arg: value for a, value in pairs if value is not None}
    found |= dict(zip(order, call.args, strict=False))
    found |= {k.arg: k.value for k in call.keywords if k.arg}
    for key, value in found.items():
        written = literals.literal(file, value)
        if written is not None and (_MARGIN.search(key) or _PATIENCE.search(key)):
            yield _Setting(key, written)


def _margins(file: str, loop: Loop) -> Iterator[_Setting]:
    """By how much a new best has to be better: `if loss < best - 0.01: best = loss`."""
    for node in ast.walk(loop):
        if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
            continue
        names = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
        kept = {n.id for one in node.body for n in ast.walk(one) if isinstance(n, ast.Name)}
        stored = isinstance(node.body[0], (ast.Assign, ast.AugAssign)) and names & kept
        for sum_ in [n for n in ast.walk(node.test) if isinstance(n, ast.BinOp) and stored]:
            for side in (sum_.left, sum_.right):
                written = None if _changes(file, loop, side) else literals.literal(file, side)
                if written is not None and _Setting("", written).number:
                    yield _Setting(source.last_name(side), written)
