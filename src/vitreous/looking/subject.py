"""What views look at: a network with examples, from a run or from what a person gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vitreous.data.types import Inputs, InputSpec, Task
from vitreous.errors import DataError, ModelError, UsageError, did_you_mean
from vitreous.looking import seen
from vitreous.looking.course import Course, course_of
from vitreous.looking.losses import prediction
from vitreous.looking.operation import Array
from vitreous.looking.structure import structure
from vitreous.training.run import Run

MOST_EXAMPLES = 512
MOST_NUMBERS = 20_000_000  # of all inputs together: of large images fewer are taken
FEWEST = 16
MOST_CLASSES = 1000


@dataclass
class Subject:
    """A network and examples to see it by.

    Attributes:
        model: In evaluation mode.
        task: What it predicts.
        input: What an example looks like.
        inputs: Examples as the network takes them, [N, ...] (or a tuple of such).
        targets: Theirs.
        raw: The same as a person knows them: images, texts, rows.
        sample: Which of them is shown alone.
        seed: Of everything that is drawn at random.
        features: Names of the inputs, where they have any.
        plane: The two inputs that a person chose for the decision boundary, by place.
        numbers: Of each example in the split it was taken from, which pages call it by.
        after: What the views of the next frame of a film were made of, by name: so that its frames compare, the same
            units are shown and projections are turned alike.
        course: How it was trained, where it is a run's.
        token: The text of a token's number, where that is known.
    """

    model: nn.Module
    task: Task
    input: InputSpec
    inputs: Inputs
    targets: Tensor
    raw: list[Any]
    sample: int = 0
    seed: int = 0
    features: tuple[str, ...] = ()
    plane: tuple[int, int] | None = None
    numbers: tuple[int, ...] = ()
    after: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    course: Course | None = None
    token: Callable[[int], str] | None = None

    @property
    def x(self) -> Tensor:
        """The inputs, where they are one tensor of decimal numbers (check `differentiable` first)."""
        assert isinstance(self.inputs, Tensor)
        return self.inputs

    @property
    def differentiable(self) -> bool:
        """Whether the input is one tensor that can have a gradient."""
        return isinstance(self.inputs, Tensor) and self.inputs.is_floating_point()

    @property
    def classifies(self) -> bool:
        """Whether every example has one class, and the classes are few enough to speak of."""
        return self.task.is_classification and len(self.classes) <= MOST_CLASSES

    @property
    def drawable(self) -> bool:
        """Whether examples are images that can be shown from their tensors."""
        return self.input.kind == "image" and self.differentiable and self.x.ndim == 4

    @property
    def one(self) -> Inputs:
        """The shown example as a batch of one."""
        here = slice(self.sample, self.sample + 1)
        return tuple(t[here] for t in self.inputs) if isinstance(self.inputs, tuple) else self.inputs[here]

    @property
    def classes(self) -> list[str]:
        """Names of the classes."""
        return list(self.task.classes) or [str(n) for n in range(max(2, self.task.outputs))]

    def number(self, place: int) -> int:
        """What pages call the example at a place."""
        return self.numbers[place] if self.numbers else place

    def name(self, place: int) -> str:
        """An input's name."""
        return self.features[place] if place < len(self.features) else f"input {place}"

    @cached_property
    def multiply_adds(self) -> int:
        """Of one example's way forward."""
        return structure(self.model, self.one).multiply_adds

    @cached_property
    def outputs(self) -> Tensor:
        """What the network gives for all examples."""
        return self._watched[0]

    @cached_property
    def layers(self) -> dict[str, seen.Seen]:
        """What each layer without inner layers gave to the examples, by its name."""
        return self._watched[1]

    @cached_property
    def _watched(self) -> tuple[Tensor, dict[str, seen.Seen]]:
        return seen.watch(self.model, self.inputs, self.sample)

    def logits(self, x: Tensor) -> Tensor:
        """What the network predicts for inputs, with gradients: of several outputs the one that a loss would take.

        Raises:
            ModelError: when it gives no decimal numbers.
        """
        found = prediction(self.model(x))
        if found is None:
            raise ModelError("the network gives no decimal numbers.", where=type(self.model).__name__)
        return found

    @cached_property
    def probabilities(self) -> Array:
        """[N, classes] for a task with one class an example."""
        return self.probability(self.outputs)

    def probability(self, logits: Tensor) -> Array:
        """Probabilities [N, classes] of such logits; 0 where they are no numbers."""
        logits = torch.nan_to_num(logits.detach().double())
        if self.task.kind == "binary":
            p = torch.sigmoid(logits.reshape(-1))
            return np.asarray(torch.stack([1 - p, p], 1).numpy())
        return np.asarray(torch.softmax(logits.reshape(len(logits), -1), 1).numpy())

    @cached_property
    def labels(self) -> Array:
        """The true class of each example, int [N]."""
        return np.asarray(self.targets.reshape(len(self.raw), -1)[:, 0].long().numpy())

    def kind(self, name: str) -> str:
        """The class of a layer."""
        return type(self.model.get_submodule(name)).__name__


