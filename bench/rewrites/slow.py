"""Every step takes a twentieth of a second longer, as of a larger network."""

from __future__ import annotations

import ast

from bench.rewrites.script import Script

CHANGES: set[str] = set()


def rewrite(script: Script) -> str | None:
    for node in ast.walk(script.tree):
        called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        if isinstance(node, ast.Expr) and isinstance(called, ast.Attribute) and called.attr == "backward":
            end = script.span(node)[1]
            script.replace(end, end, "; time.sleep(0.05)")
    if not script.edited:
        return None
    script.define("import time")
    return script.text
