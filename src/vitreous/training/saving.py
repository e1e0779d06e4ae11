"""What a run writes while it trains, and how it is read back to go on."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor, nn

from vitreous import files
from vitreous.errors import RunError
from vitreous.training import checkpoints, distributed
from vitreous.training.checkpoints import Checkpoint, Tensors
from vitreous.training.events import Listener
from vitreous.training.schedules import LearningRate
from vitreous.training.snapshots import Snapshots

HISTORY_SECONDS = 0.5


@dataclass
class Progress:
    """Where a run stands; what a checkpoint must hold beside tensors.

    Attributes:
        step: Batches seen in the whole run.
        epoch: Whole epochs done.
        batch: Batches seen in the epoch under way.
        seen: Examples seen in it by this process.
        counted: Predictions counted in it (tokens, labels or examples).
        updates: Optimizer steps in it.
        seconds: Of the whole run, over every resume.
        epoch_seconds: Of the epoch under way.
        best: The best validation loss yet, or what train.monitor says; the smaller, the better.
        best_epoch: Its epoch, from 1.
        waited: Epochs since then.
        finished: Nothing is left to train.
        history: A line an epoch.
        loss_sum: Sum over examples of the loss in the epoch under way; may wait on the device.
        right: Right predictions in it.
        gradient_norm_sum: Sum of gradient norms in it.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    seen: int = 0
    counted: int = 0
    updates: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    best: float = float("inf")
    best_epoch: int = 0
    waited: int = 0
    finished: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)
    loss_sum: Any = 0.0
    right: Any = 0.0
    gradient_norm_sum: Any = 0.0

    @property
    def mean_loss(self) -> float:
        """Mean training loss of the epoch under way."""
        return float(self.loss_sum) / max(self.seen, 1)

    def next_epoch(self) -> None:
        """Clears the sums of the epoch that ended."""
        self.epoch += 1
        self.batch = self.seen = self.counted = self.updates = 0
        self.epoch_seconds = 0.0
        self.loss_sum = self.right = self.gradient_norm_sum = 0.0

    def to_json(self) -> dict[str, Any]:
        """JSON values; sums are read from the device, exactly."""
        values = asdict(self)
        for name in ("loss_sum", "right", "gradient_norm_sum"):
            values[name] = _scalar(values[name])
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Progress:
        """The inverse of ``to_json``."""
        known = {f.name for f in fields(cls)}
        progress = cls(**{key: value for key, value in values.items() if key in known})
        for name in ("loss_sum", "right", "gradient_norm_sum"):
            kind, value = getattr(progress, name)
            setattr(progress, name, torch.tensor(value, dtype=getattr(torch, kind)) if kind else value)
        return progress


class Lines:
    """A text file that a run adds to; a disk that refuses costs these lines, not the run.

    Args:
        path: Opened for adding.
        listener: Hears of the first line that was lost.
    """

    def __init__(self, path: Path, listener: Listener) -> None:
        self._file: IO[str] | None = path.open("a", encoding="utf-8")
        self._listener = listener

    def write(self, text: str) -> None:
        """Adds text, at the latest when flushed."""
        if self._file is not None:
            self._try(self._file.write, text)

    def flush(self) -> None:
        """Gives what was written to the system."""
        if self._file is not None:
            self._try(self._file.flush)

    def close(self) -> None:
        """Flushes and closes."""
        if self._file is not None:
            self._try(self._file.close)
        self._file = None

    def _try(self, call: Callable[..., object], *arguments: str) -> None:
        try:
            call(*arguments)
        except OSError as error:
            name = self._file.name if self._file is not None else ""
            if self._file is not None:
                with suppress(OSError):
                    self._file.close()
            self._file = None
            self._listener.warning(f"{name} could not be written ({error}); the rest of it is left out.")


