"""Datasets and DataLoaders of PyTorch, given from Python: read as they are, in an order that we determine.

A DataLoader lends its dataset and its collate function; its batch size, shuffling and workers are not used.
A tuple or dict (``train``, ``validation`` or ``val``, ``test``) has its own splits; one dataset is split.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, default_collate

from vitreous.data.examples import batch_bounds, epoch_order
from vitreous.data.split import split_indices
from vitreous.data.targets import Target
from vitreous.data.types import Batch, BatchPlan, Data, InputKind, Inputs, InputSpec
from vitreous.errors import DataError, RunError

if TYPE_CHECKING:
    from pathlib import Path

    from vitreous.training.recipe import DataRecipe

SPLITS = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
}
LOOKED_AT = 2048  # examples from which the task is inferred


def recognizes(source: object, recipe: DataRecipe) -> bool:
    """A Dataset, a DataLoader, or a tuple or dict of them."""
    if isinstance(source, dict):
        return bool(source) and all(isinstance(value, (Dataset, DataLoader)) for value in source.values())
    if isinstance(source, tuple):
        return bool(source) and all(
            value is None or isinstance(value, (Dataset, DataLoader)) for value in source
        )
    return isinstance(source, (Dataset, DataLoader))


def load(source: Any, recipe: DataRecipe, seed: int) -> Data:
    """Wraps datasets whose items are pairs (input, target).

    Raises:
        DataError: when a dataset has no length, or its batches are no pairs of tensors.
    """
    parts = {name: _wrap(value, name) for name, value in _named(source).items() if value is not None}
    notes = []
    if set(parts) == {"train"}:
        parts = _divide(parts["train"], recipe, seed)
    else:
        notes.append(f"splits as given: {', '.join(f'{name} {len(part)}' for name, part in parts.items())}")
    # Spread over the whole set: many are stored class by class.
    looked_at = np.linspace(0, len(parts["train"]) - 1, min(LOOKED_AT, len(parts["train"]))).astype(int)
    inputs, targets = parts["train"].take(looked_at.tolist())
    if isinstance(inputs, tuple):
        raise DataError("Each example must have one input tensor, not several.", where="train")
    target = _infer_target(targets, recipe)
    for part in parts.values():
        part.target = target
    kind = _input_kind(inputs)
    vocabulary = 1 + int(inputs.max()) if kind == "tokens" else 0
    notes += [f"inputs: {kind}, {tuple(inputs.shape[1:])}; used as the dataset gives them, nothing is scaled"]
    digest = hashlib.sha256(
        f"{[(n, len(p)) for n, p in parts.items()]}".encode() + inputs[:64].numpy().tobytes()
    )
    return Data(
        name="dataset",
        task=target.task,
        input=InputSpec(kind, tuple(inputs.shape[1:]), vocabulary),
        train=parts["train"],
        validation=parts.get("validation"),
        test=parts.get("test"),
        preprocessing=Preprocessing(target, tuple(inputs.shape[1:])),
        notes=notes,
        fingerprint=digest.hexdigest(),
        class_counts=_class_counts(targets, target) if len(parts["train"]) <= LOOKED_AT else (),
    )


class DatasetExamples:
    """A map-style dataset, fetched item by item.

    Args:
        dataset: Indexed by whole numbers.
        collate: A list of items to a batch (inputs, targets).
        rows: Which items; all of them by default.
    """

    def __init__(self, dataset: Any, collate: Callable[[list[Any]], Any], rows: Tensor | None = None) -> None:
        self.dataset = dataset
        self.collate = collate
        self.rows = torch.arange(len(dataset)) if rows is None else rows
        self.target: Target | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch; see `Examples.batches`."""
        order = epoch_order(len(self), plan)
        for start in batch_bounds(len(self), plan):
            rows = order[start : start + plan.batch_size][plan.rank :: plan.processes]
            if len(rows):
                yield self.take(rows.tolist())

    def take(self, indices: Sequence[int]) -> Batch:
        """These examples as one batch; see `Examples.take`."""
        batch = self.collate([self.dataset[int(self.rows[i])] for i in indices])
        if not isinstance(batch, (tuple, list)) or len(batch) != 2 or not isinstance(batch[1], Tensor):
            raise DataError(
                f"Expected batches (inputs, targets) of tensors, got {_describe(batch)}.",
                hint="Let the dataset return (input, target) pairs.",
            )
        inputs, targets = batch
        return inputs, targets if self.target is None else as_targets(targets, self.target)

    def raw(self, indices: Sequence[int]) -> list[Any]:
        """The inputs of these items as the dataset gives them."""
        items = (self.dataset[int(self.rows[i])][0] for i in indices)
        return [item.numpy() if isinstance(item, Tensor) else item for item in items]


