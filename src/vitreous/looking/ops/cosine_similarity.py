"""Cosine similarity: y = a·b / (|a| |b|) along an axis, the cosine of the angle between two vectors.

Back: dL/da = δ (b / |b| − y a / |a|) / |a|, and so for b; lengths below ε count as ε. Source: Salton, Wong & Yang, "A
vector space model for automatic indexing" (1975).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, unbroadcast


class CosineSimilarity(Operation):
    """Two tensors that broadcast, to their shape without the axis."""

    names = ("cosine_similarity",)
    title = "cosine of the angle between vectors"
    formula = "y = a·b / (|a| |b|)"
    derivative = "dL/da = δ (b/|b| − y a/|a|) / |a|"

    def forward(self, x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8) -> Array:
        """The cosine."""
        a, b = np.broadcast_arrays(x1, x2)
        lengths = [np.maximum(np.sqrt((v * v).sum(dim, keepdims=True)), eps) for v in (a, b)]
        y = (a / lengths[0] * (b / lengths[1])).sum(dim, keepdims=True)
        self.saved = {"a": a, "b": b, "lengths": lengths, "y": y}
        return np.asarray(y.squeeze(dim))

    def backward(self, grad: Array, x1: Array, x2: Array, dim: int = 1, eps: float = 1e-8) -> dict[str, Any]:
        """What is across each vector."""
        a, b, (la, lb), y = (self.saved[k] for k in ("a", "b", "lengths", "y"))
        delta = np.expand_dims(grad, dim)
        return {
            "x1": unbroadcast(delta * (b / lb - y * a / la * (la > eps)) / la, x1.shape),
            "x2": unbroadcast(delta * (a / la - y * b / lb * (lb > eps)) / lb, x2.shape),
        }

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Its operands are called x1 and x2, whatever they are elsewhere."""
        import inspect

        return (
            inspect.signature(cls.forward)
            .replace(parameters=list(inspect.signature(cls.forward).parameters.values())[1:])
            .bind(*args, **kwargs)
        )
