"""The script's own names say nothing."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize

from bench.rewrites.script import Script

# What an evaluation is said to be about is known from its names alone.
CHANGES = {"eval/on-training-data", "data/split-leak", "eval/wrong-metric", "train/overfit"}


def rewrite(script: Script) -> str | None:
    nodes = list(ast.walk(script.tree))
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    taken = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    taken |= {node.arg for node in nodes if isinstance(node, (ast.keyword, ast.arg)) and node.arg}
    taken |= {
        n.asname or n.name
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for n in node.names
    }
    own = sorted(name for name in bound - taken if not hasattr(builtins, name) and not name.startswith("__"))
    new = {name: f"v{number}" for number, name in enumerate(own)}
    text = script.source.decode()
    if not own or any(name in text for name in ("global ", "nonlocal ")):
        return None
    pattern = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, own)) + r")(?!\w)")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        begin, end = (_bytes(text, place) for place in (token.start, token.end))
        span = script.offset(token.start[0], begin), script.offset(token.end[0], end)
        if token.type == tokenize.NAME and token.string in new:
            script.replace(*span, new[token.string])
        elif token.type == tokenize.STRING and re.match(r"[rR]?[fF]", token.string):
            parts = re.split(r"(\{[^{}]*\})", token.string)
            parts[1::2] = [pattern.sub(lambda match: new[match[1]], part) for part in parts[1::2]]
            script.replace(*span, "".join(parts))
    return script.text


def _bytes(text: str, place: tuple[int, int]) -> int:
    lines = text.splitlines()
    return len(lines[place[0] - 1][: place[1]].encode()) if place[0] <= len(lines) else 0
