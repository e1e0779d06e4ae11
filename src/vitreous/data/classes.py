"""Class names to targets and logits back to named columns; shared by images and texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from vitreous.data.types import Task
from vitreous.errors import DataError, did_you_mean


def class_task(classes: Sequence[str], target: str) -> Task:
    """The task of telling these classes apart: one logit for two of them, else one each."""
    if len(classes) == 2:
        return Task("binary", 1, tuple(classes), target)
    return Task("multiclass", len(classes), tuple(classes), target)


def class_targets(labels: Sequence[str], classes: Sequence[str], *, where: str) -> Tensor:
    """Targets [N] of labels: float 0/1 for two classes, int64 numbers otherwise.

    Raises:
        DataError: on a label the training data never had.
    """
    number = {name: i for i, name in enumerate(classes)}
    for row, label in enumerate(labels, 1):
        if label not in number:
            raise DataError(
                f"The label {label!r} (example {row}) was never seen in training.",
                where=where,
                hint=did_you_mean(label, classes),
            )
    targets = torch.tensor([number[label] for label in labels], dtype=torch.int64)
    return targets.float() if len(classes) == 2 else targets


def class_columns(outputs: Tensor, classes: Sequence[str]) -> dict[str, list[Any]]:
    """Logits [B, 1], [B] (two classes) or [B, C] to ``prediction`` and ``probability_<class>``."""
    logits = outputs.detach().cpu().double()
    if len(classes) == 2:
        second = torch.sigmoid(logits.reshape(len(logits)))
        probabilities = torch.stack([1 - second, second], dim=1)
    else:
        probabilities = torch.softmax(logits, dim=1)
    columns: dict[str, list[Any]] = {"prediction": [classes[i] for i in probabilities.argmax(1).tolist()]}
    for i, name in enumerate(classes):
        columns[f"probability_{name}"] = probabilities[:, i].tolist()
    return columns


def class_counts(targets: Tensor, classes: Sequence[str]) -> tuple[int, ...]:
    """How many targets [N] there are of each class."""
    return tuple(torch.bincount(targets.long(), minlength=len(classes)).tolist())
