"""Where the data of an evaluation were last made: back past loops, loaders and conversions that only carry them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from vitreous.doctor import literals, source
from vitreous.record.places import Place

_MOST_HOPS = 12
_CARRIES = frozenset(
    ["DataLoader", "TensorDataset", "StackDataset", "tensor", "Tensor", "from_numpy", "as_tensor", "FloatTensor",
     "LongTensor", "float", "long", "to", "cuda", "cpu", "numpy", "asarray", "array", "astype", "copy", "clone",
     "detach", "contiguous", "enumerate", "tqdm", "zip", "list", "iter", "next", "unsqueeze", "squeeze", "view",
     "reshape", "len", "range", "values", "to_numpy", "dict"]
)  # fmt: skip


def prepared(stack: Sequence[Place], loader: Place | None) -> Place | None:
    """The line, outside of loops, that last makes what a model is given.

    Args:
        stack: The line that calls the model, and the lines that call the functions around it, inside first.
        loader: Where the loader is made that the batch comes from, if it does.

    Returns:
        None where the way back ends at something that says nothing, as an attribute or a folder.
    """
    if not stack:
        return None
    begin = loader if loader is not None else stack[0]
    calls = [c for c in source.nodes(begin.file, ast.Call) if c.lineno == begin.line and c.args]
    for call in sorted(calls, key=lambda c: len(ast.dump(c)), reverse=loader is not None):
        name = _first_name(call)
        found = _followed(stack, name) if name is not None else None
        if found is not None:
            return found
    return None


def _followed(stack: Sequence[Place], name: ast.Name) -> Place | None:
    for _ in range(_MOST_HOPS):
        made = _made(stack, name)
        if made is None:
            return None
        line, value = made
        if line and not _only_carries(stack[0].file, value):
            place = Place(stack[0].file, line)
            return place if not source.loops(place) else None
        following = _first_name(value)
        if following is None:
            return None
        name = following
    return None


def _made(stack: Sequence[Place], name: ast.Name) -> tuple[int, ast.expr] | None:
    """What gives a name its value: an assignment with its line, or a loop or a call, whose line says nothing."""
    file = stack[0].file
    own = source.functions(Place(file, name.lineno))[-1:]
    for loop in reversed(source.loops(Place(file, name.lineno))):
        if isinstance(loop, ast.For) and name.id in source.assigned_names(loop.target):
            return 0, loop.iter
    before = [
        node
        for node in source.nodes(file, ast.Assign)
        if node.lineno < name.lineno
        and source.functions(Place(file, node.lineno))[-1:] == own
        and any(name.id in source.assigned_names(target) for target in node.targets)
    ]
    if before:
        last = max(before, key=lambda node: node.lineno)
        return last.lineno, literals.part(last, name.id) or last.value
    if own and any(a.arg == name.id for a in own[0].args.args):
        given = [a.arg for a in own[0].args.args if a.arg not in ("self", "cls")]
        outer = next((p for p in stack if own[0] not in source.functions(p)), None)
        passed = source.argument(outer, [name.id], given.index(name.id), own[0].name)
        return (0, passed) if passed is not None else None
    outside = [n for n in source.nodes(file, ast.Assign) if not source.functions(Place(file, n.lineno))]
    outside = [n for n in outside if own and any(name.id in source.assigned_names(t) for t in n.targets)]
    return (outside[-1].lineno, literals.part(outside[-1], name.id) or outside[-1].value) if outside else None


def _only_carries(file: str, value: ast.expr) -> bool:
    """Whether an expression hands data on as they are; so does a lambda of the script that does."""
    own = {
        source.last_name(target)
        for node in source.nodes(file, ast.Assign)
        for target in node.targets
        if isinstance(node.value, ast.Lambda) and _hands_on(node.value.body, _CARRIES)
    }
    return _hands_on(value, _CARRIES | own)


def _hands_on(value: ast.expr, carriers: frozenset[str]) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and source.last_name(node.func) not in carriers:
            return False
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.ListComp, ast.GeneratorExp)):
            return False
        if isinstance(node, ast.Slice) and node.step is not None:
            return False
    return True


def _first_name(value: ast.expr) -> ast.Name | None:
    """The first variable in an expression that is no function, module or object whose method is called."""
    called = {source.owner(c.func) for c in ast.walk(value) if isinstance(c, ast.Call) and c.args}
    names = [n for n in ast.walk(value) if isinstance(n, ast.Name) and n not in called and n.id != "self"]
    return min(names, key=lambda n: (n.lineno, n.col_offset), default=None)
