"""The learning rate of updates that no optimizer of PyTorch's makes: `w -= rate * gradient`, or a Keras optimizer's."""

from __future__ import annotations

import ast
import re

from vitreous.doctor import literals, source
from vitreous.doctor.edits import Number
from vitreous.record.evidence import Evidence

_NAME = re.compile(r"(^|_)(lr|eta|alpha|rate|step_size|learning_rate)$", re.IGNORECASE)


def by_hand(evidence: Evidence) -> Number | None:
    """The one number called a learning rate that the updates of a script without optimizers take; None if not one."""
    if evidence.optimizers or not evidence.steps:
        return None
    file = evidence.script
    found: set[Number] = set()
    for name in [*_factors(file), *_given(file)]:
        at = literals.origin(file, name)
        written = [n for n in source.nodes(file, ast.Constant) if at is not None and n.lineno == at.line]
        values = [n.value for n in written if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
        value = values[0] if len(values) == 1 else None
        if at is not None and isinstance(value, (int, float)) and value > 0:
            found.add(Number(float(value), at))
    return found.pop() if len(found) == 1 else None


def _given(file: str) -> list[ast.expr]:
    """What calls are given by a name that says rate, as an optimizer of Keras's or of the script's own.

    Keras's take it first as well, where those of torch take parameters: `keras.optimizers.Adam(1e-3)`.
    """
    made = list(source.nodes(file, ast.Call))
    named = [k.value for call in made for k in call.keywords if k.arg is not None and _NAME.search(k.arg)]
    first = [call.args[0] for call in made if call.args and "optimizers" in ast.unparse(call.func)]
    return named + [given for given in first if isinstance(given, ast.Constant)]


def _factors(file: str) -> list[ast.Name | ast.Attribute]:
    """Names that say rate in what is taken from something: in `a - rate * b` and `a -= self.rate * b`."""
    taken = [n.right for n in source.nodes(file, ast.BinOp) if isinstance(n.op, ast.Sub)]
    taken += [n.value for n in source.nodes(file, ast.AugAssign) if isinstance(n.op, ast.Sub)]
    products = [
        p for t in taken for p in ast.walk(t) if isinstance(p, ast.BinOp) and isinstance(p.op, ast.Mult)
    ]
    named = [n for p in products for n in ast.walk(p) if isinstance(n, (ast.Name, ast.Attribute))]
    return [n for n in named if _NAME.search(source.last_name(n))]
