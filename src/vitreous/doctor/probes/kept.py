"""How many graphs of earlier steps were still held, and by which lines."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any


def probe(session: Any) -> dict[str, Any]:
    """What the notes counted while the program ran."""
    notes = session.kept
    return {
        "watched": notes.watched, "kept": notes.kept, "outputs": notes.outputs,
        "places": [asdict(place) for place in notes.places],
    }  # fmt: skip