class Saver:
    """Writes checkpoints, history and the best weights of one run; silent in all processes but the first.

    Args:
        folder: The run's folder.
        group: This process among its peers.
        extra: JSON values every checkpoint repeats (world size, threads).
        listener: Hears of a history that could not be written.
        keep: How many snapshots of the weights are kept along the way.
        fresh: Whether the run starts anew.
    """

    def __init__(
        self, folder: Path, group: distributed.Processes, extra: dict[str, Any], listener: Listener | None = None,
        *, keep: int = 0, fresh: bool = False,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.listener = listener or Listener()
        self.group = group
        self.extra = extra
        self.best: Tensors | None = None
        self.snapshots = Snapshots(folder, keep, group, self.listener, fresh=fresh)
        self.saved_at = time.monotonic()
        self.told_at = -math.inf  # when the history was last written

    def keep_best(self, model: nn.Module) -> None:
        """Remembers these weights as the best so far."""
        self.best = snapshot(model)

    def history(self, progress: Progress) -> None:
        """Rewrites ``history.jsonl``, where epochs are short not at each: it would take longer than they.

        Every checkpoint has the history, too.
        """
        if progress.finished or time.monotonic() - self.told_at > HISTORY_SECONDS:
            self._write_history(progress)

    def _write_history(self, progress: Progress) -> None:
        if not self.group.first:
            return
        lines = "".join(json.dumps(line) + "\n" for line in progress.history)
        try:
            files.write_atomic(self.folder / "history.jsonl", lines)
        except OSError as error:
            self.listener.warning(f"The history could not be written ({error}).")
        self.told_at = time.monotonic()

    def checkpoint(
        self, model: nn.Module, optimizer: torch.optim.Optimizer, rate: LearningRate, scaler: Any,
        progress: Progress, listener: Listener,
    ) -> None:  # fmt: skip
        """Saves everything a resume needs; a full disk is said aloud and the older checkpoint kept."""
        weights = snapshot(model)
        moments = optimizer_tensors(model, optimizer)
        random_states = self._random_states()
        standing = self._of_all(progress)
        self.saved_at = time.monotonic()
        if not self.group.first:
            return
        if not progress.finished:
            self._write_history(progress)
        best = self.best or weights
        if _equal(best, weights):
            best = weights
        groups = [{k: v for k, v in g.items() if k != "params"} for g in optimizer.param_groups]
        state = {
            "step": progress.step, "progress": standing, "rate": rate.state(), "groups": groups,
            "scaler": scaler.state_dict(), "python": random.getstate(), "numpy": _numpy_state(), **self.extra,
        }  # fmt: skip
        try:
            place = checkpoints.save(
                self.folder / "checkpoints", Checkpoint(state, weights, best, moments | random_states)
            )
            self._publish(place / "best.safetensors")
        except OSError as error:
            listener.warning(
                f"The checkpoint of step {progress.step} could not be written ({error}); older ones are kept."
            )

    def _of_all(self, progress: Progress) -> dict[str, Any]:
        """The progress with the sums of all processes, for however many of them go on."""
        values = progress.to_json()
        if self.group.count > 1:
            device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
            mine = [float(progress.loss_sum), float(progress.right), progress.counted, progress.seen]
            sums = self.group.sum(torch.tensor(mine, dtype=torch.float64, device=device)).tolist()
            values |= {"loss_sum": [None, sums[0]], "right": [None, sums[1]]}
            values |= {"counted": int(sums[2]), "seen": int(sums[3])}
        return values

    def _publish(self, best: Path) -> None:
        temporary = self.folder / f"{files.TEMPORARY}model.safetensors"
        files.link_or_copy(best, temporary)
        temporary.replace(self.folder / "model.safetensors")
        files.sync_folder(self.folder)

    def _random_states(self) -> Tensors:
        """Each process's generators; gathered, so that the same number of processes resumes exactly."""
        mine = {"cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            mine["cuda"] = torch.cuda.get_rng_state()
        if self.group.count == 1:
            return {f"rng.0.{name}": state for name, state in mine.items()}
        everyone: list[Any] = [None] * self.group.count
        torch.distributed.all_gather_object(everyone, mine)
        return {
            f"rng.{rank}.{name}": state
            for rank, states in enumerate(everyone)
            for name, state in states.items()
        }


def restore(
    checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer, rate: LearningRate, scaler: Any,
    group: distributed.Processes,
) -> Progress:  # fmt: skip
    """Puts a checkpoint's state back into everything, in place.

    Raises:
        RunError: when the checkpoint is of another network or optimizer, or holds what no run wrote.
    """
    try:
        return _restore(checkpoint, model, optimizer, rate, scaler, group)
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError, OverflowError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise RunError(f"The checkpoint does not fit this run: {reason}.", hint="Train it again.") from error


def _restore(
    checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer, rate: LearningRate, scaler: Any,
    group: distributed.Processes,
) -> Progress:  # fmt: skip
    own = distributed.unwrap(model).state_dict()
    for name, tensor in checkpoint.model.items():
        distributed.copy_into(own[name], tensor)
    _restore_optimizer(checkpoint, model, optimizer)
    rate.load(checkpoint.state["rate"])
    scaler.load_state_dict(checkpoint.state["scaler"])
    if checkpoint.state.get("processes") == group.count:
        _restore_random(checkpoint, group.rank)
    progress = Progress.from_json(checkpoint.state["progress"])
    if not group.first:  # sums of the epoch under way are the first process's; the others add nothing to them
        progress.loss_sum = progress.right = 0.0
        progress.seen = progress.counted = 0
    return progress


def snapshot(model: nn.Module) -> Tensors:
    """A copy of the weights on the CPU, whole even where they are sharded."""
    state = distributed.unwrap(model).state_dict()
    return {name: distributed.whole(tensor.detach()).cpu().clone() for name, tensor in state.items()}


def optimizer_tensors(model: nn.Module, optimizer: torch.optim.Optimizer) -> Tensors:
    """The optimizer's state as ``parameter|name`` to tensor, independent of groups and processes."""
    return {
        f"{name}|{key}": distributed.whole(value.detach()).cpu().clone()
        for name, parameter in distributed.unwrap(model).named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def _restore_optimizer(checkpoint: Checkpoint, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    parameters = dict(distributed.unwrap(model).named_parameters())
    for full_name, tensor in checkpoint.optimizer.items():
        name, _, key = full_name.partition("|")
        if name not in parameters:
            continue
        parameter = parameters[name]
        if (
            tensor.ndim == 0 or tensor.shape != parameter.shape
        ):  # the step count: where the optimizer wants it
            fused = optimizer.param_groups[0].get("fused")
            optimizer.state[parameter][key] = tensor.to(parameter.device) if fused else tensor.clone()
        else:
            value = torch.zeros_like(parameter, memory_format=torch.preserve_format)
            distributed.copy_into(value, tensor)
            optimizer.state[parameter][key] = value
    for group, saved in zip(optimizer.param_groups, checkpoint.state["groups"], strict=True):
        group.update(
            {key: tuple(value) if isinstance(value, list) else value for key, value in saved.items()}
        )


def _restore_random(checkpoint: Checkpoint, rank: int) -> None:
    torch.set_rng_state(checkpoint.optimizer[f"rng.{rank}.cpu"])
    cuda = checkpoint.optimizer.get(f"rng.{rank}.cuda")
    if cuda is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(cuda)
    version, internal, gauss = checkpoint.state["python"]
    random.setstate((version, tuple(internal), gauss))
    name, keys, *rest = checkpoint.state["numpy"]
    np.random.set_state((name, np.asarray(keys, dtype=np.uint32), *rest))


def _numpy_state() -> list[Any]:
    name, keys, position, has_gauss, cached = np.random.get_state(legacy=True)
    return [name, np.asarray(keys).tolist(), int(position), int(has_gauss), float(cached)]


def _scalar(value: Any) -> list[Any]:
    """A number with its tensor type, so that sums go on in the same precision."""
    if isinstance(value, Tensor):
        return [str(value.dtype).removeprefix("torch."), value.item()]
    return [None, value]


def _equal(one: Tensors, other: Tensors) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
