"""How a run's network came to its weights: its loss, the examples it was judged by, the snapshots along its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from vitreous.data.types import Data, Examples
from vitreous.training import snapshots
from vitreous.training.losses import Loss, make_loss
from vitreous.training.run import Run


@dataclass(frozen=True)
class Course:
    """The way of a training.

    Attributes:
        loss: A network's loss, as the run was trained with it.
        examples: What the loss is taken of.
        split: What these are called: "validation" or "test".
        snapshots: Weights kept along the way, by step.
        step: Which of them the network has in a film; None where it has the run's best.
    """

    loss: Callable[[nn.Module], Loss]
    examples: Examples
    split: str
    snapshots: Mapping[int, Path]
    step: int | None = None


def course_of(run: Run, splits: Data) -> Course | None:
    """A run's way; its validation examples, or of a run without any its test examples."""
    split = "test" if splits.validation is None else "validation"
    examples = splits.test if splits.validation is None else splits.validation
    if examples is None or not len(examples):
        return None

    def loss(model: nn.Module) -> Loss:
        return make_loss(run.task, run.recipe.train, run.class_counts, model)

    return Course(loss, examples, split, snapshots.kept(run.folder))
