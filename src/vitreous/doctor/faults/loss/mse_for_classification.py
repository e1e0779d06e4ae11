"""Squared error on class numbers, or on one-hot targets, where cross-entropy is meant.

What it sees:
    `mse_loss` (or l1, smooth l1) whose targets are one-hot rows, or few whole numbers from 0 on that a model with one
    output is to hit, and whose answers are poor.

Why learning fails:
    Class 3 is not "more" than class 1, so a number cannot say "1 or 3, but not 2". On one-hot targets the gradient of
    squared error vanishes where the answer is confidently wrong; cross-entropy's is largest there.

Example:
    loss = nn.MSELoss()(model(x).squeeze(), y.float())        # y is 0..9

Fix:
    One output for each class, and `nn.CrossEntropyLoss` with whole-number targets.

Certainty:
    One-hot: named when a run with cross-entropy on the same outputs makes clearly fewer wrong answers. Class numbers:
    suspected from 3 to 20 different whole numbers, 0 among them, in which the model's answers are poor, when the data
    show no order between neighbouring classes.

Look-alikes:
    Counts, grades and ages are numbers: a regression with whole-number targets that fits well is not reported.

References:
    Golik, Doetsch & Ney, "Cross-entropy vs. squared error training", 2013,
    https://www.isca-archive.org/interspeech_2013/golik13_interspeech.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import reading, symptoms
from vitreous.doctor.change import ChangeLoss, Listener
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.events import LossCall, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "loss/mse-for-classification", "warning", "loss", "squared error is used where classes are predicted"
)

_LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each squared error with classes for targets."""
    targets = evidence.arrays.get("train.targets")
    for site in evidence.trained_sites():
        if site.name not in _LOSSES or not site.integers or targets is None or len(targets) < 16:
            continue
        place = site.module_place or site.place
        values = targets.astype(np.float64)
        if (
            values.ndim == 2
            and values.shape[1] > 1
            and set(np.unique(values)) == {0.0, 1.0}
            and (values.sum(axis=1) == 1).all()
        ):
            settings = {"skip": _last(evidence)}
            rows = [Row("targets are one-hot rows of", values.shape[1], "classes"), Row("loss", site.name)]
            yield Suspicion(
                place,
                0.8,
                rows,
                "use nn.CrossEntropyLoss on the logits, without softmax or sigmoid at the end",
                explains=[symptoms.SLOW, symptoms.FLAT],
                gain=0.25,
                trials=[Trial("cross-entropy on the same outputs", settings)],
            )
            continue
        flat = values.reshape(len(values), -1)
        classes = np.unique(flat)
        if (
            flat.shape[1] == 1
            and 3 <= len(classes) <= 20
            and classes[0] in (0, 1)
            and np.array_equal(classes, np.arange(len(classes)) + classes[0])
        ):
            fit = symptoms.fit(evidence)
            if fit.end > 0.3 and len(evidence.steps) >= 20:
                rows = [
                    Row("targets are the whole numbers", f"{classes[0]:g} to {classes[-1]:g}"),
                    Row("variance left", round(100 * fit.end), "%"),
                ]
                yield Suspicion(
                    place,
                    0.85,
                    rows,
                    f"give the model {len(classes)} outputs and use nn.CrossEntropyLoss",
                    certain=True,
                    summary="squared error is used on class numbers",
                    explains=[symptoms.SLOW, symptoms.FLAT],
                )


def _last(evidence: Evidence) -> list[Any] | None:
    """The softmax or sigmoid in front of the loss, to be left out."""
    for trace, loss in reading.losses(evidence, *_LOSSES):
        made = reading.shaped_from(trace, reading.prediction(trace, loss))
        if made is not None and made.name in ("softmax", "sigmoid") and made.blame is not None:
            return [made.name, made.blame.file, made.blame.line]
    return None


class _CrossEntropy(ChangeLoss):
    """Cross-entropy in place of squared error."""

    def __init__(self, skip: list[Any] | None) -> None:
        super().__init__(_replace)
        self.skip = skip

    def op_begin(self, event: OpCall) -> None:
        if self.skip and event.name == self.skip[0] and event.args:
            event.replace(event.args[0])


def _replace(event: LossCall) -> None:
    import torch

    if event.name in _LOSSES and event.target.ndim == 2:
        event.replace(torch.nn.functional.cross_entropy(event.input, event.target.argmax(1)))


def intervene(settings: dict[str, Any]) -> Listener:
    """The loss for classes."""
    return _CrossEntropy(settings["skip"])
