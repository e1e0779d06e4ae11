"""How the learning rate moves, by PyTorch's schedulers, with one method for each moment they act."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from torch.optim import Optimizer, lr_scheduler

from vitreous.training.recipe import ScheduleRecipe


class LearningRate:
    """Moves the learning rate of an optimizer.

    Args:
        optimizer: Its groups' rates are the peaks.
        recipe: Which schedule.
        steps: Steps of the whole run.
        steps_per_epoch: Steps of one epoch.
    """

    def __init__(
        self, optimizer: Optimizer, recipe: ScheduleRecipe, steps: int, steps_per_epoch: int
    ) -> None:
        self.optimizer = optimizer
        self.scheduler: Any
        self.each_step = recipe.name in ("cosine", "constant", "one-cycle")
        self.on_plateau = recipe.name == "plateau"
        warmup = int(recipe.warmup * steps)
        if recipe.name == "cosine":
            factor = partial(warmup_cosine, steps=steps, warmup=warmup, final=recipe.final)
            self.scheduler = lr_scheduler.LambdaLR(optimizer, factor)
        elif recipe.name == "constant":
            self.scheduler = lr_scheduler.LambdaLR(optimizer, _constant)
        elif recipe.name == "one-cycle":
            peaks = [group["lr"] for group in optimizer.param_groups]
            share = min(0.9, max(recipe.warmup, 1 / steps))
            self.scheduler = lr_scheduler.OneCycleLR(optimizer, peaks, total_steps=steps + 1, pct_start=share)
        elif recipe.name == "step":
            self.scheduler = lr_scheduler.StepLR(optimizer, recipe.step_epochs, recipe.gamma)
        else:
            self.scheduler = lr_scheduler.ReduceLROnPlateau(
                optimizer, factor=recipe.gamma, patience=recipe.patience, threshold=0.0
            )

    @property
    def now(self) -> float:
        """The rate of the last group: the head's."""
        return float(self.optimizer.param_groups[-1]["lr"])

    def after_step(self) -> None:
        """Once behind every optimizer step."""
        if self.each_step:
            self.scheduler.step()

    def after_epoch(self, validation_loss: float) -> None:
        """Once behind every epoch."""
        if self.on_plateau:
            self.scheduler.step(validation_loss)
        elif not self.each_step:
            self.scheduler.step()

    def state(self) -> dict[str, Any]:
        """JSON values that ``load`` restores exactly."""
        state: dict[str, Any] = self.scheduler.state_dict()
        return {key: value for key, value in state.items() if key != "lr_lambdas"}

    def load(self, state: dict[str, Any]) -> None:
        """The inverse of ``state``."""
        self.scheduler.__dict__.update(state)


def warmup_cosine(step: int, *, steps: int, warmup: int, final: float) -> float:
    """Factor on the peak rate: a line up, then half a cosine down to ``final``.

    Loshchilov and Hutter 2017 (https://arxiv.org/abs/1608.03983), with the warm-up of Goyal et al.
    2017 (https://arxiv.org/abs/1706.02677).
    """
    if step < warmup:
        return (step + 1) / (warmup + 1)
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * progress))


def _constant(_step: int) -> float:
    return 1.0
