"""What is printed goes through the standard library's logging."""

from __future__ import annotations

import ast

from bench.rewrites.script import Script

CHANGES: set[str] = set()
_DEFINITION = """
import logging
import sys

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")


def note(*parts, sep=" ", end="", flush=False):
    logging.info(sep.join(str(part) for part in parts))
"""


def rewrite(script: Script) -> str | None:
    found = [call for call, name in script.calls() if name == "print" and isinstance(call.func, ast.Name)]
    for call in found:
        script.replace_node(call.func, "note")
    script.define(_DEFINITION)
    return script.text if found else None
