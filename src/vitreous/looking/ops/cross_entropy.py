"""Cross-entropy: L = −ln softmax(x)[y]: how surprised the probabilities are by the true class.

From logits [N, C, *] and class numbers [N, *] (or probabilities like the logits), with a weight for each class,
smoothing ε (the target becomes (1 − ε) one-hot + ε/C) and an index that is ignored. The mean is over the weights of
the classes that count. Back to the logits: (softmax(x) − target), weighted. Source: Bridle (1990); smoothing: Szegedy
et al., https://arxiv.org/abs/1512.00567.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from vitreous.looking.loss_reduction import REDUCTIONS
from vitreous.looking.operation import Array, Index, Opened, Operation, Term


class CrossEntropy(Operation):
    """Logits [C], [N, C] or [N, C, *] and targets, to one number (or one an example)."""

    names: ClassVar[tuple[str, ...]] = ("cross_entropy_loss", "cross_entropy")
    title = "cross-entropy: the surprise at the true class"
    formula = "L = −ln softmax(x)[y]"
    derivative = "dL/dx = (softmax(x) − target) / n"

    def forward(
        self,
        input: Array,
        target: Array,
        weight: Array | None = None,
        reduction: Any = "mean",
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ) -> Array:
        """As −Σ target · ln softmax, with the target spelled out as probabilities."""
        logs = self._logs(input)
        goal, counts = self._goal(logs, input, target, weight, ignore_index, label_smoothing)
        each = -(goal * logs).sum(1)  # [N, *]
        divisor = self._divisor(counts, reduction)
        self.saved = {"logs": logs, "goal": goal, "divisor": divisor, "each": each}
        kind = REDUCTIONS.get(reduction, reduction)
        if kind == "none":
            return np.asarray(each if input.ndim > 1 else each[0])
        return np.asarray(each.sum() / divisor, input.dtype)

    def backward(
        self, grad: Array, input: Array, target: Array, weight: Array | None = None, reduction: Any = "mean",
        ignore_index: int = -100, label_smoothing: float = 0.0,
    ) -> dict[str, Any]:  # fmt: skip
        """Softmax less target, by what each example counts."""
        logs, goal = self.saved["logs"], self.saved["goal"]
        delta = np.asarray(grad) / self.saved["divisor"]
        if np.ndim(delta):
            delta = np.expand_dims(delta, 1)
        to_logits = delta * (np.exp(logs) * goal.sum(1, keepdims=True) - goal)
        found: dict[str, Any] = {"input": to_logits.reshape(input.shape).astype(input.dtype)}
        if target.dtype.kind == "f":
            classes = logs.shape[1]
            by_class = 1 if weight is None else weight.reshape(1, -1, *[1] * (logs.ndim - 2))
            smoothed = delta * -logs * by_class * (1 - label_smoothing)
            found["target"] = smoothed.reshape(target.shape)
            assert classes
        return found

    def open_element(self, index: Index, input: Array, target: Array, *args: Any, **kwargs: Any) -> Opened:
        """An example's own term: its logits, their exponentials' sum, the true class's probability, its logarithm."""
        out = self.forward(input, target, *args, **kwargs)
        each, divisor = self.saved["each"], self.saved["divisor"]
        if out.ndim:
            value = float(each[index])
            return Opened(self.formula, (Term("−Σ target · ln softmax(x)", (value,), value),), value)
        terms = tuple(
            Term(
                f"−ln softmax(x)[y], example {list(place)}, / {float(np.ravel(divisor)[0]):g}",
                (float(v),),
                float(v / divisor),
            )
            for place, v in np.ndenumerate(each)
        )
        return Opened(self.formula, terms, float(sum(t.value for t in terms)))

    def _logs(self, input: Array) -> Array:
        """Ln softmax over the classes: [N, C, *]."""
        x = input if input.ndim > 1 else input[None]
        shifted = x - x.max(1, keepdims=True)
        out: Array = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return out

    def _goal(
        self, logs: Array, input: Array, target: Array, weight: Array | None, ignored: int, smoothing: float
    ) -> tuple[Array, Array]:
        """The target as weighted probabilities [N, C, *], and what each place counts in the mean [N, *]."""
        classes = logs.shape[1]
        by_class = np.ones(classes, logs.dtype) if weight is None else weight
        column = by_class.reshape(1, -1, *[1] * (logs.ndim - 2))
        if target.dtype.kind == "f":
            y = target if input.ndim > 1 else target[None]
            goal = (y * (1 - smoothing) + smoothing / classes) * column
            return goal.astype(logs.dtype), np.ones((logs.shape[0], *logs.shape[2:]), logs.dtype)
        y = target if input.ndim > 1 else np.atleast_1d(target)
        kept = y != ignored
        safe = np.where(kept, y, 0)
        hot = np.moveaxis(np.eye(classes, dtype=logs.dtype)[safe], -1, 1)
        goal = (hot * (1 - smoothing) + smoothing / classes) * column * np.expand_dims(kept, 1)
        return goal.astype(logs.dtype), by_class[safe] * kept

    def _divisor(self, counts: Array, reduction: Any) -> Any:
        return counts.sum() if REDUCTIONS.get(reduction, reduction) == "mean" else 1

    @classmethod
    def bind(cls, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Without what torch no longer uses."""
        return super().bind(args, {k: v for k, v in kwargs.items() if k not in ("size_average", "reduce")})


class NegativeLogLikelihood(CrossEntropy):
    """The same from logarithms of probabilities [C], [N, C] or [N, C, *]."""

    names: ClassVar[tuple[str, ...]] = ("nll_loss", "nll_loss_nd", "nll_loss2d")
    title = "negative log-likelihood of the true class"
    formula = "L = −x[y]"
    derivative = "dL/dx = −target / n"

    def forward(
        self,
        input: Array,
        target: Array,
        weight: Array | None = None,
        reduction: Any = "mean",
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ) -> Array:
        """The true class's logarithm."""
        return super().forward(input, target, weight, reduction, ignore_index, 0.0)

    def backward(
        self, grad: Array, input: Array, target: Array, weight: Array | None = None, reduction: Any = "mean",
        ignore_index: int = -100, label_smoothing: float = 0.0,
    ) -> dict[str, Any]:  # fmt: skip
        """Only to the true class."""
        delta = np.asarray(grad) / self.saved["divisor"]
        delta = np.expand_dims(delta, 1) if np.ndim(delta) else delta
        return {"input": (-delta * self.saved["goal"]).reshape(input.shape).astype(input.dtype)}

    def _logs(self, input: Array) -> Array:
        return input if input.ndim > 1 else input[None]
