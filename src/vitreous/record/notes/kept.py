"""Notes on graphs that are kept: losses and outputs whose autograd graph is still held steps later."""

from __future__ import annotations

import ast
import sys
import weakref
from typing import TYPE_CHECKING, Any

from torch import Tensor

from vitreous.record.events import Backward, Listener, ModuleCall, OptimizerEvent
from vitreous.record.measure import tensors
from vitreous.record.places import Place, is_users, text

if TYPE_CHECKING:
    from vitreous.record.session import Session

_WATCHED = 60  # steps whose graphs are watched
_LATER = 3  # steps after which nobody needs the graph of a step any more
_WORKING = frozenset(["backward", "manual_backward", "step", "optimizer_step", "register_hook"])
_LOOKED_AT = frozenset([6, 12, 24, 48])


class _Sign:
    """Lives as long as the node of the graph that has it in its metadata."""


class KeptNotes(Listener):
    """Signs put into the graphs of the first steps: those still alive later belong to graphs that are kept.

    Attributes:
        watched: Steps whose loss was watched, each for at least `_LATER` steps.
        kept: Of those, how many are still held.
        places: Lines that hold on to a tensor with its graph, as text of the source says.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.kept = self.watched = self.outputs = 0
        self.places: list[Place] = []
        self._signs: list[tuple[int, str, Any]] = []

    def backward_begin(self, event: Backward) -> None:
        """Signs the graph of a loss; counts where no optimizer makes steps, and this is the next sure sign of one."""
        if self.session.step >= _WATCHED:
            return
        if not any(optimizer.steps for optimizer in self.session.steps.optimizers):
            self._count()
        for root in event.roots:
            if isinstance(root, Tensor):
                self._sign(root, "loss")

    def module_end(self, event: ModuleCall) -> None:
        """Signs the graph of an output."""
        if event.depth == 0 and self.session.step < _WATCHED:
            for tensor in tensors(event.output)[:1]:
                self._sign(tensor, "output")

    def step_end(self, event: OptimizerEvent) -> None:
        """Counts what is still held."""
        self._count()

    def _count(self) -> None:
        step = self.session.step
        if step in _LOOKED_AT:
            old = [(kind, sign()) for at, kind, sign in self._signs if at <= step - _LATER]
            self.watched = sum(kind == "loss" for kind, _ in old)
            self.kept = sum(kind == "loss" and sign is not None for kind, sign in old)
            self.outputs = sum(kind == "output" and sign is not None for kind, sign in old)
            if self.kept > 2 or self.outputs > 2:
                self._find()

    def _sign(self, tensor: Tensor, kind: str) -> None:
        if tensor.grad_fn is not None:
            sign = _Sign()
            node: Any = tensor.grad_fn  # its metadata is a dictionary, whatever the stubs say
            node.metadata[id(self)] = sign
            self._signs.append((self.session.step, kind, weakref.ref(sign)))

    def _find(self) -> None:
        """Lines of the running functions that put a tensor with a graph into something that stays."""
        frame: Any = sys._getframe(1)
        while frame is not None:
            if is_users(frame.f_code):
                for line in keeping(
                    frame.f_code.co_filename, {**frame.f_globals, **frame.f_locals}, frame.f_code.co_name
                ):
                    place = Place(frame.f_code.co_filename, line, frame.f_code.co_name)
                    if place not in self.places:
                        self.places.append(place)
            frame = frame.f_back


def keeping(file: str, values: dict[str, Any], function: str) -> list[int]:
    """Lines of a function that add or append a name which is a tensor with a graph now.

    Args:
        file: The source.
        values: What the names stand for.
        function: Its name, or "<module>".
    """
    try:
        tree = ast.parse(text(file))
    except (SyntaxError, ValueError):
        return []
    body: list[ast.AST] = [tree]
    if function != "<module>":
        body = [
            n
            for n in ast.walk(tree)
            if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) and n.name == function
        ]
    found = []
    for part in body:
        for node in ast.walk(part):
            value = _stored(node)
            if value is not None and _has_graph(value, values):
                found.append(node.lineno)  # type: ignore[attr-defined]
    if not found:
        given = [n for part in body for n in ast.walk(part) if _is_handed_over(n, values)]
        found = [node.lineno for node in given]  # type: ignore[attr-defined]
    return sorted(set(found))


def _is_handed_over(node: ast.AST, values: dict[str, Any]) -> bool:
    """Whether a statement only calls a method of some object with a tensor that has a graph: a meter, a logger."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in _WORKING:
        return False
    return any(_has_graph(value, values) for value in [*call.args, *(k.value for k in call.keywords)])


def _stored(node: ast.AST) -> ast.expr | None:
    """What a statement adds, appends or files."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        return node.value
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return node.value
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Name, ast.Attribute)):
        goes_on = ast.unparse(node.targets[0])  # x = 0.9 * x + 0.1 * loss, also behind a condition
        parts = (n for n in ast.walk(node.value) if isinstance(n, (ast.Name, ast.Attribute)))
        return node.value if any(ast.unparse(part) == goes_on for part in parts) else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("append", "extend", "add")
    ):
        return node.args[0] if node.args else None
    return None


def _has_graph(value: ast.expr, values: dict[str, Any]) -> bool:
    """Whether an expression of names, sums and products has a name in it that is a tensor with a graph."""
    if isinstance(value, ast.Name):
        known = values.get(value.id)
        return isinstance(known, Tensor) and known.grad_fn is not None
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        known = getattr(values.get(value.value.id), value.attr, None)
        return isinstance(known, Tensor) and known.grad_fn is not None
    if isinstance(value, ast.BinOp):
        return _has_graph(value.left, values) or _has_graph(value.right, values)
    if isinstance(value, ast.IfExp):
        return _has_graph(value.body, values) or _has_graph(value.orelse, values)
    if isinstance(value, (ast.Tuple, ast.List)):
        return any(_has_graph(item, values) for item in value.elts)
    return isinstance(value, ast.Dict) and any(_has_graph(item, values) for item in value.values)
