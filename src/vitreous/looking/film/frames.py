"""The frames of a film: each snapshot's loss on the same examples, and its views."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from vitreous.errors import RunError
from vitreous.looking.subject import Subject, subject_of
from vitreous.looking.view import Shown, show_all
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.training import snapshots
from vitreous.training.losses import make_loss
from vitreous.training.run import Run

MOST_EXAMPLES = 300
Numbers = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Frame:
    """A network at one moment of its training.

    Attributes:
        step: How many updates it had seen.
        epoch: How many whole epochs those are.
        loss: On the film's examples.
        accuracy: Share of them that is right; None where there are no classes.
        views: What it had learned by then.
    """

    step: int
    epoch: int
    loss: float
    accuracy: float | None
    views: tuple[Shown, ...]

    @property
    def title(self) -> str:
        """As one line."""
        right = "" if self.accuracy is None else f", {numbers.percent(self.accuracy)} right"
        return f"step {self.step:,} (epoch {self.epoch}): loss {numbers.plain(self.loss)}{right}"


def frames_of(
    run: Run, sample: int = 0, *, most: int = 12, only: Sequence[str] | None = None, plane: str = ""
) -> list[Frame]:
    """The frames, first to last.

    They are made from the last to the first, so that each shows the same units as the next one and its projection
    lies alike.

    Args:
        run: With snapshots.
        sample: Which test example is shown alone.
        most: Most frames, evenly picked.
        only: Names of the views wanted; all by default.
        plane: Two inputs for the decision boundary.

    Raises:
        RunError: when the run kept no snapshots, or one is damaged.
        DataError: when the run held no test data out.
        UsageError: when there is no such view or input.
    """
    kept = snapshots.kept(run.folder)
    if not kept:
        raise RunError(
            "this run kept no snapshots of its weights.", where=str(run.folder),
            hint="Train it with --set train.keep_checkpoints=12.",
        )  # fmt: skip
    model = copy.deepcopy(run.model)
    subject = subject_of(run, sample, most=MOST_EXAMPLES, model=model, plane=plane)
    found: list[Frame] = []
    after: Numbers = {}
    for step in reversed(words.evenly(list(kept), most)):
        snapshots.load_into(model, kept[step])
        here = None if subject.course is None else replace(subject.course, step=step)
        frame = _frame(run, replace(subject, after=after, course=here), step, only)
        after = {view.name: view.numbers for view in frame.views}
        found.append(frame)
    return found[::-1]


def _frame(run: Run, subject: Subject, step: int, only: Sequence[str] | None) -> Frame:
    loss = make_loss(run.task, run.recipe.train, run.class_counts, subject.model)
    subject.model.eval()
    with torch.no_grad():
        value = float(loss(subject.outputs, subject.targets))
    right = float((subject.probabilities.argmax(1) == subject.labels).mean()) if subject.classifies else None
    views = tuple(show_all(subject, only))
    return Frame(step, _epoch(run, step), value, right, views)


def _epoch(run: Run, step: int) -> int:
    """How many whole epochs a step has behind it, by the run's history."""
    return max((int(line["epoch"]) for line in run.history if int(line.get("step", 0)) <= step), default=0)
