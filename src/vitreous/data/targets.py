"""What is to be predicted: found in a table's columns, encoded for the loss, decoded for a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitreous.data.columns import is_numeric, place, refuse_infinite, to_numbers, to_texts
from vitreous.data.types import Task, TaskKind
from vitreous.errors import DataError, RunError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from torch import Tensor

    from vitreous.training.recipe import DataRecipe

USUAL_NAMES = ("target", "label", "labels", "class", "y", "output")
MOST_INTEGER_CLASSES = 20
KINDS: tuple[TaskKind, ...] = ("binary", "multiclass", "multilabel", "regression", "reconstruction")


@dataclass(frozen=True)
class Target:
    """How targets become tensors and back.

    Attributes:
        kind: Of the task.
        names: The target columns; for reconstruction the features.
        classes: Of binary and multiclass, in the order of their numbers.
        means: Of a regression's columns, subtracted.
        scales: Of a regression's columns, divided by.
    """

    kind: TaskKind
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()

    @property
    def task(self) -> Task:
        """The task a network is built for."""
        outputs = {"binary": 1, "multiclass": len(self.classes)}.get(self.kind, len(self.names))
        classes = self.names if self.kind == "multilabel" else self.classes
        name = "inputs" if self.kind == "reconstruction" else ", ".join(self.names)
        return Task(self.kind, outputs, classes, name)

    def encode(self, frame: pl.DataFrame) -> Tensor:
        """The target columns as a tensor: [N] for classes, else [N, K] (see TaskKind).

        Raises:
            DataError: naming a label that training never had, or a value that is no number.
        """
        if self.kind in ("binary", "multiclass"):
            numbers = self._class_numbers(frame[self.names[0]])
            return torch.from_numpy(numbers.astype(np.float32 if self.kind == "binary" else np.int64))
        out = np.empty((frame.height, len(self.names)), dtype=np.float32)
        for k, name in enumerate(self.names):
            values = to_numbers(frame[name], strict=True)
            refuse_infinite(values)
            mean, scale = (self.means[k], self.scales[k]) if self.means else (0.0, 1.0)
            out[:, k] = (values.to_numpy() - mean) / scale
        if self.kind == "multilabel" and not np.isin(out, (0, 1)).all():
            row, column = np.argwhere(~np.isin(out, (0, 1)))[0]
            raise DataError("Expected 0 or 1.", where=place(int(row), self.names[column]))
        return torch.from_numpy(out)

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits to ``prediction`` and ``probability_<class>``, numbers to the person's units."""
        values = outputs.detach().cpu().double().reshape(len(outputs), -1)
        if self.kind in ("binary", "multiclass"):
            return self._decode_classes(values)
        if self.kind == "multilabel":
            chance = torch.sigmoid(values)
            chosen = [[n for n, p in zip(self.names, row, strict=True) if p > 0.5] for row in chance.tolist()]
            columns: dict[str, list[Any]] = {"prediction": ["; ".join(names) for names in chosen]}
            return columns | {f"probability_{n}": chance[:, k].tolist() for k, n in enumerate(self.names)}
        prefix = "reconstructed" if self.kind == "reconstruction" else "predicted"
        if self.means:
            values = values * torch.tensor(self.scales).double() + torch.tensor(self.means).double()
        return {f"{prefix}_{name}": values[:, k].tolist() for k, name in enumerate(self.names)}

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Target:
        """The inverse of ``to_json``; raises RunError on what it never wrote."""
        try:
            lists = {name: tuple(values[name]) for name in ("names", "classes", "means", "scales")}
            if values["kind"] not in KINDS:
                raise KeyError(values["kind"])
            return cls(values["kind"], **lists)
        except (KeyError, TypeError) as error:
            raise RunError(f"The saved preprocessing is damaged: {error}.") from None

    def _class_numbers(self, labels: pl.Series) -> np.ndarray[Any, Any]:
        import polars as pl

        texts = to_texts(labels)
        numbers = texts.replace_strict(
            list(self.classes), list(range(len(self.classes))), default=None, return_dtype=pl.Int64
        )
        if numbers.null_count():
            row = int(numbers.is_null().arg_max() or 0)
            raise DataError(
                f"The label {texts[row]!r} was never seen in training.",
                where=place(row, labels.name),
                hint=did_you_mean(str(texts[row]), self.classes),
            )
        return numbers.to_numpy()

    def _decode_classes(self, logits: Tensor) -> dict[str, list[Any]]:
        if self.kind == "binary":
            second = torch.sigmoid(logits[:, 0])
            probabilities = torch.stack([1 - second, second], dim=1)
        else:
            probabilities = torch.softmax(logits, dim=1)
        columns: dict[str, list[Any]] = {
            "prediction": [self.classes[i] for i in probabilities.argmax(1).tolist()]
        }
        return columns | {
            f"probability_{n}": probabilities[:, k].tolist() for k, n in enumerate(self.classes)
        }


