"""Shuffling: the lines where a script does it, and how an experiment lets them shuffle otherwise."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vitreous.doctor import source
from vitreous.record.events import Listener
from vitreous.record.places import innermost

_NEAR_LINES = 12
_DRAWS = re.compile(r"\b(permutation|randperm|sample|shuffle)\(")
_SEEDS = re.compile(r"seed\(|random_state|RandomState|default_rng|Generator")
TARGET = re.compile(r"(?i)(^|_)(y|labels?|targets?|tags?|classes|kinds?|answers?)(_|$|\d)")


def shuffles(file: str) -> list[int]:
    """Lines that shuffle inputs and targets each by itself; one line where only one of both is shuffled."""
    found: list[tuple[int, str]] = []
    for node in source.nodes(file, ast.Expr, ast.Assign):
        text = ast.unparse(node)
        drawn = _DRAWS.findall(text)
        if not drawn or _SEEDS.search(text):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and "shuffle" in drawn:
            given = [ast.unparse(a) for a in node.value.args]
            found += [(node.lineno, given[0])] if len(given) == 1 else []
        elif isinstance(node, ast.Assign):
            for name, value in _pairs(node):
                own = re.search(rf"\b{re.escape(name)}\b", ast.unparse(value))
                if own and _DRAWS.search(ast.unparse(value)):
                    found.append((node.lineno, name))
    found.sort()
    targets = [(line, name) for line, name in found if TARGET.search(name)]
    others = [(line, name) for line, name in found if not TARGET.search(name)]
    for line, _ in targets:
        near = [other for other, _ in others if abs(other - line) <= _NEAR_LINES]
        if near:
            return sorted({near[-1] if near[-1] <= line else near[0], line})
    alone = [line for line, _ in targets]
    return alone[:1]


def in_loops(file: str) -> Iterator[tuple[int, int]]:
    """Draws of an order for a single name within a loop: the line of each, and the one that puts the name in order."""
    for loop in source.nodes(file, ast.For, ast.While):
        within = [node for node in ast.walk(loop) if isinstance(node, ast.Assign)]
        moves = [(node.lineno, rows) for node in within for rows in _rows_of_itself(node)]
        for node in within:
            if isinstance(node.value, ast.Call) and _DRAWS.search(ast.unparse(node.value)):
                users = [line for line, rows in moves if rows == ast.unparse(node.targets[0])]
                if len(users) == 1:
                    yield node.lineno, users[0]
        yield from ((line, line) for line, rows in moves if _DRAWS.search(rows))


def _rows_of_itself(node: ast.Assign) -> Iterator[str]:
    """By which index names are given rows of themselves: `x = x[order]`."""
    for name, value in _pairs(node):
        if isinstance(value, ast.Subscript) and ast.unparse(value.value) == name:
            yield ast.unparse(value.slice)


def _pairs(node: ast.Assign) -> Iterator[tuple[str, ast.expr]]:
    for target in node.targets:
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            for name, value in zip(target.elts, node.value.elts, strict=False):
                yield ast.unparse(name), value
        else:
            yield ast.unparse(target), node.value


def replace_draws(order: Callable[[int], np.ndarray | None]) -> None:
    """Lets torch, NumPy and random shuffle by `order`, where it gives one; in a process that runs one experiment."""
    import random

    import torch

    def in_place(plain: Callable[..., Any]) -> Callable[..., Any]:
        def shuffle(values: Any, *args: Any, **kwargs: Any) -> Any:
            wanted = order(len(values))
            if wanted is None:
                return plain(values, *args, **kwargs)
            copy = [values[i] for i in wanted] if isinstance(values, list) else values[wanted].copy()
            values[:] = copy
            return None

        return shuffle

    def drawn(plain: Callable[..., Any], make: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
        def permutation(count: Any, *args: Any, **kwargs: Any) -> Any:
            wanted = order(count if isinstance(count, int) else len(count))
            if wanted is None:
                return plain(count, *args, **kwargs)
            return make(wanted) if isinstance(count, int) else count[wanted]

        return permutation

    class Generator(np.random.Generator):
        """Draws as NumPy's does, but where `order` says otherwise."""

    Generator.shuffle = _method(np.random.Generator.shuffle, order, True)  # type: ignore[method-assign]
    Generator.permutation = _method(np.random.Generator.permutation, order, False)  # type: ignore[method-assign]

    def default_rng(seed: Any = None) -> Any:
        return seed if isinstance(seed, np.random.Generator) else Generator(np.random.PCG64(seed))

    np.random.default_rng = default_rng
    np.random.shuffle = in_place(np.random.shuffle)
    np.random.permutation = drawn(np.random.permutation, lambda wanted: wanted)
    random.shuffle = in_place(random.shuffle)
    torch.randperm = drawn(torch.randperm, torch.from_numpy)


def _method(plain: Any, order: Callable[[int], np.ndarray | None], in_place: bool) -> Any:
    def call(self: Any, values: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = order(int(values) if isinstance(values, (int, np.integer)) else len(values))
        if wanted is None:
            return plain(self, values, *args, **kwargs)
        if not in_place:
            return wanted if isinstance(values, (int, np.integer)) else np.asarray(values)[wanted]
        values[:] = [values[i] for i in wanted] if isinstance(values, list) else values[wanted].copy()
        return None

    return call


class ShuffleAlike(Listener):
    """Lines that shuffle do so by one permutation, or not at all."""

    def __init__(self, file: str, lines: list[int], same: bool) -> None:
        self.file, self.lines, self.same = file, lines, same
        replace_draws(self._order)

    def _order(self, count: int) -> np.ndarray | None:
        place = innermost()
        if place is None or place.file != self.file or place.line not in self.lines:
            return None
        return np.random.RandomState(count).permutation(count) if self.same else np.arange(count)
