"""Which layers of a network a finding speaks of, by the names in its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vitreous.report import values

_NAME = re.compile(r"[\w.]*\w")
_OUTPUTS = "outputs of "  # stands before a layer's name, however plain a word that is
_FIRST = "the first layer"


def named_in(finding: dict[str, Any], layers: Mapping[str, bool]) -> list[str]:
    """The layers that a finding names, in the network's order.

    A layer is named by its dotted name, or by that of one of its parameters (``body.0.weight``). A name that could be
    a plain word (``head``) counts only where the text says "outputs of head".

    Args:
        finding: As in result.json.
        layers: Names of the layers from the input on, and whether each has weights.
    """
    rows = values.mappings(finding.get("evidence"))
    parts = [finding.get("summary"), *(row.get(key) for row in rows for key in ("what", "value", "unit"))]
    said = " ; ".join(values.text(part, 1000) for part in parts if isinstance(part, str))
    words = set(_NAME.findall(said))
    owners = {word.rpartition(".")[0] for word in words if "." in word}
    found = [
        name for name in layers
        if name in owners or (name in words and not name.isalpha()) or _follows(name, said)
    ]  # fmt: skip
    return found or [name for name, weights in layers.items() if weights and _FIRST in said][:1]


def _follows(name: str, said: str) -> bool:
    return re.search(rf"{_OUTPUTS}{re.escape(name)}(?![\w.])", said) is not None
