"""Training goes on forty times as long: it does not end within the doctor's time."""

from __future__ import annotations

import ast

from bench.rewrites.script import Script

CHANGES = {"train/too-short", "train/overfit", "optim/lr-schedule", "optim/lr-too-low", "train/batch-size"}
_TIMES = 40


def rewrite(script: Script) -> str | None:
    text = script.source.decode()
    if "scheduler" in text or "lr_lambda" in text:
        return None
    inner: set[ast.AST] = set()
    for node in ast.walk(script.tree):
        if not isinstance(node, ast.For) or node in inner or "backward()" not in ast.unparse(node):
            continue
        inner |= set(ast.walk(node))
        counts = node.iter
        if isinstance(counts, ast.Call) and ast.unparse(counts.func) == "range" and not counts.keywords:
            last = counts.args[0 if len(counts.args) == 1 else 1]
            script.replace_node(last, f"{_TIMES} * ({ast.unparse(last)})")
    return script.text if script.edited else None
