"""Everything behind the imports within one function."""

from __future__ import annotations

import io
import tokenize

from bench.rewrites.script import Script

CHANGES: set[str] = set()


def rewrite(script: Script) -> str | None:
    text = script.source.decode()
    first = script.first_statement
    if "global " in text or "import" in "".join(text.splitlines()[first:]):
        return None
    inside = {
        line
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.STRING
        for line in range(token.start[0] + 1, token.end[0] + 1)
    }  # of a string over several lines
    for number, line in enumerate(text.splitlines(), start=1):
        at = script.offset(number)
        if number >= first and number not in inside and line.strip():
            script.replace(at, at, "def main():\n    " if number == first else "    ")
    script.replace(len(script.source), len(script.source), "\n\nmain()\n")
    return script.text
