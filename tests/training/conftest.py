"""Small runs and bare trainers for the tests of training."""

import time
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import torch

import vitreous as vt
from vitreous.data.examples import TensorExamples
from vitreous.data.types import Data, InputSpec, Task
from vitreous.record.recorder import Recorder
from vitreous.record.schedule import Schedule
from vitreous.training.distributed import Processes
from vitreous.training.events import Listener
from vitreous.training.loop import Trainer
from vitreous.training.losses import make_loss
from vitreous.training.optimizers import make_optimizer
from vitreous.training.recipe import Recipe
from vitreous.training.schedules import LearningRate
from vitreous.training.signals import StopRequest
from vitreous.training.snapshots import Snapshots

BARE = {"train.baselines": False, "train.checks": False, "train.threads": 1}


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    """What is remembered of threads stays in the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def quick(tmp_path):
    """Trains without checks, baselines and report; a folder of its own each time."""
    number = 0

    def train(data, *, settings=None, report=False, **short):
        nonlocal number
        number += 1
        short.setdefault("out", tmp_path / f"run-{number}")
        with nullcontext() if report else patch("vitreous.report.write"):
            return vt.train(data, settings={**BARE, **(settings or {})}, **short)

    return train


class Kept:
    """In the saver's place: remembers, writes nothing."""

    snapshots = Snapshots(Path(), 0, Processes(), Listener(), fresh=False)

    def __init__(self):
        self.saved_at = time.monotonic()
        self.best, self.lines, self.checkpoints = None, [], 0

    def keep_best(self, model):
        self.best = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    def history(self, progress):
        self.lines = list(progress.history)

    def checkpoint(self, *_):
        self.checkpoints += 1


def data_of(train, task, validation=None):
    """Data from tensors (x, y) as they are."""
    x, y = train
    kind = {1: "features", 2: "sequence", 3: "image"}[x.ndim - 1]
    rest = TensorExamples(*validation) if validation else None
    return Data("toy", task, InputSpec(kind, tuple(x.shape[1:])), TensorExamples(x, y), rest, None, None)


@pytest.fixture
def bare():
    """A trainer around a model and tensors, with nothing on disk; returns (trainer, data)."""

    def make(model, train, task, validation=None, sink=None, listener=None, **settings):
        fixed = {
            "train.epochs": 1, "train.batch_size": len(train[0]), "train.early_stopping": 0,
            "train.device": "cpu", "train.precision": "float32", "schedule.name": "constant",
            "train.clip_norm": 0.0, "optimizer.weight_decay": 0.0,
        }  # fmt: skip
        recipe = Recipe.from_settings(fixed, {k.replace("__", "."): v for k, v in settings.items()})
        data = data_of(train, task, validation)
        optimizer = make_optimizer(model, recipe.optimizer)
        trainer = Trainer(
            model=model, data=data, recipe=recipe, loss=make_loss(task, recipe.train), optimizer=optimizer,
            rate=None, device=torch.device("cpu"), group=Processes(), saver=Kept(),
            recorder=Recorder(model, Schedule(recipe.train.record_every), sink),
            listener=listener or Listener(), stop=StopRequest(),
        )  # fmt: skip
        updates = -(-trainer.steps_per_epoch // recipe.train.accumulate)
        trainer.rate = LearningRate(optimizer, recipe.schedule, updates * trainer.epochs, updates)
        return SimpleNamespace(trainer=trainer, data=data, recipe=recipe, saver=trainer.saver)

    return make


@pytest.fixture
def toy():
    """80 rows of 5 numbers in 3 classes that a small network can tell apart."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(80, 5, generator=generator)
    y = (x[:, :3] + 0.3 * torch.randn(80, 3, generator=generator)).argmax(1)
    return (x, y), Task("multiclass", 3)
