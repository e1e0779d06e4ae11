"""Einstein's sum: axes with the same letter are multiplied together, letters that the result lacks are summed.

Back to an operand: the sum with its letters for a result, δ in its place. Source: Einstein, "Die Grundlage der
allgemeinen Relativitätstheorie" (1916), section 5; `numpy.einsum`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation


class EinsteinSum(Operation):
    """Any operands, by their letters."""

    names = ("einsum",)
    title = "sum of products over shared axes"
    formula = "y = Σ over the letters that only the operands have"
    derivative = "to an operand: the same sum with δ in its place"
    multilinear = True

    def forward(self, equation: str, operands: Any, path: Any = None) -> Array:
        """The sum, in an order of products that NumPy finds."""
        return np.asarray(np.einsum(equation, *operands, optimize=True))

    def backward(self, grad: Array, equation: str, operands: Any, path: Any = None) -> dict[str, Any]:
        """One sum for each operand."""
        inputs, result = self._letters(equation, operands)
        found = []
        for place, (letters, operand) in enumerate(zip(inputs, operands, strict=True)):
            others = [(inputs[i], o) for i, o in enumerate(operands) if i != place]
            # Letters that only this operand has were summed: each of its elements gets the same. A letter
            # twice in one operand is its diagonal: the gradient goes there.
            unique = "".join(dict.fromkeys(letters))
            known = set(result).union(*(set(other) for other, _ in others))
            kept = "".join(letter for letter in unique if letter in known)
            equation_back = ",".join([result, *(other for other, _ in others)]) + "->" + kept
            part = np.einsum(equation_back, grad, *(o for _, o in others), optimize=True)
            sizes = dict(zip(letters, operand.shape, strict=True))
            shape = [sizes[letter] if letter in known else 1 for letter in unique]
            part = np.broadcast_to(part.reshape(shape), [sizes[letter] for letter in unique])
            total = np.zeros_like(operand)
            grids = np.ogrid[tuple(slice(sizes[letter]) for letter in unique)]
            total[tuple(grids[unique.index(letter)] for letter in letters)] = part
            found.append(total)
        return {"operands": found}

    def _letters(self, equation: str, operands: Any) -> tuple[list[str], str]:
        """Each operand's letters and the result's, an ellipsis spelled out, a result that is missing filled in."""
        left, arrow, right = equation.replace(" ", "").partition("->")
        inputs = left.split(",")
        free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in left]
        most = max(
            (o.ndim - len(i.replace("...", "")) for i, o in zip(inputs, operands, strict=True) if "..." in i),
            default=0,
        )
        dots = "".join(free[:most])
        spelled = [
            i.replace("...", dots[most - (o.ndim - len(i.replace("...", ""))) :])
            for i, o in zip(inputs, operands, strict=True)
        ]
        if not arrow:
            right = "..." * bool(most) + "".join(
                sorted(c for c in set(left) - {",", "."} if left.count(c) == 1)
            )
        return spelled, right.replace("...", dots)