@dataclass(frozen=True)
class Preprocessing:
    """Nothing but a check of the shape; see `vitreous.data.types.Preprocessing`."""

    target: Target
    shape: tuple[int, ...]
    kind: ClassVar[str] = "torch_data"

    def to_json(self) -> dict[str, Any]:
        """The target and the shape."""
        return {"target": self.target.to_json(), "shape": list(self.shape)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""
        try:
            return cls(Target.from_json(values["target"]), tuple(values["shape"]))
        except (KeyError, TypeError) as error:
            raise RunError(f"The saved preprocessing is damaged: {error}.") from None

    def read(self, path: Path) -> Any:
        """A .npy or .npz file."""
        from vitreous.data.sources.arrays import read_arrays

        return read_arrays(path)

    def inputs(self, raw: Any) -> Inputs:
        """Tensors or arrays [N, ...], prepared as the dataset prepares them; or a pair or dict of them."""
        raw = raw[0] if isinstance(raw, tuple) else raw["x"] if isinstance(raw, dict) else raw
        inputs = torch.as_tensor(raw if isinstance(raw, Tensor) else np.asarray(raw))
        if tuple(inputs.shape[1:]) != self.shape:
            raise DataError(f"Expected inputs of the shape {self.shape}, got {tuple(inputs.shape[1:])}.")
        return inputs.float() if inputs.dtype == torch.float64 else inputs

    def targets(self, raw: Any) -> Tensor | None:
        """The second of a pair, or ``y`` of a dict; None where there is none."""
        y = raw[1] if isinstance(raw, tuple) else raw.get("y") if isinstance(raw, dict) else None
        return None if y is None else as_targets(torch.as_tensor(y), self.target)

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """Logits or numbers to named columns."""
        return self.target.decode(outputs)


def as_targets(targets: Tensor, target: Target) -> Tensor:
    """Targets in the type and shape that the task's loss takes.

    Raises:
        DataError: when a class number is out of range.
    """
    if target.kind in ("binary", "multiclass"):
        numbers = targets.reshape(len(targets)).long()
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < len(target.classes):
            wrong = int(numbers.min()) if int(numbers.min()) < 0 else int(numbers.max())
            hint = "Set data.task=regression if the targets are no classes."
            raise DataError(f"The class number {wrong} is not among the {len(target.classes)}.", hint=hint)
        return numbers.float() if target.kind == "binary" else numbers
    return targets.reshape(len(targets), -1).float()


def _named(source: Any) -> dict[str, Any]:
    if isinstance(source, tuple):
        names = ("train", "test") if len(source) == 2 else ("train", "validation", "test")
        if len(source) > 3:
            raise DataError(f"Expected up to three datasets (train, validation, test), got {len(source)}.")
        return dict(zip(names, source, strict=False))
    if not isinstance(source, dict):
        return {"train": source}
    unknown = [name for name in source if name not in SPLITS]
    if unknown or "train" not in source:
        wrong = f"got {', '.join(map(repr, source))}"
        raise DataError(f"Expected the splits train, validation and test, {wrong}.")
    return {SPLITS[name]: value for name, value in source.items()}


def _wrap(value: Any, name: str) -> DatasetExamples:
    dataset, collate = (
        (value.dataset, value.collate_fn) if isinstance(value, DataLoader) else (value, default_collate)
    )
    if isinstance(dataset, IterableDataset) or not hasattr(dataset, "__len__"):
        hint = "Give a dataset with __len__ and __getitem__."
        raise DataError(
            "A dataset that can only be iterated has no order to resume in.", where=name, hint=hint
        )
    if len(dataset) == 0:
        raise DataError("The dataset is empty.", where=name)
    return DatasetExamples(dataset, collate)


def _divide(whole: DatasetExamples, recipe: DataRecipe, seed: int) -> dict[str, DatasetExamples]:
    rows = dict(zip(("train", "validation", "test"), split_indices(len(whole), recipe, seed), strict=True))
    return {
        name: DatasetExamples(whole.dataset, whole.collate, torch.from_numpy(part))
        for name, part in rows.items()
        if len(part)
    }


def _infer_target(targets: Tensor, recipe: DataRecipe) -> Target:
    """Whole numbers are classes, 0/1 in several columns are labels, the rest are numbers as they are."""
    kind = recipe.task
    flat = targets.reshape(len(targets), -1)
    whole = not targets.is_floating_point()
    if kind == "auto":
        flags = bool(((flat == 0) | (flat == 1)).all())
        if flat.shape[1] == 1:
            kind = "binary" if flags else "multiclass" if whole else "regression"
        else:
            kind = "multilabel" if flags else "regression"
    if kind in ("binary", "multiclass"):
        count = 2 if kind == "binary" else max(2, int(flat.max()) + 1)
        return Target(kind, ("target",), tuple(map(str, range(count))))  # type: ignore[arg-type]
    if kind not in ("multilabel", "regression"):
        raise DataError(f"A dataset cannot be used for the task {kind!r}.", where="data.task")
    width = flat.shape[1]
    names = ("target",) if width == 1 else tuple(f"target_{k}" for k in range(1, width + 1))
    return Target(kind, names)  # type: ignore[arg-type]


def _input_kind(inputs: Tensor) -> InputKind:
    if not inputs.is_floating_point() and inputs.ndim == 2:
        return "tokens"
    kinds: dict[int, InputKind] = {2: "features", 3: "sequence", 4: "image"}
    if inputs.ndim not in kinds:
        raise DataError(f"Inputs of the shape {tuple(inputs.shape[1:])} are neither features nor images.")
    return kinds[inputs.ndim]


def _class_counts(targets: Tensor, target: Target) -> tuple[int, ...]:
    if not target.classes:
        return ()
    return tuple(torch.bincount(targets.reshape(-1).long(), minlength=len(target.classes)).tolist())


def _describe(batch: Any) -> str:
    if isinstance(batch, (tuple, list)):
        return f"{len(batch)} parts ({', '.join(type(part).__name__ for part in batch)})"
    return f"a {type(batch).__name__}"
