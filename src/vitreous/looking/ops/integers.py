"""Whole numbers to other whole numbers: one-hot rows, bins, counts; no way back, since they have no slope.

Source: ``torch.nn.functional.one_hot``, `numpy.digitize`.
"""

from __future__ import annotations

import numpy as np

from vitreous.looking.operation import Array, Operation


class OneHot(Operation):
    """[*] to [*, classes]."""

    names = ("one_hot",)
    title = "one-hot rows"
    formula = "y[c] = 1 where c = x, else 0"
    derivative = "none: whole numbers have no slope"

    def forward(self, input: Array, num_classes: int = -1) -> Array:
        """A 1 in each row."""
        count = int(input.max()) + 1 if num_classes == -1 else num_classes
        return np.asarray(input[..., None] == np.arange(count)).astype(np.int64)


class CountNonzero(Operation):
    """How many are not 0."""

    names = ("count_nonzero",)
    title = "how many are not zero"
    formula = "y = #{x ≠ 0}"
    derivative = "none: whole numbers have no slope"

    def forward(self, input: Array, dim: int | None = None) -> Array:
        """The count."""
        return np.asarray(np.count_nonzero(input, axis=dim))


class Nonzero(Operation):
    """Where they are."""

    names = ("nonzero", "argwhere")
    title = "places that are not zero"
    formula = "y = places where x ≠ 0"
    derivative = "none: places have no slope"

    def forward(self, input: Array) -> Array:
        """One row a place."""
        return np.argwhere(input)