def target_names(columns: Sequence[str], recipe: DataRecipe) -> tuple[tuple[str, ...], list[str]]:
    """The target columns that were asked for, or the one with a usual name; and a note on the latter.

    Raises:
        DataError: when a column does not exist, or none was asked for and none is obvious.
    """
    asked = recipe.target
    if asked is None:
        if recipe.task == "reconstruction":
            return (), []
        usual = [name for name in columns if name.lower() in USUAL_NAMES]
        if len(usual) == 1:
            return (usual[0],), [f"target: the column {usual[0]!r}, by its name"]
        raise DataError(
            f"Which column is to be predicted was not said; the columns are {', '.join(columns)}.",
            hint="Name it with --target (data.target).",
        )
    if isinstance(asked, str):
        asked = [asked] if asked in columns else [part.strip() for part in asked.split(",")]
    for name in asked:
        if name not in columns:
            hint = did_you_mean(name, columns)
            listing = "" if hint.startswith("Known") else f" The columns are {', '.join(columns)}."
            raise DataError(f"There is no column {name!r}.", where="data.target", hint=hint + listing)
    return tuple(asked), []


def fit_target(frame: pl.DataFrame, names: Sequence[str], recipe: DataRecipe) -> Target:
    """The target without its scale (see ``scale_target``), from all rows that have one.

    Raises:
        DataError: when it never varies, or its values do not suit the task that was asked for.
    """
    kind = _asked_kind(recipe) or _infer_kind(frame, names)
    if kind not in ("binary", "multiclass"):
        _check_numeric(frame, names, kind)
        return Target(kind, tuple(names))
    if len(names) > 1:
        raise DataError(f"A {kind} task has one target column, not {len(names)}.", where="data.target")
    labels = frame[names[0]]
    texts = to_texts(labels).unique().drop_nulls().to_list()
    numeric = labels.dtype.is_numeric()
    classes = sorted(texts, key=float) if numeric else sorted(texts)
    if len(classes) < 2:
        raise DataError(f"Every row has the same label, {classes[0]!r}.", where=f"column {names[0]!r}")
    if kind == "binary" and len(classes) > 2:
        raise DataError(
            f"A binary task has 2 labels, this column has {len(classes)}.", where=f"column {names[0]!r}"
        )
    if len(classes) > max(20, frame.height // 2):
        raise DataError(
            f"{len(classes)} different labels in {frame.height} rows are too many to learn.",
            where=f"column {names[0]!r}",
            hint="Is this the column to predict?",
        )
    return Target(kind, tuple(names), tuple(classes))


def scale_target(target: Target, train: pl.DataFrame, *, normalize: bool) -> Target:
    """The same target with the mean and deviation of the training rows (regression only)."""
    if target.kind != "regression":
        return target
    means, scales = [], []
    for name in target.names:
        values = to_numbers(train[name], strict=True).to_numpy()
        means.append(float(values.mean()) if normalize else 0.0)
        deviation = float(values.std()) if normalize else 1.0
        scales.append(deviation if deviation > 0 else 1.0)
    return Target("regression", target.names, (), tuple(means), tuple(scales))


def _asked_kind(recipe: DataRecipe) -> TaskKind | None:
    if recipe.task == "auto":
        return None
    for kind in KINDS:
        if recipe.task == kind:
            return kind
    raise DataError(
        f"A table cannot be used for the task {recipe.task!r}.",
        where="data.task",
        hint=did_you_mean(recipe.task, KINDS),
    )


def _infer_kind(frame: pl.DataFrame, names: Sequence[str]) -> TaskKind:
    if len(names) > 1:
        flags = all(set(to_numbers(frame[n], strict=False).unique().to_list()) <= {0.0, 1.0} for n in names)
        return "multilabel" if flags else "regression"
    labels = frame[names[0]]
    distinct = labels.n_unique()
    if distinct == 2:
        return "binary"
    if not is_numeric(labels):
        return "multiclass"
    few = distinct <= MOST_INTEGER_CLASSES and 4 * distinct <= frame.height
    return "multiclass" if labels.dtype.is_integer() and few else "regression"


def _check_numeric(frame: pl.DataFrame, names: Sequence[str], kind: TaskKind) -> None:
    for name in names:
        if not is_numeric(frame[name]):
            raise DataError(
                f"A {kind} target must be a number, got {frame[name].dtype}.", where=f"column {name!r}"
            )
        refuse_infinite(to_numbers(frame[name], strict=False))
        if kind == "regression" and frame[name].n_unique() < 2:
            raise DataError("Every row has the same target.", where=f"column {name!r}")
