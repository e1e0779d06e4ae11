"""Training ends while the validation loss still clearly falls.

What it sees:
    The last measurements of the validation loss (the training loss, where none is measured) are each far below the
    one before, and the program ends by itself.

    Or the script's own early stopping left the loop over epochs long before its range ended, while the figure on
    held-out data still fell: the line where this gets the margin that an improvement needs, or its patience, is named.

Why learning fails:
    It does not fail, it is cut off: the same network with the same settings would be better for more epochs alone.

Example:
    for epoch in range(3):  # validation loss 0.93, 0.71, 0.52

Fix:
    Train for more epochs, until the validation loss no longer falls.

Certainty:
    A note, and certain as such: the loss fell by at least a fifth over the last of at least three measurements, and
    fell over the one before. Converged training falls by a few percent there at most. Or, where it is measured often
    enough for a trend (six times), the last third of the time still brought 15% of all that was gained, at least a
    twentieth of the loss, and brought it steadily, while answers are still far from right. Of an exponential approach
    15% there means that as much again is to come. Or training has hardly begun (at most five measurements and 150
    steps), and each measurement fell by 7% and more.

    Of a loop that was left early only the held-out figure counts: the last three measurements fell one after the other,
    to a tenth below all before them. Stopping that is right ends behind measurements that brought nothing.

    A run of at most 300 steps that ends poor is tried 8 to 32 times as long, and what takes 60% of the error away is
    proof. Longer training eases most troubles: what gains half as much comes first.

Look-alikes:
    Steps that are too short, or batches so large that an epoch has one step: learning is slow then too, and this is
    listed under them.

References:
    Hoffer, Hubara, Soudry, Train longer, generalize better (2017)
"""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from itertools import pairwise

from vitreous.doctor import edits, literals, stopped, symptoms
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.evaluated import Point
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, edited, finite, round_to
from vitreous.doctor.reported import held_out, validation
from vitreous.doctor.stopped import Stopped
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "train/too-short",
    "note",
    "optimizer",
    "it ends while it still clearly improves",
    symptoms.SLOW,
    settings=("max_epochs", "max_steps", "num_train_epochs", "epochs"),
)

_FALL, _FALL_BEFORE = 0.2, 0.05
_FALL_STOPPED = 0.1  # over three measurements: what waits for an improvement has had some
_TREND, _STILL, _SHARE, _FAR = 6, 0.15, 0.05, 0.2
_SHARE_RIGHT = re.compile(r"acc|right|correct|hit|f1|auc|r2|score|%")
_LEAST_STEPS, _FEW_STEPS, _SECONDS, _GAIN = 3, 300, 15.0, 0.6
_EASES = 0.5
_USUAL_STEPS, _LEAST_TIMES, _MOST_TIMES = 1500, 8, 32
_HANDFUL, _BEGINNING, _FALL_EACH = 5, 150, 0.07  # measurements, steps, and the least of each fall
_PARTS = 8  # of a training loss where no validation loss is measured
_LEFT = 0.02  # of the first figure: less is nothing to speak of


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """A loss that still falls at the end."""
    if evidence.ended != "end":
        return
    points = validation(evidence)
    ended = stopped.early(evidence, len({point.step for point in points}))
    held = (finite(point.loss for point in points) or _printed(evidence)) if ended is not None else []
    if ended is not None and held:
        yield from _stopped(ended, held)
        return
    falling = list(_falling(evidence, points))
    yield from falling or _few_epochs(evidence)


def _falling(evidence: Evidence, points: list[Point]) -> Iterator[Suspicion]:
    """What is measured fell to the end."""
    name = "validation loss"
    values = finite(point.loss for point in points)
    if len(values) < 3:
        name, values = "training loss", _parts(finite(evidence.curve))
    if len(values) < 3 or len(evidence.steps) < 2 * _PARTS:
        return
    if min(values) <= 0 or values[-1] < _LEFT * values[0]:
        return
    falls = [1 - after / before for before, after in zip(values[-3:-1], values[-2:], strict=True)]
    clear = falls[-1] >= _FALL and falls[-2] >= _FALL_BEFORE
    if not clear and not (_undiminished(values) and _far(evidence)) and not _just_begun(evidence, values):
        return
    site = next((site for site in evidence.sites if site.trained), None)
    place = literals.epochs_place(site.stack) if site is not None else None
    yield Suspicion(
        place,
        0.8,
        [
            Row(f"{name} at the end", round_to(values[-1])),
            Row("its fall over the last measurement", round_to(100 * falls[-1]), "%"),
            Row("and over the one before", round_to(100 * falls[-2]), "%"),
        ],
        f"train for more epochs, until the {name} no longer falls",
        certain=True,
        metric="none",
    )


