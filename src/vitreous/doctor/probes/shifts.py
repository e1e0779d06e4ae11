"""Whether targets stand two steps ahead of the input, as they do where they were moved by one step twice."""

from __future__ import annotations

from typing import Any


def probe(session: Any) -> dict[str, float]:
    """By model, the least share of targets seen that are the input two steps later."""
    return {str(number): share for number, share in session.sequences.two_ahead.items()}
