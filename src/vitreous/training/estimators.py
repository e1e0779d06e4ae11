"""Scikit-learn estimators over the same trainer: `Classifier` and `Regressor`.

They train in memory, write nothing, leave torch's random state and thread count as they found them,
and keep what they learned as NumPy arrays, so that pickle, copy and clone work as everywhere else in
scikit-learn. For images, texts, series and reports there is ``vitreous.train``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from vitreous import models
from vitreous.data.examples import TensorExamples
from vitreous.data.split import split_indices
from vitreous.data.types import Data, InputSpec, Task
from vitreous.errors import UsageError
from vitreous.record.recorder import Recorder
from vitreous.record.schedule import Schedule
from vitreous.training.distributed import Processes
from vitreous.training.events import Listener
from vitreous.training.loop import Trainer
from vitreous.training.losses import Loss, make_loss
from vitreous.training.optimizers import make_optimizer
from vitreous.training.recipe import Recipe
from vitreous.training.resolve import TINY, resolve
from vitreous.training.saving import Saver
from vitreous.training.schedules import LearningRate
from vitreous.training.signals import StopRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

Array = NDArray[Any]
VALIDATED_FROM = 100  # rows below which a validation part is too small to judge anything
TINY_EPOCHS = 200
ONE_THREAD = 4_000_000  # multiplications of a forward pass below which more threads only wait
PREDICTION_ROWS = 1024


class _Memory(Saver):
    """Keeps the best weights and writes nothing."""

    def __init__(self) -> None:
        super().__init__(Path(), Processes(), {})

    def history(self, progress: object) -> None:
        """Nothing: the estimator reads the progress itself."""

    def checkpoint(self, *_: object) -> None:
        """Nothing: there is no folder to resume from."""


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators share; the arguments are documented at `Classifier`."""

    def __init__(
        self,
        model: str = "auto",
        *,
        options: Mapping[str, Any] | None = None,
        epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto", "full"] = "auto",
        lr: float | None = None,
        optimizer: str = "adamw",
        weight_decay: float = 1e-4,
        early_stopping: int | bool | Literal["auto"] = "auto",
        validation: float | Literal["auto"] = "auto",
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.options = options
        self.epochs = epochs
        self.batch_size = batch_size
        self.lr = lr
        self.optimizer = optimizer
        self.weight_decay = weight_decay
        self.early_stopping = early_stopping
        self.validation = validation
        self.random_state = random_state
        self.device = device
        self.settings = settings

    def _train(self, X: Any, y: torch.Tensor, task: Task, over: dict[str, Any], labels: Array | None) -> Self:
        """Trains on standardized rows and keeps the outcome in attributes that end in ``_``."""
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        recipe = self._recipe(
            seed, len(X), {name: value for name, value in over.items() if value is not None}
        )
        train, held_out, _ = split_indices(len(X), recipe.data, seed, labels=labels)
        self.input_mean_, self.input_scale_ = _statistics(X[train], normalize=recipe.data.normalize)
        inputs = torch.from_numpy(self._scaled(X).astype(np.float32))
        parts = [TensorExamples(inputs[rows], y[rows]) for rows in map(torch.from_numpy, (train, held_out))]
        counts = () if labels is None else np.bincount(labels[train], minlength=len(task.classes)).tolist()
        data = Data(
            name="arrays", task=task, input=InputSpec("features", (X.shape[1],)), train=parts[0],
            validation=parts[1] if len(parts[1]) else None, test=None,
            preprocessing=None,  # type: ignore[arg-type]  # the loop asks for none: rows are scaled here
            class_counts=tuple(counts),
        )  # fmt: skip
        recipe, _ = resolve(recipe, data)
        cuda = [torch.device(recipe.train.device)] if recipe.train.device.startswith("cuda") else []
        with torch.random.fork_rng(devices=cuda), np.errstate(all="ignore"):
            self._fit_network(data, recipe)
        return self

    def _fit_network(self, data: Data, recipe: Recipe) -> None:
        device = torch.device(recipe.train.device)
        torch.manual_seed(recipe.train.seed)
        model = models.build(recipe.model.name, data.input, data.task, recipe.model.options)
        loss = self._loss(data, recipe, model)
        model = model.to(device)
        if device.type != "cpu":
            for part in ("train", "validation"):
                examples = getattr(data, part)
                setattr(data, part, examples and examples.to(device))
        optimizer, saver = make_optimizer(model, recipe.optimizer), _Memory()
        trainer = Trainer(
            model=model, data=data, recipe=recipe, loss=loss, optimizer=optimizer, rate=None,  # type: ignore[arg-type]
            device=device, group=Processes(), saver=saver, recorder=Recorder(model, Schedule(0), None),
            listener=Listener(), stop=StopRequest(),
        )  # fmt: skip
        updates = -(-trainer.steps_per_epoch // recipe.train.accumulate)
        trainer.rate = LearningRate(optimizer, recipe.schedule, updates * trainer.epochs, updates)
        with _threads(recipe, sum(p.numel() for p in model.parameters()) * trainer.batch_size):
            progress = trainer.fit()
        best = saver.best if saver.best is not None else model.state_dict()
        self.weights_ = {name: tensor.cpu().numpy().copy() for name, tensor in best.items()}
        self.task_, self.input_, self.recipe_ = data.task, data.input, recipe.to_tree(defaults=False)
        self.history_ = progress.history
        self.loss_curve_ = [line["train.loss"] for line in progress.history]
        self.n_iter_ = len(progress.history)
        self.best_epoch_ = progress.best_epoch

    def _loss(self, data: Data, recipe: Recipe, model: torch.nn.Module) -> Loss:
        return make_loss(data.task, recipe.train, data.class_counts, model)

    def _recipe(self, seed: int, rows: int, over: dict[str, Any]) -> Recipe:
        """The recipe that the constructor's arguments, and over them those of fit, ask for."""
        patience: Any = self.early_stopping
        if isinstance(patience, bool):
            patience = "auto" if patience else 0
        validation: Any = over.get("validation", self.validation)
        if validation == "auto":
            validation = 0.1 if rows >= VALIDATED_FROM else 0.0
        epochs = over.get("epochs", self.epochs)
        if epochs == "auto" and rows <= TINY:
            epochs = TINY_EPOCHS
        given = {
            "data.test": 0.0, "data.validation": validation, "model.name": self.model,
            "optimizer.name": self.optimizer, "optimizer.weight_decay": self.weight_decay,
            "train.epochs": epochs, "train.batch_size": over.get("batch_size", self.batch_size),
            "train.early_stopping": patience, "train.device": self.device, "train.seed": seed,
        }  # fmt: skip
        if self.lr is not None:
            given["optimizer.lr"] = self.lr
        options = {f"model.{name}": value for name, value in (self.options or {}).items()}
        layers = (
            {k: _python(v) for k, v in layer.items()} for layer in (given, options, self.settings or {})
        )
        return Recipe.from_settings(*layers)

    def _scaled(self, X: Array) -> Array:
        scaled: Array = (X - self.input_mean_) / self.input_scale_
        return scaled

    def _outputs(self, X: ArrayLike) -> Array:
        """The network's raw outputs [N, outputs], computed in float64, whatever else is in the batch."""
        check_is_fitted(self)
        rows = torch.from_numpy(self._scaled(validate_data(self, X, reset=False, dtype=np.float64)))
        options = dict(self.recipe_["model"])
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            model = models.build(options.pop("name"), self.input_, self.task_, options)
            model.load_state_dict({key: torch.from_numpy(value) for key, value in self.weights_.items()})
            model = model.double().eval()
            found: Array = torch.cat([model(part) for part in torch.split(rows, PREDICTION_ROWS)]).numpy()
        return found


class Classifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """A network that tells classes apart, as a scikit-learn estimator.

    Args:
        model: A name of the zoo, ``file.py:Class`` or ``package.module:callable``.
        options: The model's own options, as ``{"hidden": [32, 16]}``.
        epochs: Passes over the training rows.
        batch_size: Rows a step; "full": all of them.
        lr: Peak learning rate; None: what suits the model.
        optimizer: sgd, rmsprop, adam or adamw.
        weight_decay: L2 penalty; decoupled in adamw.
        early_stopping: Epochs without a better validation loss; False or 0: off. The weights of the
            best epoch are kept either way.
        validation: Share or number of rows held out to choose the best epoch, 0: none; "auto": a tenth
            of 100 rows or more.
        class_weight: "balanced" or ``{class: weight}``: what a row of each class counts in the loss.
        random_state: Of weights, order and validation part, as everywhere in scikit-learn.
        device: cpu, cuda, cuda:1, mps; the fastest there is by default.
        settings: Any other dotted setting of the recipe: ``{"schedule.name": "constant"}``.

    Attributes:
        classes_: The labels, sorted.
        history_: One dict an epoch: losses, accuracies, learning rate, gradient norm.
        loss_curve_: The training loss of each epoch.
        n_iter_: Epochs trained.
        best_epoch_: The epoch (from 1) whose weights are kept.
        weights_: Parameter name to array.
    """

    def __init__(
        self,
        model: str = "auto",
        *,
        options: Mapping[str, Any] | None = None,
        epochs: int | Literal["auto"] = "auto",
        batch_size: int | Literal["auto", "full"] = "auto",
        lr: float | None = None,
        optimizer: str = "adamw",
        weight_decay: float = 1e-4,
        early_stopping: int | bool | Literal["auto"] = "auto",
        validation: float | Literal["auto"] = "auto",
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        random_state: int | np.random.RandomState | None = None,
        device: str = "auto",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            model, options=options, epochs=epochs, batch_size=batch_size, lr=lr, optimizer=optimizer,
            weight_decay=weight_decay, early_stopping=early_stopping, validation=validation,
            random_state=random_state, device=device, settings=settings,
        )  # fmt: skip
        self.class_weight = class_weight

    def fit(
        self, X: ArrayLike, y: ArrayLike, *, epochs: int | None = None, batch_size: int | None = None,
        validation_split: float | None = None,
    ) -> Self:  # fmt: skip
        """Trains anew.

        Args:
            X: [N, F] numbers.
            y: [N] labels of any type.
            epochs: In place of the constructor's, as in Keras' ``fit``.
            batch_size: Likewise.
            validation_split: Likewise, in place of ``validation``.

        Raises:
            ValueError: for what scikit-learn refuses: missing values, sparse rows, a single class.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        count = len(self.classes_)
        if count < 2:
            raise ValueError(f"Classifier needs at least 2 classes, but y has 1 class: {self.classes_[0]!r}.")
        names = tuple(str(label) for label in self.classes_)
        task = Task("binary", 1, names) if count == 2 else Task("multiclass", count, names)
        targets = torch.from_numpy(codes.astype(np.float32 if count == 2 else np.int64))
        over = {"epochs": epochs, "batch_size": batch_size, "validation": validation_split}
        return self._train(X, targets, task, over, codes)

    def decision_function(self, X: ArrayLike) -> Array:
        """Logits: [N] of the second class where there are two, else [N, classes]."""
        outputs = self._outputs(X)
        return outputs[:, 0] if len(self.classes_) == 2 else outputs

    def predict_proba(self, X: ArrayLike) -> Array:
        """Probabilities [N, classes], in the order of ``classes_``."""
        outputs = torch.from_numpy(self._outputs(X))
        if len(self.classes_) == 2:
            outputs = torch.cat([torch.sigmoid(-outputs), torch.sigmoid(outputs)], dim=1)
        else:
            outputs = torch.softmax(outputs, dim=1)
        found: Array = outputs.numpy()
        return found

    def predict(self, X: ArrayLike) -> Array:
        """The likeliest label of each row, [N]."""
        outputs = self._outputs(X)
        chosen = (outputs[:, 0] > 0).astype(int) if len(self.classes_) == 2 else outputs.argmax(1)
        found: Array = self.classes_[chosen]
        return found

    def _loss(self, data: Data, recipe: Recipe, model: torch.nn.Module) -> Loss:
        loss = super()._loss(data, recipe, model)
        if self.class_weight is None:
            return loss
        if not hasattr(loss, "weights"):
            raise UsageError(f"class_weight cannot be used with the loss of {recipe.model.name!r}.")
        labels = np.repeat(self.classes_, data.class_counts)
        each = compute_class_weight(self.class_weight, classes=self.classes_, y=labels)
        mean = float(np.average(each, weights=data.class_counts))
        cast(Any, loss).weights = torch.tensor(each / (mean or 1.0), dtype=torch.float32)
        return loss


class Regressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """A network that predicts numbers, as a scikit-learn estimator.

    Takes the arguments of `Classifier`, but for ``class_weight``.

    Attributes:
        history_: One dict an epoch: losses, learning rate, gradient norm.
        loss_curve_: The training loss of each epoch, of standardized targets.
        n_iter_: Epochs trained.
        best_epoch_: The epoch (from 1) whose weights are kept.
        weights_: Parameter name to array.
    """

    def fit(
        self, X: ArrayLike, y: ArrayLike, *, epochs: int | None = None, batch_size: int | None = None,
        validation_split: float | None = None,
    ) -> Self:  # fmt: skip
        """Trains anew.

        Args:
            X: [N, F] numbers.
            y: [N] or [N, K] numbers.
            epochs: In place of the constructor's, as in Keras' ``fit``.
            batch_size: Likewise.
            validation_split: Likewise, in place of ``validation``.

        Raises:
            ValueError: for what scikit-learn refuses: missing values, sparse rows.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        y = np.asarray(y, dtype=np.float64)
        y = column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y
        self._one_column = y.ndim == 1
        columns = y.reshape(len(y), -1)
        self.target_mean_, self.target_scale_ = _statistics(columns)
        targets = torch.from_numpy(((columns - self.target_mean_) / self.target_scale_).astype(np.float32))
        over = {"epochs": epochs, "batch_size": batch_size, "validation": validation_split}
        return self._train(X, targets, Task("regression", columns.shape[1]), over, None)

    def predict(self, X: ArrayLike) -> Array:
        """Numbers in the units of ``y``, [N] or [N, K] as in fit."""
        found: Array = self._outputs(X) * self.target_scale_ + self.target_mean_
        return found[:, 0] if self._one_column else found

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _statistics(rows: Array, *, normalize: bool = True) -> tuple[Array, Array]:
    """Mean and standard deviation of each column, 1 where it is constant; 0 and 1 if not to normalize."""
    if not normalize:
        return np.zeros(rows.shape[1]), np.ones(rows.shape[1])
    mean, scale = rows.mean(0), rows.std(0)
    return mean, np.where(scale > 1e-12 * np.maximum(np.abs(mean), 1e-300), scale, 1.0)


def _python(value: Any) -> Any:
    """NumPy's numbers, as grid searches give them, to Python's."""
    return value.item() if isinstance(value, np.generic) else value


@contextmanager
def _threads(recipe: Recipe, multiplications: int) -> Iterator[None]:
    """As many threads as asked for, or one where the network is small; the old number comes back."""
    before, wanted = torch.get_num_threads(), recipe.train.threads
    if wanted == "auto":
        wanted = 1 if multiplications < ONE_THREAD else before
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)
