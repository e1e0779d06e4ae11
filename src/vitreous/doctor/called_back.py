"""Losses of a script's own that a training library calls: what it hands them first, and what second."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from vitreous.doctor import edits, source
from vitreous.doctor.fault import Edit

# by the call and the keyword that give a library a loss: whether it hands that the target first
_CALLS = (
    (re.compile("compile$"), "loss", True),
    (re.compile("^NeuralNet"), "criterion", False),
    (re.compile("Trainer$"), "compute_loss_func", False),
)
PREDICTION = re.compile(r"pred|forecast|^out|estimat|guess|logit|hat(_|$)|recon", re.I)
TARGET = re.compile(r"target|label|^true|_true|truth|gold|actual|observed|^y$|ground", re.I)


class CalledBack(NamedTuple):
    """A loss that takes the two the other way round than its library hands them over."""

    file: str
    line: int
    name: str
    first: str
    second: str
    edits: list[Edit]


def exchanged(file: str) -> Iterator[CalledBack]:
    """Functions and modules whose parameters say prediction where the target comes, and target for the prediction."""
    for call in source.nodes(file, ast.Call):
        for made, word, target_first in _CALLS:
            given = next((k.value for k in call.keywords if k.arg == word), None)
            function = _function(file, given) if given and made.search(source.last_name(call.func)) else None
            if function is None:
                continue
            one, two = function.args.args[_own(function) :][:2]
            first, second = (TARGET, PREDICTION) if target_first else (PREDICTION, TARGET)
            if _says(one.arg, second, first) and _says(two.arg, first, second):
                changes = edits.replaced(file, [(one, ast.unparse(two)), (two, ast.unparse(one))])
                yield CalledBack(file, function.lineno, function.name, one.arg, two.arg, changes or [])


def _function(file: str, given: ast.expr) -> ast.FunctionDef | None:
    """The function of the script that a name stands for; of a module's class, or an object of it, what it runs."""
    name = source.last_name(given.func if isinstance(given, ast.Call) else given)
    named = [node for node in source.nodes(file, ast.FunctionDef) if node.name == name]
    for node in source.nodes(file, ast.ClassDef):
        if node.name == name:
            named += [
                n for n in node.body if isinstance(n, ast.FunctionDef) and n.name in ("forward", "call")
            ]
    return next((node for node in named if len(node.args.args) >= 2 + _own(node)), None)


def _own(function: ast.FunctionDef) -> int:
    return int(bool(function.args.args) and function.args.args[0].arg == "self")


def _says(name: str, what: re.Pattern[str], other: re.Pattern[str]) -> bool:
    return bool(what.search(name)) and not other.search(name)
