"""The script with its comparisons heard: `a == b`, `a != b` and `a - b` of NumPy arrays, and scikit-learn's metrics.

NumPy has no hook as torch has, so a script's own text is compiled with these operators replaced by a call that does the
same and tells the taps of both sides. Lines, results, types and errors stay what they were.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import operator
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any

from vitreous.record.events import ArraysCompared
from vitreous.record.taps import Taps

_NAME = "__vitreous_pair__"  # ends in underscores, so that a class does not mangle it
_DOES: dict[str, Callable[[Any, Any], Any]] = {"-": operator.sub, "==": operator.eq, "!=": operator.ne}
_COMPILED = ("torch.compile", "torch.jit", "numba")  # read a function's bytecode, or its text
_SECOND = ("y_pred", "y_score", "y_prob", "y_proba", "probas_pred")


def compiled(text: str | bytes, path: str) -> CodeType:
    """The code of a script, with its comparisons heard where it uses NumPy or scikit-learn.

    Raises:
        SyntaxError: as Python would, if the text is none.
    """
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if ("numpy" not in plain and "sklearn" not in plain) or any(name in plain for name in _COMPILED):
        return compile(text, path, "exec")
    try:
        tree = _Heard().visit(ast.parse(text, path))
        code = compile(ast.fix_missing_locations(tree), path, "exec")
    except RecursionError:
        return compile(text, path, "exec")
    setattr(builtins, _NAME, _pair)
    if "sklearn" in plain:
        _wrap_metrics()
    return code


class _Heard(ast.NodeTransformer):
    """Operators of two sides as calls of `_pair`."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return _call("-", node, node.left, node.right) if isinstance(node.op, ast.Sub) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            return node
        how = "==" if isinstance(node.ops[0], ast.Eq) else "!="
        return _call(how, node, node.left, node.comparators[0])


def _call(how: str, node: ast.expr, left: ast.expr, right: ast.expr) -> ast.expr:
    if isinstance(left, ast.Constant) or isinstance(right, ast.Constant):
        return node  # a number is no label of every sample
    name = ast.Name(_NAME, ast.Load())
    call = ast.Call(name, [ast.Constant(how), left, right], [])
    for part in (call, name, call.args[0]):
        ast.copy_location(part, node)
    return call


def _pair(how: str, left: Any, right: Any) -> Any:
    """The operator itself; where both sides are arrays (or one a tensor), the taps hear of them."""
    result = _DOES[how](left, right)
    numpy = sys.modules.get("numpy")
    if numpy is not None and (isinstance(left, numpy.ndarray) or isinstance(right, numpy.ndarray)):
        _tell(how, left, right)
    return result


def _tell(how: str, left: Any, right: Any) -> None:
    taps = Taps.active
    if taps is not None and taps.heard("arrays_compared"):
        taps.send("arrays_compared", ArraysCompared(how=how, left=left, right=right))


def _wrap_metrics() -> None:
    """Functions of sklearn.metrics that take the truth first and what a model says second; only in this process."""
    try:
        from sklearn import metrics
    except ImportError:
        return
    for name in metrics.__all__:
        plain = getattr(metrics, name)
        try:
            names = list(inspect.signature(plain).parameters)[:2] if inspect.isfunction(plain) else []
        except ValueError:
            continue
        if len(names) == 2 and names[0] == "y_true" and names[1] in _SECOND:
            setattr(metrics, name, _metric(name, plain, names))


def _metric(name: str, plain: Callable[..., Any], names: list[str]) -> Callable[..., Any]:
    @functools.wraps(plain)
    def metric(*args: Any, **kwargs: Any) -> Any:
        result = plain(*args, **kwargs)
        given = dict(zip(names, args, strict=False)) | kwargs
        _tell(name, given.get(names[0]), given.get(names[1]))
        return result

    return metric