def subject_of(
    run: Run, sample: int = 0, *, most: int = MOST_EXAMPLES, model: nn.Module | None = None, plane: str = ""
) -> Subject:
    """The network with evenly picked test examples, the sample among them.

    Args:
        run: Whose network and data.
        sample: Which example is shown alone.
        most: How many examples.
        model: With other weights, those of a snapshot; the run's best by default.
        plane: Two inputs by name or number for the decision boundary: ``"petal length,petal width"``.

    Raises:
        DataError: when the run held no such example out.
        RunError: when the run's data have changed.
        UsageError: when there is no such input.
    """
    splits = run.splits()
    examples = run.test_examples(splits)
    if not 0 <= sample < len(examples):
        raise DataError(
            f"there is no example {sample}; the test split has 0 to {len(examples) - 1}.",
            where=str(run.folder),
        )
    each = max(1, int(np.prod(run.input.shape)))
    many = min(len(examples), most, max(FEWEST, MOST_NUMBERS // each))
    picked = sorted({sample, *np.linspace(0, len(examples) - 1, many).astype(int).tolist()})
    inputs, targets = examples.take(picked)
    names: Any = getattr(run.preprocessing, "feature_names", ()) or ()
    return Subject(
        model=run.model if model is None else model, task=run.task, input=run.input, inputs=inputs,
        targets=targets if isinstance(targets, torch.Tensor) else torch.as_tensor(targets),
        raw=examples.raw(picked), sample=picked.index(sample), seed=run.recipe.train.seed, features=tuple(names),
        plane=chosen(plane, tuple(names), run.input), numbers=tuple(picked), course=course_of(run, splits),
        token=_speller(run) if run.input.kind == "tokens" else None,
    )  # fmt: skip


def _speller(run: Run) -> Callable[[int], str] | None:
    """What gives the text of one of a run's tokens."""
    spell = getattr(getattr(run.preprocessing, "tokens", run.preprocessing), "text", None)
    return (lambda number: str(spell([number]))) if callable(spell) else None


def subject_from(
    model: nn.Module, x: Tensor, y: Tensor | None, outputs: Tensor | None = None, *, plane: str = ""
) -> Subject | None:
    """A network with a batch that a person gave; what it predicts is guessed from the targets.

    Args:
        model: In the mode it is in, which decides over what it gives.
        x: The batch, [N, ...].
        y: Its targets, if any.
        outputs: What the network gave for it; by default it is run.
        plane: Two inputs by number for the decision boundary.

    Returns:
        None where there is no batch of anything we know, or the network gives no number for each example.
    """
    if x.ndim < 2 or not len(x):
        return None
    kind = "tokens" if not x.is_floating_point() else {2: "features", 3: "sequence", 4: "image"}.get(x.ndim)
    if kind is None:
        return None
    classes = y is not None and not y.is_floating_point() and y.ndim == 1 and len(y) == len(x)
    outputs = seen.run(model, x) if outputs is None else outputs
    if outputs.ndim < 1 or len(outputs) != len(x):
        return None
    spec = InputSpec(kind, tuple(x.shape[1:]))  # type: ignore[arg-type]
    task = Task("regression", prod(outputs.shape[1:]))
    if classes and outputs.ndim == 2:
        task = Task("multiclass", outputs.shape[1]) if outputs.shape[1] > 1 else Task("binary", 1)
    return Subject(
        model=model, task=task, input=spec, inputs=x, plane=chosen(plane, (), spec),
        targets=y if classes and y is not None else torch.zeros(len(x)), raw=[_words(row) for row in x],
    )  # fmt: skip


def chosen(said: str, names: tuple[str, ...], input: InputSpec) -> tuple[int, int] | None:
    """Two inputs by name or number; None where none were chosen."""
    if not said:
        return None
    many = prod(input.shape)
    parts = [part.strip() for part in said.split(",")]
    if len(parts) != 2 or input.kind != "features":
        raise UsageError(
            f"expected two inputs; came {said!r}.", where="--plane",
            hint="Name two columns: --plane 'petal length,petal width'." if input.kind == "features"
            else "This network takes no rows of numbers.",
        )  # fmt: skip
    places = []
    for part in parts:
        if part in names:
            places.append(names.index(part))
        elif part.isdigit() and int(part) < many:
            places.append(int(part))
        else:
            raise UsageError(
                f"there is no input {part!r}.", where="--plane",
                hint=did_you_mean(part, names) if names else f"They have the numbers 0 to {many - 1}.",
            )  # fmt: skip
    return places[0], places[1]


def _words(row: Tensor) -> str:
    numbers = row.flatten()[:16].tolist()
    return " ".join(f"{n:.4g}" for n in numbers) + (" …" if row.numel() > 16 else "")