def _few_epochs(evidence: Evidence) -> Iterator[Suspicion]:
    """So few steps that more of them are tried: the number of epochs is written in the script."""
    fit = symptoms.fit(evidence)
    site = next((site for site in evidence.sites if site.trained), None)
    written = literals.epochs(site.stack) if site is not None else None
    if written is None or not fit.poor or fit.diverges or fit.not_a_number is not None:
        return
    steps, cost = len(evidence.steps), evidence.step_cost or 0.0
    if not _LEAST_STEPS <= steps <= _FEW_STEPS:
        return
    affordable = int(_SECONDS / (steps * cost)) if cost else _MOST_TIMES
    times = min(_MOST_TIMES, max(_LEAST_TIMES, _USUAL_STEPS // steps), affordable)
    if times < _LEAST_TIMES:
        return
    count = literals.literal(*written)
    if not isinstance(count, ast.Constant) or not isinstance(count.value, (int, float)):
        return
    more = count.value * times
    changes = edits.replaced(written[0], [(count, f"{more:g}")])
    if changes is None or written[0] != evidence.script:
        return
    yield Suspicion(
        Place(written[0], count.lineno),
        0.3,
        [Row("steps in all", steps), Row("training error at the end", round_to(fit.end))],
        f"train longer: {times} times as long is enough to see what comes of it",
        summary=f"{steps} steps are too few",
        trials=[Trial(f"{more:g} instead of {count.value}", edited(changes), longer=float(times))],
        metric="evaluation loss" if is_evaluated(evidence) else "fit",  # by heart it learns in any case
        gain=_GAIN,
        weight=_EASES,
    )


def _stopped(ended: Stopped, values: list[float]) -> Iterator[Suspicion]:
    """An early stopping that stopped what still fell: with every measurement a new best, none was one too many."""
    last = values[-3:]
    if len(values) < 4 or min(values) <= 0 or values[-1] < _LEFT * values[0]:
        return
    if not last[0] > last[1] > last[2] or last[2] > (1 - _FALL_STOPPED) * min(values[:-3]):
        return
    of = f" of {ended.whole}" if ended.whole is not None else ""
    yield Suspicion(
        ended.place,
        0.8,
        [
            Row("held-out figure at the end", round_to(last[2])),
            Row("and in the two measurements before it", f"{round_to(last[0])}, {round_to(last[1])}"),
            Row("epochs before it stopped by itself", f"{ended.epochs}{of}"),
        ],
        "let it go on: count every improvement, however small, or wait for more epochs without one",
        certain=True,
        summary=f"it stopped by itself after {ended.epochs}{of} epochs while the held-out figure still fell",
        metric="none",
    )


def _printed(evidence: Evidence) -> list[float]:
    """An error on held-out data as it is printed, where torch computes none: what says so, and falls as a whole."""
    best = held_out(evidence, lambda name: not _SHARE_RIGHT.search(name))
    return finite(best.values) if best is not None and best.values[-1] < best.values[0] else []


def _undiminished(values: list[float]) -> bool:
    """Whether the last third of the measurements still gained a fair share, step by step."""
    last = values[-(len(values) // 3) - 1 :]
    if len(values) < _TREND or last[-1] != min(values):
        return False
    gained = last[0] - last[-1]
    falls = sum(after < before for before, after in pairwise(last))
    steady = falls >= 0.7 * (len(last) - 1)
    return steady and gained >= _STILL * (values[0] - values[-1]) and gained >= _SHARE * last[0]


def _just_begun(evidence: Evidence, values: list[float]) -> bool:
    """Whether a handful of measurements over few steps all fell: nothing has come to an end there."""
    few = len(values) <= _HANDFUL and len(evidence.steps) <= _BEGINNING
    return few and all(after <= (1 - _FALL_EACH) * before for before, after in pairwise(values))


def _far(evidence: Evidence) -> bool:
    fit = symptoms.fit(evidence)
    return fit.end > _FAR * fit.chance


def _parts(curve: list[float]) -> list[float]:
    width = len(curve) // _PARTS
    return [statistics.fmean(curve[i * width : (i + 1) * width]) for i in range(_PARTS)] if width else []
