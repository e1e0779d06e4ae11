"""What data look like to the rest of the package: a task, an input, three splits, a preprocessing.

A source (``data/sources/*.py``) turns what a person has into one `Data`. Models are built from its
`InputSpec` and `Task`; the loop reads its `Examples`; a run saves its `Preprocessing`, so that
predict takes the same raw inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

TaskKind = Literal[
    "binary",  # one logit; targets float 0/1, shape [B]
    "multiclass",  # C logits; targets int64 class numbers, shape [B]
    "multilabel",  # C logits; targets float 0/1, shape [B, C]
    "regression",  # K numbers (standardized); targets float, shape [B, K]
    "forecast",  # H future values (standardized); targets float, shape [B, H]
    "tagging",  # C logits for each token; targets int64, shape [B, T], -100 where padded
    "next-token",  # V logits for each position; targets int64, shape [B, T]
    "reconstruction",  # the input again; targets are the inputs
]

InputKind = Literal[
    "features",  # float [B, F]
    "image",  # float [B, C, H, W]
    "tokens",  # int64 [B, T], 0 is padding, always at the end
    "sequence",  # float [B, T, F]
]

Inputs: TypeAlias = "Tensor | tuple[Tensor, ...]"
Batch: TypeAlias = "tuple[Inputs, Tensor]"

IGNORED_TARGET = -100  # what torch's cross-entropy skips by default


@dataclass(frozen=True)
class Task:
    """What is to be predicted.

    Attributes:
        kind: One of `TaskKind`.
        outputs: Width of the network's last layer: classes, targets, horizon or vocabulary
            (1 for binary: one logit).
        classes: Names of the classes, in the order of their numbers; empty where there are none.
            For binary the second is the one whose probability the logit gives.
        target: What the target is called (a column name), for people.
    """

    kind: TaskKind
    outputs: int
    classes: tuple[str, ...] = ()
    target: str = "target"

    @property
    def is_classification(self) -> bool:
        """Whether every example has exactly one class."""
        return self.kind in ("binary", "multiclass")


@dataclass(frozen=True)
class InputSpec:
    """What one example looks like, without the batch axis.

    Attributes:
        kind: One of `InputKind`.
        shape: (F,), (C, H, W), (T,) or (T, F).
        vocabulary: Number of token ids, padding included; 0 where inputs are not tokens.
    """

    kind: InputKind
    shape: tuple[int, ...]
    vocabulary: int = 0


@dataclass(frozen=True)
class BatchPlan:
    """Which batches to give, fully determined: the same plan gives the same batches in any process.

    Attributes:
        batch_size: Examples in a batch over all processes together.
        seed: Shuffles by (seed, epoch); None keeps the order.
        epoch: The epoch's number, from 0.
        skip: Batches already seen in this epoch (a resumed run goes on behind them).
        rank: This process among `processes`; it gets every `processes`-th example of a batch.
        processes: How many processes share each batch.
        augment: Whether random augmentation applies (training only), seeded by (seed, epoch, batch).
        drop_last: Whether a last batch smaller than batch_size is left out.
    """

    batch_size: int
    seed: int | None = None
    epoch: int = 0
    skip: int = 0
    rank: int = 0
    processes: int = 1
    augment: bool = False
    drop_last: bool = False


class Examples(Protocol):
    """One split. In memory, lazily decoded or streamed: the loop cannot tell."""

    def __len__(self) -> int:
        """Number of examples."""

    def batches(self, plan: BatchPlan) -> Iterator[Batch]:
        """The batches of one epoch, as CPU tensors unless the examples live on a device."""

    def take(self, indices: Sequence[int]) -> Batch:
        """These examples as one batch, in this order, never augmented."""

    def raw(self, indices: Sequence[int]) -> list[Any]:
        """These examples as a person knows them, which reports show and text baselines learn from.

        A row as dict, a text, an image array (uint8 [H, W, C]) or its path.
        """


class Preprocessing(Protocol):
    """Raw inputs to tensors: fitted on the training split only, saved with the run as JSON.

    A class lives in the source's module, ``data/sources/<kind>.py``, and is called `Preprocessing`
    there, so that a run finds it by its kind.
    """

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """All that was fitted, as JSON values; ``from_json`` gives an equal object back."""

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Preprocessing:
        """The inverse of ``to_json``; raises RunError on values it never wrote."""

    def read(self, path: Path) -> Any:
        """A file or folder of raw inputs (the target column may be there or not).

        Raises:
            DataError: naming the file, row or column.
        """

    def inputs(self, raw: Any) -> Inputs:
        """Raw inputs to a batch of tensors, one row an example, in order.

        Raw is what ``read`` gave, a data frame, a dict of columns, an array, or a list of texts or
        of image paths.

        Raises:
            DataError: naming the missing column, the wrong shape, the row.
        """

    def targets(self, raw: Any) -> Tensor | None:
        """The targets within raw, encoded as the Task says; None where raw has none.

        Raises:
            DataError: naming a label the training data never had.
        """

    def decode(self, outputs: Tensor) -> dict[str, list[Any]]:
        """The network's outputs (logits) to named columns in the person's own units.

        Classification: ``prediction`` and ``probability_<class>``; regression: the target's name
        prefixed ``predicted_``; forecast: one column a step ahead.
        """


@dataclass
class Data:
    """What a source returns.

    Attributes:
        name: Short, for titles and folder names.
        task: What is predicted.
        input: What an example looks like.
        train: Training examples.
        validation: Validation examples, None where the recipe asks for none.
        test: Test examples, None where the recipe asks for none.
        preprocessing: Fitted on ``train`` only.
        notes: What was inferred, dropped, filled or found odd; one printable line each.
        fingerprint: Hash of the raw data, so that resume and evaluate notice other data.
        class_counts: Training examples by class, in the order of ``task.classes``; empty otherwise.
    """

    name: str
    task: Task
    input: InputSpec
    train: Examples
    validation: Examples | None
    test: Examples | None
    preprocessing: Preprocessing
    notes: list[str] = field(default_factory=list)
    fingerprint: str = ""
    class_counts: tuple[int, ...] = ()
