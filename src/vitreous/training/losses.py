"""The loss that the task dictates, always from logits, by its PyTorch implementation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vitreous.data.types import IGNORED_TARGET, Task
from vitreous.errors import RecipeError
from vitreous.training.recipe import TrainRecipe

Loss: TypeAlias = Callable[[Any, Tensor], Tensor]

REGRESSIONS = ("regression", "forecast", "reconstruction")
POINTWISE: dict[str, Loss] = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}


def make_loss(
    task: Task, recipe: TrainRecipe, class_counts: tuple[int, ...] = (), model: nn.Module | None = None
) -> Loss:
    """Outputs and targets to the mean loss of the batch.

    Args:
        task: Dictates the family: squared error for numbers, cross-entropy for classes.
        recipe: ``loss``, ``label_smoothing``, ``class_weights`` and ``focal_gamma``.
        class_counts: Training examples by class, for balanced weights.
        model: A network with a ``loss(outputs, targets)`` method of its own keeps it (the VAE's bound).

    Raises:
        RecipeError: when the recipe names a loss of the other family.
    """
    own = getattr(model, "loss", None)
    if callable(own) and recipe.loss == "auto":
        return own  # type: ignore[no-any-return]
    if task.kind in REGRESSIONS:
        if recipe.loss in ("cross-entropy", "focal"):
            raise RecipeError(
                f"{recipe.loss} compares classes, but the task is {task.kind}.", hint="Use mse, mae or huber."
            )
        return POINTWISE["mse" if recipe.loss == "auto" else recipe.loss]
    if recipe.loss in POINTWISE:
        raise RecipeError(
            f"{recipe.loss} compares numbers, but the task is {task.kind}.",
            hint="Use cross-entropy or focal.",
        )
    weights = _balanced(class_counts) if recipe.class_weights == "balanced" and class_counts else None
    if task.kind in ("binary", "multilabel"):
        return BinaryLoss(recipe, weights)
    return CategoricalLoss(recipe, weights)


def expected_initial_loss(task: Task, recipe: TrainRecipe) -> tuple[float, str] | None:
    """The loss of a network that knows nothing, and the formula, where theory gives one.

    Uniform probabilities over C classes cost ln C; a constant 0 for a standardized target costs 1.
    """
    if recipe.loss == "focal" or recipe.class_weights != "none":
        return None
    if task.kind in ("binary", "multilabel"):
        return math.log(2), "ln 2"
    if task.kind in ("multiclass", "tagging", "next-token"):
        return math.log(task.outputs), f"ln {task.outputs}"
    if task.kind in ("regression", "forecast") and recipe.loss in ("auto", "mse"):
        return 1.0, "the variance of a standardized target"
    return None


class BinaryLoss:
    """Cross-entropy of yes/no logits, [B, 1] or [B, C], in the stable form of BCE-with-logits."""

    def __init__(self, recipe: TrainRecipe, weights: Tensor | None) -> None:
        self.smoothing = recipe.label_smoothing
        self.gamma = recipe.focal_gamma if recipe.loss == "focal" else None
        self.weights = weights

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean over the batch."""
        logits = outputs.squeeze(1) if outputs.ndim == targets.ndim + 1 else outputs
        hard = targets
        if self.smoothing:
            targets = targets * (1 - self.smoothing) + 0.5 * self.smoothing
        if self.gamma is None and self.weights is None:
            return F.binary_cross_entropy_with_logits(logits, targets)
        each = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        if self.gamma is not None:
            probability = torch.sigmoid(logits)
            each = each * _focus(probability * hard + (1 - probability) * (1 - hard), self.gamma)
        if self.weights is not None and hard.ndim == 1:
            each = each * self.weights.to(each)[hard.long()]
        return each.mean()


class CategoricalLoss:
    """Cross-entropy of class logits, [B, C] or [B, T, C]; class numbers or one-hot rows as targets."""

    def __init__(self, recipe: TrainRecipe, weights: Tensor | None) -> None:
        self.smoothing = recipe.label_smoothing
        self.gamma = recipe.focal_gamma if recipe.loss == "focal" else None
        self.weights = weights

    @property
    def is_plain(self) -> bool:
        """Whether every example and class counts as it is."""
        return not self.smoothing and self.gamma is None and self.weights is None

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean over the batch."""
        if outputs.ndim == 3:
            outputs, targets = outputs.flatten(0, 1), targets.flatten()
        weights = None if self.weights is None else self.weights.to(outputs)
        if self.gamma is None:
            return F.cross_entropy(
                outputs, targets, weights, label_smoothing=self.smoothing, ignore_index=IGNORED_TARGET
            )
        each = F.cross_entropy(
            outputs,
            targets,
            weights,
            label_smoothing=self.smoothing,
            ignore_index=IGNORED_TARGET,
            reduction="none",
        )
        probability = torch.exp(
            -F.cross_entropy(outputs, targets, ignore_index=IGNORED_TARGET, reduction="none")
        )
        return (each * _focus(probability, self.gamma)).sum() / _total(targets, weights)


def _total(targets: Tensor, weights: Tensor | None) -> Tensor | int:
    """What a mean divides by: the examples, or the weights of their classes, as in F.cross_entropy."""
    if targets.ndim > 1:
        return len(targets)
    kept = targets != IGNORED_TARGET
    return (kept if weights is None else kept * weights[targets.clamp(min=0)]).sum().clamp(min=1e-12)


def _focus(right: Tensor, gamma: float) -> Tensor:
    """(1 - p)^gamma: easy examples count less (Lin et al. 2017, https://arxiv.org/abs/1708.02002).

    Below gamma = 1 the slope at p = 1 is infinite, and times the loss of 0 there it would be NaN.
    """
    return (1 - right).clamp(min=1e-12) ** gamma


def _balanced(counts: tuple[int, ...]) -> Tensor:
    """N / (classes · count), as scikit-learn's ``class_weight="balanced"``."""
    numbers = torch.tensor(counts, dtype=torch.float32).clamp(min=1)
    return numbers.sum() / (len(counts) * numbers)
