"""The training loop, to be read in one sitting.

One step is the four lines every tutorial has (clear, forward, backward, update); around them stand
the things a long run needs: a record of what happens, a safe stop, a checkpoint, a best model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from vitreous.data.examples import mix_seed
from vitreous.data.types import Batch, BatchPlan, Data, Examples
from vitreous.errors import TrainingError
from vitreous.record.recorder import Recorder
from vitreous.training import distributed, metrics, mixup, optimizers
from vitreous.training.dense import DenseStack
from vitreous.training.evaluate import evaluating, forward, to_device
from vitreous.training.events import Listener
from vitreous.training.losses import Loss
from vitreous.training.recipe import Recipe
from vitreous.training.saving import Progress, Saver
from vitreous.training.schedules import LearningRate
from vitreous.training.signals import StopRequest

EVALUATION_BATCH = 1024
TELL_SECONDS = 0.2
BATCH_NORM = nn.modules.batchnorm._BatchNorm
AGREE_STEPS = 8
EPOCH_CHECKPOINT_SECONDS = 1.0  # epochs shorter than this share a checkpoint


class Trainer:
    """Trains one model on one data set as a recipe says.

    Args:
        model: As the engine wants it (plain, DDP, sharded), on the device.
        data: Train and validation examples.
        recipe: With every ``auto`` resolved.
        loss: Outputs and targets to the mean loss.
        optimizer: Over the model's parameters.
        rate: Moves the optimizer's learning rate.
        device: Where the model is.
        group: This process among its peers.
        saver: Writes checkpoints and history.
        recorder: Sees the recorded steps.
        listener: Hears of progress.
        stop: Asked at the edge of every step.
    """

    def __init__(
        self, *, model: nn.Module, data: Data, recipe: Recipe, loss: Loss, optimizer: torch.optim.Optimizer,
        rate: LearningRate, device: torch.device, group: distributed.Processes, saver: Saver,
        recorder: Recorder, listener: Listener, stop: StopRequest,
    ) -> None:  # fmt: skip
        self.model, self.data, self.recipe, self.loss = model, data, recipe, loss
        self.optimizer, self.rate, self.device, self.group = optimizer, rate, device, group
        self.saver, self.recorder, self.listener, self.stop = saver, recorder, listener, stop
        self.settings = recipe.train
        self.batch_size = int(self.settings.batch_size)
        self.epochs = int(self.settings.epochs)
        self.parameters = list(model.parameters())
        self.precision = _autocast(self.settings.precision, device)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.settings.precision == "fp16")
        # Batch normalization cannot take the statistics of one example: such a last batch is left out.
        norms = any(isinstance(module, BATCH_NORM) for module in model.modules())
        left = len(data.train) % self.batch_size
        self.drop_last = norms and 0 < left < 2 * group.count and len(data.train) > self.batch_size
        self.progress = Progress()
        self.dense = DenseStack.of(model) if self._is_plain() else None
        self._adam: Callable[[], None] | None = None
        self._due = self._late = False  # a checkpoint; the end of the time
        self._agreed = 0  # the step at which all processes last told each other of signals

    @property
    def steps_per_epoch(self) -> int:
        """Batches of one epoch over all processes together."""
        return steps_per_epoch(len(self.data.train), self.batch_size, drop_last=self.drop_last)

    def _is_plain(self) -> bool:
        """Whether a step is forward, loss and backward of one whole batch, and nothing beside them."""
        settings = self.settings
        beside = settings.mixup or self.recipe.optimizer.l1 or settings.freeze or settings.compile
        return settings.precision == "float32" and settings.accumulate == self.group.count == 1 and not beside

    def fit(self) -> Progress:
        """Trains from wherever ``progress`` stands to the end.

        Returns:
            The final progress; the saver holds the best weights.

        Raises:
            Stopped: a signal came; a checkpoint is written.
            TrainingError: the loss is not finite any more.
        """
        progress = self.progress
        self.listener.start(epochs=self.epochs, steps_per_epoch=self.steps_per_epoch, step=progress.step)
        started = time.monotonic() - progress.seconds
        try:
            with self.stop.deferred():
                while progress.epoch < self.epochs and not progress.finished:
                    self._train_epoch(progress, started)
                    progress.seconds = time.monotonic() - started
                    self._end_epoch(progress)
        finally:
            self.recorder.close()
        self.saver.snapshots.take(self.model, progress.step, last=True)
        return progress

    def _train_epoch(self, progress: Progress, started: float) -> None:
        self._set_mode(progress.epoch)
        plan = BatchPlan(
            self.batch_size, seed=self.settings.seed, epoch=progress.epoch, skip=progress.batch,
            rank=self.group.rank, processes=self.group.count, augment=True, drop_last=self.drop_last,
        )  # fmt: skip
        begun, told, seen = time.monotonic() - progress.epoch_seconds, 0.0, 0
        for batch in self.data.train.batches(plan):
            self._step(batch, progress)
            now = time.monotonic()
            progress.seconds, progress.epoch_seconds = now - started, now - begun
            seen += self.batch_size
            if now - told > TELL_SECONDS:
                told = now
                self.listener.step(progress.step, progress.mean_loss, progress.seen / max(now - begun, 1e-9))
            self._save_or_stop(progress)
            if self._late:
                progress.finished = True
                return

    def _step(self, batch: Batch, progress: Progress) -> None:
        """Forward, backward, update; with accumulation the update comes every few batches."""
        self.saver.snapshots.take(self.model, progress.step)
        if not len(batch[1]):  # fewer examples than processes: take part in the update, weigh nothing
            batch = self.data.train.take([0])
        x, y = to_device(batch, self.device)
        mix = None
        if self.settings.mixup:
            seed = mix_seed(self.settings.seed, progress.step, 1, self.group.rank)
            mix = mixup.mix(x, y, alpha=self.settings.mixup, seed=seed, loss=self.loss)
        accumulate = self.settings.accumulate
        first = progress.batch % accumulate == 0
        last = (progress.batch + 1) % accumulate == 0 or progress.batch + 1 == self.steps_per_epoch
        share = self._share(progress.batch)
        scale = share * self._part_of_step(progress.batch)
        if last:
            self.recorder.begin(progress.step, update=progress.step // accumulate)
        if self.dense and not self.recorder.active and isinstance(x, Tensor):
            outputs, loss = self.dense.step(x, y, self.loss)
            self._update(loss, progress)
            self._count(loss, outputs, y, share, progress)
            return
        if first:
            optimizers.clear(self.parameters)
        held = nullcontext() if last or self.group.count == 1 or self.settings.shard else self.model.no_sync()  # type: ignore[operator]
        # A compiled network would be compiled again for the recorder's hooks: such a step runs as written.
        network = self.model.forward if self.recorder.active and self.settings.compile else self.model
        with held:
            with self.precision:
                outputs = forward(network, mix[0] if mix else x)
                loss = mix[1](outputs) if mix else self.loss(outputs, y)
            if self.recipe.optimizer.l1:
                loss = loss + self.recipe.optimizer.l1 * sum(p.abs().sum() for p in self.parameters)
            self.scaler.scale(loss if scale == 1 else loss * scale).backward()
        if self.dense:
            self.dense.adopt()
        if last:
            self._update(loss, progress)
        self._count(loss, outputs, y, share, progress)

    def _update(self, loss: Tensor, progress: Progress) -> None:
        scales = self.scaler.is_enabled()
        if scales:
            self.scaler.unscale_(self.optimizer)
        norm = self._clip()
        if self.recorder.active:
            self.recorder.gradients()
        if scales:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        elif self._adam:
            self._adam()
        else:
            optimizers.step(self.optimizer)
            self._adam = optimizers.adam_on_the_same_tensors(self.optimizer) if self.dense else None
        if self.recorder.active:
            self.recorder.end(
                epoch=progress.epoch, loss=loss.detach(), learning_rate=self.rate.now, gradient_norm=norm
            )
        self.rate.after_step()
        progress.gradient_norm_sum = progress.gradient_norm_sum + norm
        progress.updates += 1

    def _clip(self) -> Tensor:
        """The gradient's norm, which is clipped to the recipe's largest (Pascanu et al. 2013)."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        if self.dense:
            gradients = [self.dense.gradient]
            norm = torch.linalg.vector_norm(self.dense.gradient)
        elif self.settings.shard:
            norm = nn.utils.get_total_norm(gradients)
        else:  # the same sum, without sorting the gradients by device and type first
            norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        limit = self.settings.clip_norm
        if limit and self.device.type != "cpu":
            nn.utils.clip_grads_with_norm_(self.parameters, limit, norm)
        elif limit and norm > limit:  # here a look at the norm is free and saves a pass over the gradients
            torch._foreach_mul_(gradients, limit / (float(norm) + 1e-6))
        return distributed.whole(norm.detach())

    def _share(self, batch: int) -> float:
        """What this process's mean weighs in the whole batch's.

        The engine averages gradients over processes as if each had as many examples.
        """
        if self.group.count == 1:
            return 1.0
        size = min(self.batch_size, len(self.data.train) - batch * self.batch_size)
        mine = len(range(self.group.rank, size, self.group.count))
        return mine * self.group.count / size

    def _part_of_step(self, batch: int) -> float:
        """A batch's examples over those of all batches accumulated into the same update."""
        accumulate, size = self.settings.accumulate, self.batch_size
        if accumulate == 1:
            return 1.0
        examples = min(len(self.data.train), self.steps_per_epoch * size)
        start = batch - batch % accumulate
        return min(size, examples - batch * size) / min(accumulate * size, examples - start * size)

    def _count(self, loss: Tensor, outputs: Any, y: Tensor, share: float, progress: Progress) -> None:
        right, counted = metrics.count_right(outputs, y, self.data.task)
        value: Any = loss.detach()
        if self.device.type == "cpu":  # a read costs nothing here, and names the step that failed
            value = value.item()
            if not math.isfinite(value):
                raise self._not_finite(progress.step)
        progress.loss_sum = progress.loss_sum + value * (len(y) if share else 0)
        progress.right = progress.right + (right if share else 0)
        progress.counted += counted if share else 0
        progress.seen += len(y) if share else 0
        progress.step += 1
        progress.batch += 1

    def _not_finite(self, step: int) -> TrainingError:
        return TrainingError(
            f"The loss is not a finite number at step {step}.",
            hint=f"Try a smaller rate (--lr {self.recipe.optimizer.lr / 10:g}) or look for infinities in the data.",
        )

    def _save_or_stop(self, progress: Progress) -> None:
        """A checkpoint where one is due, and the end where a signal came.

        Only behind an update: gradients that are still being added up are in no checkpoint.
        """
        settings = self.settings
        every = settings.checkpoint_every_steps
        self._due = self._due or bool(every and progress.step % every == 0)
        if progress.batch % settings.accumulate and progress.batch < self.steps_per_epoch:
            return
        if self.group.count == 1:
            number = self.stop.number
            late = settings.checkpoint_every_seconds
            self._due = self._due or bool(late and time.monotonic() - self.saver.saved_at > late)
            self._late = bool(settings.time_limit and progress.seconds > settings.time_limit)
        elif progress.step - self._agreed >= AGREE_STEPS:
            # Processes must agree, and agreeing costs a message: not at every step.
            self._agreed = progress.step
            number = self.group.any(self.stop.number)
            self._late = bool(
                self.group.any(int(bool(settings.time_limit and progress.seconds > settings.time_limit)))
            )
        else:
            number = 0
        if self._due or number:
            self._due = False
            self._save(progress)
        if number:
            self.stop.number = number
            self.stop.check()

    def _end_epoch(self, progress: Progress) -> None:
        sums = torch.tensor(
            [float(progress.loss_sum), float(progress.right), progress.counted, progress.seen],
            dtype=torch.float64,
        )
        if self.group.count > 1:
            sums = self.group.sum(sums.to(self.device if self.device.type == "cuda" else "cpu")).cpu()
        loss_sum, right, counted, seen = sums.tolist()
        train_loss = loss_sum / max(seen, 1)
        if not math.isfinite(train_loss):
            raise self._not_finite(progress.step)
        line: dict[str, Any] = {
            "epoch": progress.epoch + 1, "step": progress.step,
            "epoch_seconds": round(progress.epoch_seconds, 4), "seconds": round(progress.seconds, 4),
            "learning_rate": self.rate.now, "train.loss": train_loss,
        }  # fmt: skip
        if counted:
            line["train.accuracy"] = right / counted
        if self.data.validation is not None:
            line |= self._validate(self.data.validation)
        line["gradient_norm"] = float(progress.gradient_norm_sum) / max(progress.updates, 1)
        line["examples_per_second"] = round(seen / max(progress.epoch_seconds, 1e-9), 1)
        judged = self._judged(line)
        self.rate.after_epoch(judged)
        self._keep_best(progress, judged)
        progress.history.append(line)
        progress.next_epoch()
        if progress.epoch >= self.epochs or self._enough(progress):
            progress.finished = True
        self.saver.history(progress)
        self.listener.epoch(line)
        every_epoch = not self.settings.checkpoint_every_steps
        pause = time.monotonic() - self.saver.saved_at
        if progress.finished or (every_epoch and self.group.agree(pause > EPOCH_CHECKPOINT_SECONDS)):
            self._save(progress)

    def _validate(self, examples: Examples) -> dict[str, float]:
        """Loss and share right on the validation split, each process taking its part of every batch."""
        sums = torch.zeros(4, dtype=torch.float64)
        plan = BatchPlan(EVALUATION_BATCH, rank=self.group.rank, processes=self.group.count)
        # A sharded network is computed by all processes together: all of them see every batch.
        if self.settings.shard:
            plan = BatchPlan(EVALUATION_BATCH)
        with evaluating(self.model), self.precision:
            for batch in examples.batches(plan):
                if self.stop.number and self.group.count == 1:
                    self._save(self.progress)
                    self.stop.check()
                x, y = to_device(batch, self.device)
                if not len(y):
                    continue
                outputs = forward(
                    distributed.unwrap(self.model) if not self.settings.shard else self.model, x
                )
                right, counted = metrics.count_right(outputs, y, self.data.task)
                sums += torch.tensor(
                    [float(self.loss(outputs, y)) * len(y), len(y), float(right), counted],
                    dtype=torch.float64,
                )
        if self.group.count > 1:
            sums = self.group.sum(sums.to(self.device if self.device.type == "cuda" else "cpu")).cpu()
        loss, seen, right_sum, counted_sum = sums.tolist()
        line = {"validation.loss": loss / max(seen, 1)}
        if counted_sum:
            line["validation.accuracy"] = right_sum / counted_sum
        return line

    def _judged(self, line: dict[str, Any]) -> float:
        """What the epoch is worth: the smaller, the better."""
        split = "validation" if self.data.validation is not None else "train"
        value = float(line[f"{split}.{self.settings.monitor}"])
        return -value if self.settings.monitor == "accuracy" else value

    def _keep_best(self, progress: Progress, judged: float) -> None:
        # Without a validation split nothing can be judged honestly: the last weights are the result.
        if self.data.validation is None or judged < progress.best:
            progress.best, progress.best_epoch, progress.waited = judged, progress.epoch + 1, 0
            self.saver.keep_best(self.model)
        else:
            progress.waited += 1

    def _enough(self, progress: Progress) -> bool:
        patience = int(self.settings.early_stopping)
        return bool(patience) and self.data.validation is not None and progress.waited >= patience

    def _set_mode(self, epoch: int) -> None:
        """Training mode for all that learns: a frozen batch normalization keeps its statistics too."""
        if (
            self.settings.unfreeze_at is not None
            and self.settings.freeze
            and epoch >= self.settings.unfreeze_at
        ):
            for parameter in self.parameters:
                parameter.requires_grad_(True)
        self.model.train()
        for module in self.model.modules():
            own = list(module.parameters(recurse=False))
            if isinstance(module, BATCH_NORM) and own and not any(p.requires_grad for p in own):
                module.eval()

    def _save(self, progress: Progress) -> None:
        self.recorder.flush()
        self.saver.checkpoint(self.model, self.optimizer, self.rate, self.scaler, progress, self.listener)


def steps_per_epoch(examples: int, batch_size: int, *, drop_last: bool = False) -> int:
    """Batches in one pass over the examples."""
    return max(1, examples // batch_size if drop_last else math.ceil(examples / batch_size))


def _autocast(precision: str, device: torch.device) -> Any:
    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
    return torch.autocast(device.type, kinds[precision]) if precision in kinds else nullcontext()
