"""Training goes on long after the network has begun to learn its training examples by heart.

What it sees:
    The loss on held-out data has a minimum, and rises well above it while the loss on training data still falls.
    Held-out is told by the samples themselves: their fingerprints are not among those that were trained. Of a loss
    written by hand the printed figures tell, if they are said to be of held-out data, and of a loss: by their own
    text, or since one function computes them and the loss beside them. The root of a mean square is squared where
    training makes squares small.

Why learning fails:
    A network with enough parameters can learn each example instead of what they have in common. What it then says
    of new data is ever more certain and ever less right; the best weights were those of an earlier epoch.

Example:
    for epoch in range(500):
        train_one_epoch(model, loader)
        print(validate(model))  # 0.41, 0.38, 0.55, 0.90, ...

Fix:
    Stop where the validation loss is lowest and keep those weights. Then regularize, so that the minimum is lower:
    weight decay, dropout, augmentation, more data, or a smaller network.

Certainty:
    Certain, since it is what the figures say: at least four measurements; the last tenth of the validation loss is at
    least 1.5 times its minimum and twice the training loss; after the minimum, training loss at least halves. A tenth
    of the first figure must be left. (A rise of a fifth is ordinary late in training and no finding. Where it goes on
    for half of the time, in four of five measurements, one of 1.3 times is, to eight times the training loss; and of a
    regression, whose loss is its error, one of a twentieth, to four times.) The proof trains no further than the
    minimum.

Look-alikes:
    Validation data prepared in another way, a batch that repeats, evaluation in train mode: validation is bad there
    too, and this is then listed under them. Weights that are put back to the best ones before the end are no
    fault: their values show it, as a copy of the model that is used instead at the end does.

References:
    Prechelt, Early stopping - but when? (1998); https://karpathy.github.io/2019/04/25/recipe/
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from vitreous.doctor import differences, literals, symptoms
from vitreous.doctor.evaluated import Point
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, finite, round_to
from vitreous.doctor.reported import validation
from vitreous.record.events import Listener, OptimizerEvent
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "train/overfit",
    "warning",
    "evaluation",
    "it learns the training examples by heart",
    symptoms.GAP,
    settings=("callbacks", "max_epochs", "num_train_epochs", "epochs"),
)

_LEAST_POINTS = 4
_RISE = 1.5  # of the validation loss over its minimum
_GAP = 2.0  # of the validation loss over the training loss
_FALL = 0.5  # of the training loss since the minimum
_CLEAR_RISE, _CLEAR_GAP = 1.3, 8.0  # where it rises from measurement to measurement
_RESTORED = 1.15
_LEFT = 0.1  # of the first figure
_STEADY, _MOSTLY, _WIDE = (
    1.05,
    0.8,
    4.0,
)  # of the minimum, of the measurements since, and of the training loss
_CONSTRAINED = 0.5  # of the steps: weights written that often are held within limits


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """A validation loss that rises while the training loss falls."""
    points = validation(evidence)
    if len(finite(point.loss for point in points)) < max(_LEAST_POINTS, len(points)) or not evidence.steps:
        return
    best = min(points, key=lambda point: point.loss)
    last = statistics.fmean(point.loss for point in points[-max(1, len(points) // 10) :])
    if last < _LEFT * max([points[0].loss, *finite(evidence.curve)[:1]]):
        return  # next to nothing of what knowing nothing costs, however often its minimum
    steadily = _rises_steadily(evidence, points, best)
    clearly = last >= _CLEAR_RISE * best.loss and _goes_up(points, best)
    risen = last >= _RISE * best.loss and points[-1].loss > _RESTORED * best.loss
    if best.loss <= 0 or not (risen or clearly or steadily):
        return
    then, now = _training(evidence, best.step), _training(evidence, evidence.steps[-1].number)
    if (
        then is None
        or now is None
        or now > _FALL * then
        or last < (_WIDE if steadily else _GAP if risen else _CLEAR_GAP) * now
        or _puts_back(evidence, best.step)
    ):
        return
    site = next((site for site in evidence.sites if site.trained), None)
    place = literals.epochs_place(site.stack) if site is not None else None
    yield Suspicion(
        place or evidence.optimizers[0].step_place if evidence.optimizers else place,
        0.9,
        [
            Row("lowest validation loss", round_to(best.loss), "", best.step),
            Row("validation loss at the end", round_to(last), "", points[-1].step),
            Row("training loss at the lowest validation loss", round_to(then), "", best.step),
            Row("training loss at the end", round_to(now), "", evidence.steps[-1].number),
        ],
        f"stop near step {best.step}, where the validation loss is lowest, and keep those weights; then regularize "
        "(weight decay, dropout, augmentation, a smaller network) or use more data",
        certain=True,
        summary=f"it learns the training examples by heart after step {best.step}",
        explains=[symptoms.GAP],
        trials=[Trial(f"no training after step {best.step}", {"step": best.step})],
        metric="evaluation loss",
    )


def _rises_steadily(evidence: Evidence, points: list[Point], best: Point) -> bool:
    """Whether the error of a regression has gone up little by little for half of the time; a loss of classes says less.

    Cross-entropy rises where answers become surer, also while as many of them are right; squared errors are what
    a regression is judged by.
    """
    is_error = symptoms.fit(evidence).kind == "numbers" or differences.variance_left(evidence) is not None
    return is_error and points[-1].loss > _STEADY * best.loss and _goes_up(points, best)


def _goes_up(points: list[Point], best: Point) -> bool:
    """Whether most measurements of at least half of the time, since the lowest, were above the one before."""
    since = [point.loss for point in points if point.step >= best.step]
    rises = sum(after >= before for before, after in pairwise(since))  # what is printed is rounded
    return len(since) >= max(_LEAST_POINTS, len(points) // 2) and rises >= _MOSTLY * (len(since) - 1)


def _training(evidence: Evidence, step: int) -> float | None:
    """The training loss about a step."""
    width = max(5, len(evidence.steps) // 20)
    near = finite(row.loss for row in evidence.steps if abs(row.number - step) <= width)
    return statistics.fmean(near) if near else None


def _puts_back(evidence: Evidence, best: int) -> bool:
    """Whether other weights than those of the last step are kept: those of its best epoch, most likely.

    Told by what happened, since a function that could load weights need not do so in this run. Only where the run was
    stopped before its end, or parameters could not be watched, does the source have to say it.
    """
    if _others_at_the_end(evidence):
        return True
    if evidence.rewritten is None or evidence.ended != "end":
        return any(name in _text(evidence.script) for name in ("load_state_dict(", "load_model("))
    # a constraint on the weights writes them behind every step, and puts nothing back
    late = [step for step in evidence.rewritten if step > best]
    return bool(late) and len(evidence.rewritten) < _CONSTRAINED * len(evidence.steps)


def _others_at_the_end(evidence: Evidence) -> bool:
    """Whether a model like the trained one, but none that was trained, is called only when training is over."""
    kinds = {model.number: model.kind for model in evidence.models}
    trained = {site.model for site in evidence.sites if site.trained}
    done = evidence.steps[-1].number + 1
    return any(
        site.model not in trained and site.first_step >= done and kinds.get(site.model) == kinds.get(model)
        for site in evidence.sites
        for model in trained
    )


def _text(script: str) -> str:
    try:
        return Path(script).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def rises(points: list[Point]) -> bool:
    """Whether the last figure is above the lowest by as much as counts here."""
    return bool(points) and points[-1].loss >= _RISE * min(point.loss for point in points)


class _StopAfter(Listener):
    """Updates are without effect after a step."""

    def __init__(self, step: int) -> None:
        self.step = step
        self._done = 0
        self._before: list[tuple[Any, Any]] = []

    def step_begin(self, event: OptimizerEvent) -> None:
        self._done += 1
        if self._done > self.step:
            held = [p for group in event.optimizer.param_groups for p in group["params"]]
            self._before = [(p, p.detach().clone()) for p in held]

    def step_end(self, event: OptimizerEvent) -> None:
        for parameter, value in self._before:
            parameter.data.copy_(value)
        self._before = []


def intervene(settings: dict[str, Any]) -> Listener:
    """Lets the script go on without learning."""
    return _StopAfter(settings["step"])
