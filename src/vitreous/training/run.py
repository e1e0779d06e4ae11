"""A run: a folder that holds everything about one training, and can be used again.

Nothing in it is pickled: weights are safetensors, the recipe TOML, the rest JSON.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitreous.errors import DataError, RunError
from vitreous.training import integrity, trust
from vitreous.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor, nn

    from vitreous.data.types import Data, Examples, InputSpec, Preprocessing, Task
    from vitreous.training.evaluate import Evaluation

PREDICTION_BATCH = 1024


class Run:
    """A finished or unfinished training, read from its folder.

    Args:
        folder: Where it lies.
        trust: Load the network's code even if the run was not trained here.

    Raises:
        RunError: when there is no run in the folder.
    """

    def __init__(self, folder: str | Path, *, trust: bool = False) -> None:
        self.folder = Path(folder)
        self.trust = trust
        if not (self.folder / "recipe.toml").is_file():
            what = "There is no run in this folder" if self.folder.is_dir() else "There is no such folder"
            raise RunError(
                f"{what}: recipe.toml is missing.",
                where=str(folder),
                hint="`vitreous runs` lists what there is.",
            )

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r}, {self.status})"

    @property
    def status(self) -> str:
        """``finished``, or ``unfinished``: `resume` goes on with it."""
        return "finished" if (self.folder / "result.json").is_file() else "unfinished"

    @cached_property
    def recipe(self) -> Recipe:
        """Everything that determined it."""
        integrity.check(self.folder, "recipe.toml")
        return Recipe.from_toml(self.folder / "recipe.toml")

    @property
    def result(self) -> dict[str, Any]:
        """Metrics by dotted name (``test.accuracy``, ``parameters``, …); empty while unfinished."""
        return self._json(integrity.RESULT) if self.status == "finished" else {}

    @property
    def history(self) -> list[dict[str, Any]]:
        """One dict an epoch, in order."""
        return self._lines("history.jsonl")

    @property
    def record(self) -> list[dict[str, Any]]:
        """One dict a recorded step: gradient norms and activation statistics by layer."""
        return self._lines("record.jsonl")

    @cached_property
    def task(self) -> Task:
        """What it predicts."""
        from vitreous.data.types import Task

        with integrity.doubted(self.folder):
            saved = self._saved["task"]
            return Task(saved["kind"], saved["outputs"], tuple(saved["classes"]), saved["target"])

    @cached_property
    def input(self) -> InputSpec:
        """What one example looks like to the network."""
        from vitreous.data.types import InputSpec

        with integrity.doubted(self.folder):
            saved = self._saved["input"]
            return InputSpec(saved["kind"], tuple(saved["shape"]), saved["vocabulary"])

    @cached_property
    def preprocessing(self) -> Preprocessing:
        """Raw inputs to tensors, as fitted on the training split."""
        from vitreous.data.open import preprocessing_from_json

        with integrity.doubted(self.folder):
            return preprocessing_from_json(self._saved)

    @cached_property
    def model(self) -> nn.Module:
        """The network with its best weights, in evaluation mode, on the CPU."""
        from vitreous import models
        from vitreous.training.checkpoints import load_tensors

        if not self.trust:
            trust.check(self.folder, self.recipe)

        model = models.build(self.recipe.model.name, self.input, self.task, self.recipe.model.options)
        integrity.check(self.folder, "model.safetensors")
        weights = load_tensors(self.folder / "model.safetensors")
        try:
            model.load_state_dict(weights)
        except RuntimeError as error:
            message = str(error).splitlines()[-1].strip()
            raise RunError(
                f"The saved weights do not fit the network: {message}", where=str(self.folder)
            ) from None
        return model.eval()

    @property
    def class_counts(self) -> tuple[int, ...]:
        """Training examples by class, in the order of the task's classes; empty for other tasks."""
        return tuple(self._saved.get("class_counts", ()))

    def example(self, number: int) -> tuple[Any, Tensor]:
        """One example of the run's own test split as a batch of one: its inputs as the network takes them, its target.

        Raises:
            DataError: when the split has no such example, or the run held none out.
            RunError: when the run's own data have changed since it was trained.
        """
        examples = self.test_examples()
        if not 0 <= number < len(examples):
            raise DataError(
                f"there is no example {number}; the test split has 0 to {len(examples) - 1}.",
                where=str(self.folder),
            )
        inputs, target = examples.take([number])
        return inputs, target

    def splits(self) -> Data:
        """The data that the run was trained on, read again and split as then.

        Raises:
            DataError: when the run was trained on Python objects.
            RunError: when the data have changed since it was trained.
        """
        from vitreous.data.open import open_data

        source = self.recipe.data.source
        if source.startswith("<"):
            raise DataError(
                "The run was trained on Python objects.",
                where=str(self.folder),
                hint="Use run.evaluate(data).",
            )
        opened = open_data(source, self.recipe.data, self.recipe.train.seed)
        if opened.fingerprint != self._json("environment.json").get("data fingerprint"):
            raise RunError(
                "The data have changed since this run was trained.",
                where=source,
                hint="Name a file: vitreous evaluate RUN DATA.",
            )
        return opened

    def test_examples(self, splits: Data | None = None) -> Examples:
        """The test split of the data that the run was trained on.

        Args:
            splits: The data, where they are read already.

        Raises:
            DataError: when the run held none out, or was trained on Python objects.
            RunError: when the data have changed since it was trained.
        """
        held_out = (self.splits() if splits is None else splits).test
        if held_out is None:
            raise DataError(
                "This run held no test data out.",
                where=str(self.folder),
                hint="Name a file: vitreous evaluate RUN DATA.",
            )
        return held_out

    def outputs(self, inputs: Any) -> Tensor:
        """The network's raw outputs (logits) for raw inputs, [N, ...] on the CPU."""
        import torch

        tensors = self.preprocessing.inputs(inputs)
        with torch.no_grad():
            if isinstance(tensors, tuple):
                parts = [
                    self.model(*chunk)
                    for chunk in zip(*(t.split(PREDICTION_BATCH) for t in tensors), strict=True)
                ]
            else:
                parts = [self.model(chunk) for chunk in tensors.split(PREDICTION_BATCH)]
        return torch.cat([part[0] if isinstance(part, tuple) else part for part in parts])

    def predict(self, inputs: Any) -> dict[str, list[Any]]:
        """Predictions for raw inputs, as named columns in the person's own units.

        Args:
            inputs: A file or folder, a data frame, a dict of columns, an array, a list of texts or
                image paths: what the run was trained on, without the target.

        Raises:
            DataError: when a column is missing or a shape is wrong.
        """
        with integrity.doubted(self.folder):
            raw = self.preprocessing.read(Path(inputs)) if isinstance(inputs, str | Path) else inputs
            return self.preprocessing.decode(self.outputs(raw))

    def evaluate(self, data: Any = None) -> Evaluation:
        """Every metric, with intervals, on other labelled data, or on the run's own test split.

        Args:
            data: As for ``predict``, with the target; None reads the run's own data again.

        Raises:
            DataError: when the data have no target, or a label the training data never had.
            RunError: when the run's own data have changed since it was trained.
        """
        import torch

        from vitreous.training.evaluate import evaluate
        from vitreous.training.losses import make_loss

        examples = self.test_examples() if data is None else self._labelled(data)
        loss = make_loss(self.task, self.recipe.train, self.class_counts, self.model)
        with integrity.doubted(self.folder):
            return evaluate(self.model, examples, self.task, self.preprocessing, loss, torch.device("cpu"))

    def report(self) -> Path:
        """Draws ``report.html`` again from the folder's files; returns its path."""
        from vitreous import report

        return report.write(self.folder)

    def sample(self, prompt: str = "", *, length: int = 200, temperature: float = 0.8, seed: int = 0) -> str:
        """Text that a language model goes on with behind a prompt.

        Raises:
            RunError: when the run is no language model.
        """
        from vitreous.training.sample import sample

        if self.task.kind != "next-token":
            raise RunError("Only a language model can be sampled from.", where=str(self.folder))
        return sample(
            self.model, self.preprocessing, prompt, length=length, temperature=temperature, seed=seed
        )

    @cached_property
    def _saved(self) -> dict[str, Any]:
        document = self._json("preprocessing.json")
        missing = {"kind", "task", "input", "values"} - document.keys()
        if missing:
            raise RunError(f"preprocessing.json lacks {', '.join(sorted(missing))}.", where=str(self.folder))
        return document

    def _labelled(self, data: Any) -> Any:
        from vitreous.data.examples import TensorExamples

        raw = self.preprocessing.read(Path(data)) if isinstance(data, str | Path) else data
        windows = getattr(self.preprocessing, "windows", None)
        if windows is not None:  # a series has many examples in one table
            return TensorExamples(*windows(raw))
        targets = self.preprocessing.targets(raw)
        if targets is None:
            raise DataError(
                f"There is no target {self.task.target!r} to compare with.",
                hint="Use `predict` for data without it.",
            )
        inputs = self.preprocessing.inputs(raw)
        if isinstance(inputs, tuple):
            raise DataError("Networks with several inputs can only be evaluated on the run's own data.")
        return TensorExamples(inputs, targets)

    def _json(self, name: str) -> dict[str, Any]:
        integrity.check(self.folder, name)
        try:
            value = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunError(
                f"{name} is missing.",
                where=str(self.folder),
                hint=f"Finish it: vitreous resume {self.folder}",
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"{name} cannot be read: {error}.", where=str(self.folder)) from None
        if not isinstance(value, dict):
            raise RunError(
                f"{name} holds a {type(value).__name__}, expected an object.", where=str(self.folder)
            )
        return value

    def _lines(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        if not path.is_file():
            return []
        found = []
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                found.append(json.loads(line))
            except (ValueError, RecursionError):
                break  # the last line of a run that was killed while writing it
        return found


def list_runs(folder: Path) -> list[Run]:
    """Every run below a folder, oldest first by name."""
    if not folder.is_dir():
        return []
    return [Run(path.parent) for path in sorted(folder.glob("*/recipe.toml"))]
