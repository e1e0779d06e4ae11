"""What is computed from all rows of a part of the data, and computed again from another part.

A vocabulary, means, the levels of a category: made once for the training part and once more for the held-out one, they
are two, and the same number no longer means the same. What is read from the text is a suspicion; an experiment tells,
in which the second time gives what the first one gave.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from vitreous.doctor import literals, named, source
from vitreous.doctor.calls import called
from vitreous.doctor.edits import replaced
from vitreous.doctor.fault import Edit
from vitreous.record.places import Place

# Functions and methods that make few numbers or names of many rows.
_FITS = frozenset(
    ["Counter", "set", "fromkeys", "unique", "factorize", "value_counts", "fit", "mean", "std", "var", "median", "min",
     "max", "amin", "amax", "quantile", "percentile", "nanmean", "nanstd", "std_mean", "var_mean", "svd", "eigh"]
)  # fmt: skip


@dataclass(frozen=True)
class Apart:
    """Something fitted to two parts of the data.

    Attributes:
        line: The second time: of the held-out part.
        first: The first time.
        what: The expression.
        edits: The script in which the second time gives what the first one gave.
    """

    line: int
    first: int
    what: str
    edits: tuple[Edit, ...]


def fitted_apart(file: str) -> Iterator[Apart]:
    """Functions and classes that fit what they are given, called for two parts; then what is written twice."""
    for function in source.nodes(file, ast.FunctionDef):
        made = _made_within(function)
        calls = _calls(file, function)
        if not made or len(calls) < 2:
            continue
        edits = replaced(file, [(node, _once(number, node)) for number, node in enumerate(made)])
        if edits:
            what = ast.unparse(made[0])
            yield Apart(calls[1].lineno, calls[0].lineno, what, tuple(edits))
    yield from _written_twice(file)
    yield from _fitted_again(file)


def _made_within(function: ast.FunctionDef) -> list[ast.expr]:
    """What a function gives names to that it fitted to its arguments: not in a loop, where each turn has its own."""
    known = {a.arg for a in function.args.args if a.arg not in ("self", "cls")}
    found: list[ast.expr] = []
    for node in function.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        used = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        if not used & known:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if _fits(node.value):
            found.append(node.value)
        else:  # as the words of the rows, which are counted next
            known |= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found


def _fits(value: ast.expr) -> bool:
    """Whether an expression is mainly the result of such a function, and not rows that it was applied to."""
    if isinstance(value, ast.BinOp):  # (x - x.mean()) / x.std() are rows again
        return False
    names = [called(call).rsplit(".", 1)[-1] for call in ast.walk(value) if isinstance(call, ast.Call)]
    return any(name in _FITS for name in names)


def _calls(file: str, function: ast.FunctionDef) -> list[ast.Call]:
    """The calls of a function, or of the class that it prepares, each with other data, in the order of the text."""
    owner = next((c.name for c in source.nodes(file, ast.ClassDef) if function in c.body), None)
    name = owner if owner is not None and function.name == "__init__" else function.name
    method = owner is not None and name != owner
    calls = [outer for c in _called(file, name, method) for outer in _passed_on(file, c)]
    calls = [c for c in calls if c.args and not source.loops(Place(file, c.lineno))]
    different = {ast.unparse(c.args[0]): c for c in reversed(calls)}
    return sorted(different.values(), key=lambda c: (c.lineno, c.col_offset))


def _called(file: str, name: str, method: bool) -> list[ast.Call]:
    """The calls of a function; of a method, those of that name of any object."""
    calls = [c for c in source.nodes(file, ast.Call) if isinstance(c, ast.Call)]
    return [c for c in calls if called(c) == name or (method and called(c).endswith(f".{name}"))]


def _passed_on(file: str, call: ast.Call) -> list[ast.Call]:
    """A call; where it only passes on what its method is given, as `fit_transform` to `fit`, the calls of that."""
    around = source.functions(Place(file, call.lineno))[-1:]
    given = [a.arg for a in around[0].args.args if a.arg not in ("self", "cls")] if around else []
    passes = given and call.args and ast.unparse(call.args[0]) == given[0]
    return _called(file, around[0].name, method=True) if passes else [call]


def _once(number: int, node: ast.expr) -> str:
    """An expression that gives what it gave the first time."""
    return f'globals().setdefault("_fitted_first_{number}_{node.lineno}", {ast.unparse(node)})'


def _written_twice(file: str) -> Iterator[Apart]:
    """Two assignments that fit the same to two names, the second under a name that says held-out."""
    found: dict[tuple[int, str], ast.Assign] = {}
    for node in sorted(source.nodes(file, ast.Assign), key=lambda node: node.lineno):
        place = Place(file, node.lineno)
        if not isinstance(node, ast.Assign) or not _fits(node.value) or source.loops(place):
            continue
        around = source.functions(place)
        key = (around[-1].lineno if around else 0, _shape(node.value))
        first = found.setdefault(key, node)
        held_out = any(named.held_out(name) for name in source.targets(place))
        if first is node or not held_out or ast.unparse(first.value) == ast.unparse(node.value):
            continue
        edits = replaced(file, [(node.value, ast.unparse(first.targets[0]))])
        if edits:
            yield Apart(node.lineno, first.lineno, ast.unparse(node.value), tuple(edits))


def _fitted_again(file: str) -> Iterator[Apart]:
    """Transformers of scikit-learn fitted to one part, and the same, or one made alike, fitted to the next.

    ``scaler.fit_transform(x_val)`` behind ``scaler.fit_transform(x_train)``, or behind ``StandardScaler()`` of another
    name. What is fitted to targets is not what is fitted to inputs.
    """
    calls = [
        c for c in source.nodes(file, ast.Call) if source.last_name(c.func) == "fit_transform" and c.args
    ]
    calls = [c for c in calls if not source.loops(Place(file, c.lineno))]
    calls.sort(key=lambda c: (c.lineno, c.col_offset))
    for number, (first, second) in enumerate(itertools.combinations(calls, 2)):
        one, other = (c.func.value for c in (first, second) if isinstance(c.func, ast.Attribute))
        inputs = [ast.unparse(c.args[0]) for c in (first, second)]
        kinds = [_constructed(file, receiver) for receiver in (one, other)]
        if (
            kinds[0] != kinds[1]
            or inputs[0] == inputs[1]
            or named.trains(inputs[1])
            or inputs[0][:1].lower() != inputs[1][:1].lower()
        ):
            continue
        kept = f'"_fitted_once_{number}"'
        edits = replaced(
            file,
            [
                (one, f"globals().setdefault({kept}, {ast.unparse(one)})"),
                (second, f"globals()[{kept}].transform({inputs[1]})"),
            ],
        )
        if edits:
            yield Apart(second.lineno, first.lineno, ast.unparse(first), tuple(edits))


def _constructed(file: str, receiver: ast.expr) -> str:
    """The class of a transformer, by the call that its name was given; else the text of the expression."""
    made = literals.held(file, receiver) if isinstance(receiver, ast.Name) else receiver
    return source.last_name(made.func) if isinstance(made, ast.Call) else ast.unparse(receiver)


def _shape(value: ast.expr) -> str:
    """An expression without its names, but for those of functions."""
    copy = ast.parse(ast.unparse(value), mode="eval")
    functions = {call.func for call in ast.walk(copy) if isinstance(call, ast.Call)}
    for node in ast.walk(copy):
        if isinstance(node, ast.Name) and node not in functions:
            node.id = "_"
    return ast.dump(copy)
