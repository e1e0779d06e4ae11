"""Everything in float64."""

from __future__ import annotations

import re

from bench.rewrites.script import Script

CHANGES = {"train/mixed-precision", "loss/log-of-zero", "data/non-finite"}
_SINGLE = re.compile(rb"\bfloat32\b|\.float\(\)")


def rewrite(script: Script) -> str | None:
    for match in _SINGLE.finditer(script.source):
        script.replace(*match.span(), ".double()" if match[0] == b".float()" else "float64")
    script.define("import torch\n\ntorch.set_default_dtype(torch.float64)")
    return script.text
