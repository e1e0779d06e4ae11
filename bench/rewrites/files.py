"""Classes and functions lie in a file of their own, which the script imports."""

from __future__ import annotations

import ast
import symtable

from bench.rewrites.script import Script

CHANGES: set[str] = set()


def rewrite(script: Script) -> str | None:
    body = script.tree.body
    held = [node for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assigned = {
        name.id
        for node in body
        if node not in held
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    if not held or _globals(symtable.symtable(script.source.decode(), "train.py", "exec")) & assigned:
        return None
    lines = script.source.decode().splitlines()
    apart = {line for node in held for line in range(_start(node), (node.end_lineno or 0) + 1)}
    imports = {
        line
        for node in body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for line in range(node.lineno, (node.end_lineno or 0) + 1)
    }
    kept = [line if number in apart | imports else "" for number, line in enumerate(lines, start=1)]
    script.others["parts.py"] = "\n".join(kept) + "\n"  # each line keeps its number
    for number in sorted(apart):
        start, end = script.offset(number), script.offset(number + 1)
        script.replace(start, end - 1, "from parts import *" if number == min(apart) else "")
    return script.text


def _globals(table: symtable.SymbolTable) -> set[str]:
    """Names of the module that its functions and classes speak of."""
    found: set[str] = set()
    for inner in table.get_children():
        found |= {name.get_name() for name in inner.get_symbols() if name.is_global()} | _globals(inner)
    return found


def _start(node: ast.ClassDef | ast.FunctionDef) -> int:
    return min([node.lineno, *(each.lineno for each in node.decorator_list)])
