"""A script's text with places to edit, which knows where each of its lines went."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property


class Script:
    """Source text and the edits made to it; edits must not overlap.

    Attributes:
        others: Further files that the rewritten script needs, by name.
    """

    def __init__(self, text: str) -> None:
        self.source = text.encode()
        self.others: dict[str, str] = {}
        self._edits: list[tuple[int, int, bytes]] = []

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.source.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    @property
    def edited(self) -> bool:
        return bool(self._edits)

    def offset(self, line: int, column: int = 0) -> int:
        """Where a place is, in bytes: lines count from 1, columns from 0."""
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def replace(self, start: int, end: int, text: str) -> None:
        """Puts a text in the place of what is between two offsets."""
        self._edits.append((start, end, text.encode()))

    def replace_node(self, node: ast.expr | ast.stmt, text: str) -> None:
        self.replace(*self.span(node), text)

    def define(self, code: str) -> None:
        """Adds definitions behind the imports at the top."""
        at = self.offset(self.first_statement)
        self.replace(at, at, textwrap.dedent(code).strip() + "\n\n\n")

    @property
    def first_statement(self) -> int:
        """The first line behind the docstring and the imports."""
        for node in self.tree.body:
            documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not documents and not isinstance(node, (ast.Import, ast.ImportFrom)):
                decorated = getattr(node, "decorator_list", [])
                return int(min([node.lineno, *(each.lineno for each in decorated)]))
        return len(self._starts)

    @property
    def text(self) -> str:
        """The text with all edits."""
        parts, position = [], 0
        for start, end, new in sorted(self._edits, key=lambda edit: edit[:2]):
            parts += [self.source[position:start], new]
            position = end
        return b"".join([*parts, self.source[position:]]).decode()

    def line(self, old: int) -> int:
        """Where a line of the original is now."""
        before = [(start, end, new) for start, end, new in self._edits if end <= self.offset(old)]
        added = sum(new.count(b"\n") - self.source[start:end].count(b"\n") for start, end, new in before)
        return old + added

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call of something with a name, and the last part of that name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                yield node, node.func.id if isinstance(node.func, ast.Name) else node.func.attr

    def call_instead(
        self, names: Mapping[str, str], fits: Callable[[ast.Call], bool] = lambda call: True
    ) -> set[str]:
        """Calls of torch's functions and classes go to others of the same arguments; gives the others that are used."""
        used = set()
        for call, name in self.calls():
            if name in names and fits(call) and _of_torch(call.func):
                self.replace_node(call.func, names[name])
                used.add(names[name])
        return used


def _of_torch(function: ast.expr) -> bool:
    """Whether a name is one of torch's modules' and not the script's own object's."""
    if isinstance(function, ast.Name):
        return True
    return ast.unparse(function).rpartition(".")[0] in (
        "torch", "nn", "F", "optim", "torch.nn", "torch.optim", "nn.functional", "torch.nn.functional", "data",
        "torch.utils.data", "functional", "np.random", "numpy.random",
    )  # fmt: skip
