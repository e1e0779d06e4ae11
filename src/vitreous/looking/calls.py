"""What a recorded call consists of: the tensors among its arguments, and the Python that torch itself is written in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import CellType, FunctionType
from typing import Any

from torch import Tensor

from vitreous.looking.operation import Operation, all_operations
from vitreous.looking.steps import Value

OVERRIDES = ("has_torch_function", "has_torch_function_unary", "has_torch_function_variadic")


def kind_of(name: str, kwargs: Mapping[str, Any]) -> tuple[type[Operation] | None, bool]:
    """The operation by hand, and whether the call writes over its input."""
    known = all_operations()
    in_place = name == "__setitem__" or "out" in kwargs
    if name in known:
        return known[name], in_place or (name.startswith("__i") and name not in ("__invert__", "__index__"))
    if name.endswith("_") and not name.endswith("__"):
        return known.get(name.rstrip("_")), True
    return None, in_place


@cache
def without_overrides(function: FunctionType) -> FunctionType:
    """The same function, that does not ask who overrides it: its body runs, and its calls are heard one by one.

    Functions it has closed over (the two that ``F.max_pool2d`` chooses between) likewise.
    """
    return _copied(function, {})


def _copied(function: FunctionType, made: dict[FunctionType, FunctionType]) -> FunctionType:
    if function in made:  # decorated functions close over each other
        return made[function]
    scope = {**function.__globals__, **dict.fromkeys(OVERRIDES, lambda *_: False)}
    old = function.__closure__ or ()
    inner = [isinstance(cell.cell_contents, FunctionType) for cell in old]
    cells = tuple(CellType() if is_function else cell for cell, is_function in zip(old, inner, strict=True))
    copy = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells or None)
    copy.__kwdefaults__ = function.__kwdefaults__
    made[function] = copy
    for cell, before, is_function in zip(cells, old, inner, strict=True):
        if is_function:
            cell.cell_contents = _copied(before.cell_contents, made)
    return copy


def tensors(tree: Any) -> Iterator[Tensor]:
    """Every tensor in lists, tuples and dicts."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, list | tuple):
        for inner in tree:
            yield from tensors(inner)
    elif isinstance(tree, dict):
        for inner in tree.values():
            yield from tensors(inner)


def mapped(tree: Any, function: Callable[[Tensor], Any]) -> Any:
    """The same with every tensor replaced."""
    if isinstance(tree, Tensor):
        return function(tree)
    if isinstance(tree, dict):
        return {key: mapped(inner, function) for key, inner in tree.items()}
    if type(tree) in (list, tuple):
        return type(tree)(mapped(inner, function) for inner in tree)
    if isinstance(tree, tuple):  # torch.Size, named tuples
        return tuple(mapped(inner, function) for inner in tree)
    if isinstance(tree, slice):
        return slice(*(mapped(part, function) for part in (tree.start, tree.stop, tree.step)))
    return tree


def with_tensors(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Arguments with the values' tensors in their place."""
    for name, argument in arguments.items():
        if isinstance(argument, Value):
            yield name, argument.tensor
        elif isinstance(argument, list | tuple):
            yield name, [a.tensor if isinstance(a, Value) else a for a in argument]
        else:
            yield name, argument
