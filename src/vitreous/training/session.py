"""From a source and a recipe to a finished run, and on with one that was stopped."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO, cast

import torch
from torch import nn

from vitreous import files, models
from vitreous.data.examples import TensorExamples
from vitreous.data.open import open_data
from vitreous.data.types import BatchPlan, Data
from vitreous.errors import DataError, RunError, TrainingError
from vitreous.models import weights
from vitreous.record.recorder import Recorder
from vitreous.record.schedule import Schedule
from vitreous.training import (
    baselines,
    checkpoints,
    checks,
    curves,
    distributed,
    environment,
    find_lr,
    folder,
    integrity,
    threads,
)
from vitreous.training.evaluate import evaluate
from vitreous.training.events import Check, Listener
from vitreous.training.findings import Examination
from vitreous.training.loop import Trainer
from vitreous.training.losses import Loss, make_loss
from vitreous.training.optimizers import make_optimizer
from vitreous.training.recipe import Recipe
from vitreous.training.resolve import resolve
from vitreous.training.run import Run
from vitreous.training.saving import Lines, Saver, restore
from vitreous.training.schedules import LearningRate
from vitreous.training.signals import StopRequest

RESIDENT_BYTES = 8 << 30  # data smaller than this go to the GPU whole


@dataclass
class Parts:
    """What a session has built so far.

    Attributes:
        data: The opened data.
        recipe: With every ``auto`` resolved.
        model: The network, not wrapped.
        loss: What is minimized.
        checks: Outcomes of the checks before training.
        layers: The table of layers.
        found_lr: The range test's curve, where one was asked for.
    """

    data: Data
    recipe: Recipe
    model: nn.Module
    loss: Loss
    checks: list[Check]
    layers: list[dict[str, Any]]
    found_lr: dict[str, Any] | None = None


class Session:
    """One training in one folder, from the start or from its last checkpoint.

    Args:
        folder: The run's folder; held by the caller; see `folder.claimed`.
        source: What to train on: the recipe's source, or a Python object, `Data` already opened too.
        recipe: As the person gave it, or as the earlier session resolved it.
        listener: Hears of progress.
        find_rate: Whether the range test sets the learning rate.
        measured: The baselines, where they were measured on this very split already.
    """

    def __init__(
        self,
        folder: Path,
        source: object,
        recipe: Recipe,
        listener: Listener,
        *,
        find_rate: bool = False,
        measured: list[baselines.Baseline] | None = None,
    ) -> None:
        self.folder, self.source, self.recipe, self.find_rate = folder, source, recipe, find_rate
        self.listener, self.measured = listener, measured

    def run(self, stop: StopRequest | None = None) -> Run:
        """Trains to the end and writes everything.

        Args:
            stop: Has the signals already; else they are taken while this runs.

        Raises:
            VitreousError: of the kind that says what is wrong; Stopped when a signal came.
        """
        with ExitStack() as stack:
            if stop is None:
                stop = stack.enter_context(StopRequest())
                stop.hint = f"Go on with: vitreous resume {self.folder}"
            group = stack.enter_context(distributed.processes())
            if not group.first:
                self.listener = Listener()
            # Each process looked for a free name by itself: the first one's counts.
            self.folder = Path(group.agree(str(self.folder)))
            return self._run_in_memory(stop, group, stack)
        raise AssertionError("no context here swallows an error")

    def _run_in_memory(self, stop: StopRequest, group: distributed.Processes, stack: ExitStack) -> Run:
        """Trains, with ever smaller batches where the device's memory does not hold them."""
        while True:
            try:
                return self._run(stop, group, stack)
            except torch.OutOfMemoryError:
                if group.count > 1:  # the others wait in a message that never comes
                    raise TrainingError(
                        f"The memory of device {group.local_rank} is full.",
                        hint="Take a smaller --batch-size.",
                    ) from None
            except OSError as error:
                raise TrainingError(
                    f"The run could not go on: {error.strerror or error}.", where=error.filename or str(self.folder),
                    hint=f"Then go on with: vitreous resume {self.folder}",
                ) from error  # fmt: skip
            self._halve_batch()  # only here, when the error no longer holds the old network

    def _run(self, stop: StopRequest, group: distributed.Processes, stack: ExitStack) -> Run:
        parts = self._prepare(group)
        trainer = self._trainer(parts, stop, group, stack)
        try:
            trainer.fit()
        except TrainingError:
            trainer.recorder.flush()
            self.examination.end(broke_at=trainer.progress.step)
            raise
        result = self._finish(parts, trainer, stop) if group.first else {}
        del parts, trainer  # the report is drawn from the run's files: the data need not lie beside it
        if group.first:
            self.listener.stage("writing the report")
            from vitreous import report

            report.write(self.folder)
            self.listener.finish(result | {"folder": str(self.folder)})
        group.wait()
        return Run(self.folder)

    def _prepare(self, group: distributed.Processes) -> Parts:
        """Opens the data, builds the network and makes the checks; writes nothing but on success."""
        self.listener.stage("reading the data")
        torch.manual_seed(self.recipe.train.seed)
        if isinstance(self.source, Data):
            data = replace(self.source)  # a copy: its examples may move to the device
        else:
            try:
                data = open_data(self.source, self.recipe.data, self.recipe.train.seed)
            except OSError as error:
                where = error.filename or str(self.source)
                raise DataError(f"It cannot be read: {error.strerror or error}.", where=str(where)) from error
        for note in data.notes:
            self.listener.note(note)
        recipe, reason = resolve(self.recipe, data)
        if reason:
            self.listener.note(f"network: {recipe.model.name} ({reason})")
        torch.manual_seed(recipe.train.seed)
        wanted = recipe.train.findings and group.first and not (recipe.train.compile or recipe.train.shard)
        self.examination = Examination(self.folder, self.listener, wanted=wanted)
        with self.examination.building():
            model = models.build(recipe.model.name, data.input, data.task, recipe.model.options)
        if recipe.train.init:
            for note in weights.load_weights(model, Path(recipe.train.init)):
                self.listener.note(note)
        if recipe.train.freeze:
            frozen = weights.freeze(model, recipe.train.freeze)
            self.listener.note(f"frozen: {len(frozen)} parameter tensors ({recipe.train.freeze})")
        loss = make_loss(data.task, recipe.train, data.class_counts, model)
        batch = next(
            iter(data.train.batches(BatchPlan(int(recipe.train.batch_size), seed=recipe.train.seed)))
        )
        checks.finite(batch)
        outputs = checks.trial(model, batch, data)
        recipe = self._threads(recipe, model, batch, loss, group)
        found = []
        if recipe.train.checks and group.first:
            found = checks.before_training(model, batch, outputs, loss, data, recipe.train)
            for check in found:
                self.listener.check(check)
        found_lr = None
        if self.find_rate:
            found_lr = find_lr.range_test(model, data, recipe, loss, torch.device(recipe.train.device))
            recipe = recipe.with_settings({"optimizer.lr": found_lr["suggested"]})
            self.listener.note(f"learning rate: {found_lr['suggested']:.2g}, where the loss falls fastest")
        parts = Parts(data, recipe, model, loss, found, checks.layer_table(model, batch[0]), found_lr)
        if group.first:
            self._write_setup(parts)
        return parts

    def _threads(
        self, recipe: Recipe, model: nn.Module, batch: Any, loss: Loss, group: distributed.Processes
    ) -> Recipe:
        number = recipe.train.threads
        if number == "auto":
            if torch.device(recipe.train.device).type != "cpu":
                number, why = torch.get_num_threads(), "the device computes"
            elif group.count > 1:
                number, why = max(1, (os.cpu_count() or 1) // group.count), "cores shared by the processes"
            else:
                number, why = threads.measure(model, batch, loss)
            self.listener.note(f"threads: {number} ({why})")
            recipe = recipe.with_settings({"train.threads": number})
        torch.set_num_threads(int(number))
        return recipe

    def _trainer(
        self, parts: Parts, stop: StopRequest, group: distributed.Processes, stack: ExitStack
    ) -> Trainer:
        recipe, data = parts.recipe, parts.data
        device = torch.device(recipe.train.device)
        if device.type == "cuda" and group.count > 1:
            device = torch.device("cuda", group.local_rank)
        model = parts.model.to(device)
        if device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = True
            _make_resident(data, device)
        unknown = ":" in recipe.model.name
        engine = distributed.wrap(model, group, shard=recipe.train.shard, may_skip=unknown, device=device)
        optimizer = make_optimizer(model, recipe.optimizer)
        if recipe.train.compile:
            engine.compile()
        newest, notes = checkpoints.load_newest(self.folder / "checkpoints")
        for note in notes:
            self.listener.warning(note)
        saver = Saver(
            self.folder, group, {"processes": group.count}, self.listener,
            keep=recipe.train.keep_checkpoints, fresh=newest is None,
        )  # fmt: skip
        first = self.examination.first
        if first is not None:
            first.optimizer = optimizer
        record = self._record_file(newest, group, stack)
        recorder = Recorder(model, Schedule(recipe.train.record_every), record, first)
        trainer = Trainer(
            model=engine, data=data, recipe=recipe, loss=parts.loss, optimizer=optimizer, rate=None,  # type: ignore[arg-type]
            device=device, group=group, saver=saver, recorder=recorder, listener=self.listener, stop=stop,
        )  # fmt: skip
        updates = -(-trainer.steps_per_epoch // recipe.train.accumulate)
        trainer.rate = LearningRate(optimizer, recipe.schedule, updates * trainer.epochs, updates)
        torch.manual_seed(recipe.train.seed + group.rank)
        if newest is not None:
            trainer.progress = restore(newest, engine, optimizer, trainer.rate, trainer.scaler, group)
            saver.best = newest.best
            self.listener.note(self._resumed(newest, group))
        return trainer

    def _resumed(self, checkpoint: checkpoints.Checkpoint, group: distributed.Processes) -> str:
        text = f"goes on behind step {checkpoint.state['step']:,}"
        if checkpoint.state.get("processes") == group.count:
            return text
        return f"{text}, on {group.count} instead of {checkpoint.state.get('processes')} processes: not bit-exact"

    def _record_file(
        self, newest: checkpoints.Checkpoint | None, group: distributed.Processes, stack: ExitStack
    ) -> TextIO | None:
        """``record.jsonl``, without the steps that will be done again."""
        if not group.first:
            return None
        path, kept = self.folder / "record.jsonl", ""
        if newest is not None and path.is_file():
            done = newest.state["step"]
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines(True)
            kept = "".join(line for line in lines if _step_of(line) < done)
        files.write_atomic(path, kept)
        opened = Lines(path, self.listener)
        stack.callback(opened.close)
        return cast(TextIO, opened)

    def _write_setup(self, parts: Parts) -> None:
        data = parts.data
        document = {
            "kind": data.preprocessing.kind, "task": asdict(data.task), "input": asdict(data.input),
            "notes": data.notes, "name": data.name, "values": data.preprocessing.to_json(),
            "class_counts": list(data.class_counts),
        }  # fmt: skip
        place = self.folder / "environment.json"
        if place.is_file() and environment.fingerprint(place) != data.fingerprint:
            raise RunError(
                "The data have changed since this run began.", where=str(self.source),
                hint="Put the old data back, or train anew in another folder.",
            )  # fmt: skip
        files.write_json(self.folder / "preprocessing.json", document)
        files.write_json(place, environment.describe(parts.recipe, data))
        files.write_atomic(self.folder / "recipe.toml", parts.recipe.to_toml())
        folder.tidy(self.folder)

    def _finish(self, parts: Parts, trainer: Trainer, stop: StopRequest) -> dict[str, Any]:
        """Test metrics, baselines and result; from the best weights."""
        progress, data = trainer.progress, parts.data
        model = parts.model if trainer.group.count == 1 else self._fresh(parts)
        if trainer.saver.best is not None:
            model.load_state_dict(trainer.saver.best)
        checkpoints.write_tensors(self.folder / "model.safetensors", trainer.saver.best or model.state_dict())
        model.eval()
        result: dict[str, Any] = {
            "model": Path(parts.recipe.model.name).name, "data": data.name, "task": data.task.kind,
            "parameters": sum(p.numel() for p in model.parameters()), "epochs": len(progress.history),
            "best_epoch": progress.best_epoch, "steps": progress.step, "seconds": round(progress.seconds, 3),
            "train.examples": len(data.train), "status": "finished",
        }  # fmt: skip
        if progress.history:
            best = progress.history[max(0, progress.best_epoch - 1)]
            result |= {k: v for k, v in best.items() if k.startswith(("train.", "validation."))}
        details: dict[str, Any] = {
            "checks": [asdict(check) for check in parts.checks], "layers": parts.layers, "find_lr": parts.found_lr,
        }  # fmt: skip
        if data.test is not None:
            self.listener.stage("testing")
            tested = evaluate(
                model, data.test, data.task, data.preprocessing, parts.loss, trainer.device, stop=stop
            )
            result |= {f"test.{name}": value for name, value in tested.metrics.items()}
            result["test.examples"] = tested.examples
            details |= tested.details
            if parts.recipe.train.baselines:
                self.listener.stage("measuring the baselines")
                others = list(baselines.run_baselines(data)) if self.measured is None else self.measured
                details["baselines"] = [asdict(other) for other in others]
                details["verdict"] = baselines.verdict(data.task.kind, tested.metrics, others)
                for other in others:
                    result |= {
                        f"baseline.{other.name}.{k}": v for k, v in other.metrics.items() if "." not in k
                    }
        if data.task.kind == "next-token":
            from vitreous.training.sample import sample

            drawn = [
                sample(model, data.preprocessing, "", length=300, temperature=0.8, seed=seed)
                for seed in range(2)
            ]
            details["samples"] = [{"prompt": "", "text": text} for text in drawn]
        trainer.recorder.flush()
        result["findings"] = self.examination.end(result)
        details["advice"] = curves.advice(progress.history, progress.best_epoch)
        files.write_json(self.folder / "evaluation.json", details)
        integrity.write(self.folder, result)
        return result

    def _fresh(self, parts: Parts) -> nn.Module:
        data, recipe = parts.data, parts.recipe
        return models.build(recipe.model.name, data.input, data.task, recipe.model.options).to(
            recipe.train.device
        )

    def _halve_batch(self) -> None:
        """Out of memory on the device: half the batch, twice the accumulation, and say so."""
        recipe = Recipe.from_toml(self.folder / "recipe.toml")
        size = int(recipe.train.batch_size) if recipe.train.batch_size not in ("auto", "full") else 0
        if size < 2:
            raise TrainingError(
                "The device's memory does not hold a single example.",
                hint="Take a smaller network or --device cpu.",
            )
        torch.cuda.empty_cache()
        self.listener.warning(
            f"Out of memory on the device: batches of {size // 2} instead of {size}, two to a step."
        )
        settings = {"train.batch_size": size // 2, "train.accumulate": recipe.train.accumulate * 2}
        self.recipe = recipe.with_settings(settings)
        shutil.rmtree(self.folder / "checkpoints", ignore_errors=True)


def _make_resident(data: Data, device: torch.device) -> None:
    """Moves examples held in memory to the GPU, where each batch is then a gather and nothing more."""
    for name in ("train", "validation"):
        examples = getattr(data, name)
        if (
            isinstance(examples, TensorExamples)
            and examples.inputs.numel() * examples.inputs.element_size() < RESIDENT_BYTES
        ):
            setattr(data, name, examples.to(device))


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return float("inf")
