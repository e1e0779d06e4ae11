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


@dataclass
class Comparison:
    """Tensors compared with == behind a call of a model in evaluation: `call`, as in ``evaluation.print_calls``.

    Attributes:
        right, total: How many elements were equal, of how many.
        ignored, ignored_right: How many of the total, and of the right ones, the losses leave out, as padding.
        left_out: How many places a mask had left out of both sides; the losses leave `unlearned` of them out, too.
        shapes: Of the two sides, where they differ and are no two views of the same numbers.
    """

    step: int
    call: int
    place: Place
    right: int
    total: int
    ignored: int = 0
    ignored_right: int = 0
    left_out: int = 0
    unlearned: int = 0
    shapes: list[list[int]] = field(default_factory=list)
