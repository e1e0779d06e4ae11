"""Arrays that the program itself compares: what a model said beside what it is held against."""

from __future__ import annotations

from dataclasses import dataclass, field

from vitreous.record.places import Place


@dataclass
class Pair:
    """A difference, a comparison or a metric of two arrays, one of which is what a model gave.

    Attributes:
        how: "-", "==", "!=" or the name of a function of sklearn.metrics.
        said, given: The shapes of what the model gave and of the other array.
        said_first: Whether what the model gave is the left side, or the first argument of a metric.
        step: Steps done when it was first seen.
        calls: How often it was seen.
    """

    how: str
    place: Place | None
    said: list[int] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    said_first: bool = True
    step: int = 0
    calls: int = 1
