"""What views look at, from a run: its network and some of its test examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from vitreous.errors import DataError
from vitreous.looking.view import Subject
from vitreous.training.run import Run

MOST_EXAMPLES = 512
MOST_NUMBERS = 20_000_000  # of all inputs together: of large images fewer are taken
FEWEST = 16


def subject_of(run: Run, sample: int = 0, *, most: int = MOST_EXAMPLES, model: nn.Module | None = None) -> Subject:
    """The network with evenly picked test examples, the sample among them.

    Args:
        run: Whose network and data.
        sample: Which example is shown alone.
        most: How many examples.
        model: With other weights, those of a snapshot; the run's best by default.

    Raises:
        DataError: when the run held no such example out.
        RunError: when the run's data have changed.
    """
    examples = run.test_examples()
    if not 0 <= sample < len(examples):
        raise DataError(
            f"there is no example {sample}; the test split has 0 to {len(examples) - 1}.", where=str(run.folder)
        )
    each = max(1, int(np.prod(run.input.shape)))
    many = min(len(examples), most, max(FEWEST, MOST_NUMBERS // each))
    picked = sorted({sample, *np.linspace(0, len(examples) - 1, many).astype(int).tolist()})
    inputs, targets = examples.take(picked)
    task = run.task
    names: Any = getattr(run.preprocessing, "feature_names", ()) or ()
    return Subject(
        model=run.model if model is None else model, task=task, input=run.input, inputs=inputs,
        targets=targets if isinstance(targets, torch.Tensor) else torch.as_tensor(targets),
        raw=examples.raw(picked), sample=picked.index(sample), seed=run.recipe.train.seed, features=tuple(names),
    )  # fmt: skip
