"""What a run's files hold, as values that can be trusted: finite numbers, plain lists, printable text.

Everything in a run folder may come from elsewhere (class names, texts, a folder sent by mail), may be
half written, or may be of a later version. Nothing here raises.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_ESCAPE_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\x9c|$)"  # titles, links, device strings
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b.?",
    re.DOTALL,
)
# Marks that reorder what surrounds them; the letters of right-to-left scripts stay as they are.
_REORDERING = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF}


def number(value: object) -> float | None:
    """The value as a finite float; None for anything else (True, "3", NaN, infinity)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def whole(value: object) -> int | None:
    """The value as an int, None if it is no whole number."""
    result = number(value)
    return int(result) if result is not None and result == int(result) else None


def mapping(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def sequence(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def mappings(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a JSON array; whatever else is in it is left out."""
    return [mapping(item) for item in sequence(value) if isinstance(item, Mapping)]


def numbers(value: object) -> list[float | None]:
    """A JSON array as numbers, None where an item is none; of nested arrays the first column."""
    first = [item[0] if isinstance(item, list) and item else item for item in sequence(value)]
    return [number(item) for item in first]


def text(value: object, limit: int = 200, *, lines: bool = False) -> str:
    """The value as printable text: no escape sequences, control or reordering characters.

    Args:
        value: Anything; None gives the empty text.
        limit: Longer text ends in an ellipsis.
        lines: Whether line breaks stay; else they become spaces.
    """
    if value is None:
        return ""
    # Cut before cleaning: a hostile megabyte must not cost a megabyte's work.
    raw = str(value)[: limit * 4 + 64]
    if not raw.isprintable():
        raw = _ESCAPE_SEQUENCE.sub("", raw)
        raw = "".join(_printable(character, lines) for character in raw)
    raw = raw.strip("\n") if lines else raw.strip()
    return raw if len(raw) <= limit else raw[: max(limit - 1, 0)].rstrip() + "…"


def _printable(character: str, lines: bool) -> str:
    if character in "\n\t\r\u2028\u2029\x0b\x0c\x85":
        return "\n" if lines and character == "\n" else "" if lines and character == "\r" else " "
    code = ord(character)
    if code in _REORDERING or code < 0x20 or 0x7F <= code < 0xA0:
        return ""
    return "\ufffd" if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE else character


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, evenly spaced, the first and the last always among them."""
    if len(items) <= most:
        return list(items)
    if most < 2:
        return list(items[-most:]) if most else []
    last = len(items) - 1
    return [items[round(place * last / (most - 1))] for place in range(most)]


def distinct(labels: Sequence[str]) -> list[str]:
    """The labels with numbers behind those that were already there: a plot would merge equal ones."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        name = label if seen[label] == 1 else f"{label} ({seen[label]})"
        while name in result:
            seen[label] += 1
            name = f"{label} ({seen[label]})"
        result.append(name)
    return result
