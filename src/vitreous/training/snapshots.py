"""Weights kept along the way, evenly over the steps, so that one can look at how a network came to be.

Nobody knows beforehand when a run ends: early stopping, a time limit. So every step is kept at first, and whenever
they are more than wanted every second one goes: at any moment those that are left lie evenly, and are at least half
as many as wanted. Which steps stay is a function of the step alone, so a resumed run keeps the same ones.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from torch import nn

from vitreous.errors import RunError
from vitreous.training import checkpoints, distributed
from vitreous.training.checkpoints import Tensors
from vitreous.training.events import Listener

FOLDER = "snapshots"


def stride(step: int, most: int) -> int:
    """Every how many steps one is kept when a run has come to a step: the smallest power of two that is enough."""
    every = 1
    while step // every >= most:
        every *= 2
    return every


def kept(folder: Path) -> dict[int, Path]:
    """The snapshots of a run's folder by step, in order."""
    found = {}
    for path in (folder / FOLDER).glob("step-*.safetensors"):
        number = path.name.removeprefix("step-").removesuffix(".safetensors")
        if number.isdecimal():
            found[int(number)] = path
    return dict(sorted(found.items()))


def load_into(model: nn.Module, path: Path) -> None:
    """Gives a network the weights of a snapshot.

    Raises:
        RunError: when the file is damaged or is of another network.
    """
    weights = checkpoints.load_tensors(path)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        said = str(error).splitlines()[-1].strip()
        raise RunError(f"The snapshot does not fit the network: {said}", where=str(path)) from None


class Snapshots:
    """Keeps the weights of a run in ``RUN/snapshots``; silent where none are wanted.

    Args:
        folder: The run's folder.
        most: How many are kept, the last one beside them; 0: none.
        group: This process among its peers; the first one writes.
        fresh: Whether the run starts anew: older files go.
        listener: Hears of a disk that refuses.
    """

    def __init__(
        self, folder: Path, most: int, group: distributed.Processes, listener: Listener, *, fresh: bool
    ) -> None:
        self.folder, self.most, self.group, self.listener = folder, most, group, listener
        if fresh and group.first:
            shutil.rmtree(folder / FOLDER, ignore_errors=True)

    def take(self, model: nn.Module, step: int, *, last: bool = False) -> None:
        """Keeps the weights that a number of steps have led to, if that step is one of those kept."""
        if not self.most:
            return
        every = stride(step, max(1, self.most - 1))
        if not last and (step % every or self.most == 1):
            return
        from vitreous.training.saving import snapshot

        weights = snapshot(model)  # of a sharded network all processes put it together
        if self.group.first:
            self._write(weights, step, every)

    def _write(self, weights: Tensors, step: int, every: int) -> None:
        place = self.folder / FOLDER
        try:
            place.mkdir(exist_ok=True)
            checkpoints.write_tensors(place / f"step-{step:08d}.safetensors", weights)
        except OSError as error:
            self.most = 0
            self.listener.warning(f"A snapshot could not be written ({error}); no more are kept.")
            return
        for older, path in kept(self.folder).items():
            if older % every and older != step:
                path.unlink(missing_ok=True)
