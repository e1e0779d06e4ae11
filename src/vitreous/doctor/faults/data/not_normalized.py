"""Inputs or regression targets are far from unit scale, or columns have very different scales.

What it sees:
    Columns (or channels) of the training inputs whose mean or standard deviation is far from 0 and 1, or differ from
    each other by a factor of 30; for regressions, targets of such a scale; and training is poor.

Why learning fails:
    The loss surface becomes a narrow ravine: one learning rate is too long across it and too short along it. Large
    inputs saturate units; large targets give gradients as large.

Example:
    X = torch.tensor(load_breast_cancer().data)        # columns from 0.05 to 2500

Fix:
    Subtract the mean and divide by the standard deviation of the training part, column by column.

Certainty:
    Never by rule: the script is run again with standardized inputs (or targets), and only a clear gain counts.

Look-alikes:
    Embeddings take whole numbers. A model that begins with a normalization layer does it itself. Targets that a network
    computes, as in Q-learning, have the scale of its answers.

References:
    LeCun, Bottou, Orr & Müller, "Efficient BackProp", 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import reading, symptoms
from vitreous.doctor.change import ChangeInput, ChangeLoss
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, LossCall, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault("data/not-normalized", "warning", "data", "inputs or targets are far from unit scale")

_FAR, _APART, _FLAT, _GAIN = 5.0, 30.0, 0.05, 0.35
_REGRESSION = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Inputs, then targets, of a program that trains badly."""
    gain = symptoms.gain_needed(evidence, _GAIN)
    if gain is None:
        return
    inputs, targets = evidence.arrays.get("train.inputs"), evidence.arrays.get("train.targets")
    if inputs is not None and inputs.dtype.kind == "f" and inputs.ndim >= 2 and len(inputs) >= 8:
        yield from _inputs(evidence, inputs, gain)
    regression = any(site.name in _REGRESSION for site in evidence.trained_sites())
    measured = targets is not None and targets.dtype.kind == "f" and regression and len(targets) >= 8
    if targets is not None and measured and not reading.targets_are_computed(evidence):
        yield from _targets(evidence, targets, gain)


def columns(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each column (channel of images, feature of rows and sequences)."""
    values = values[: 200_000 // max(1, values[0].size) + 8].astype(np.float64)
    values = np.where(np.isfinite(values), values, np.nan)
    axis: tuple[int, ...] = (0, *range(2, values.ndim)) if values.ndim >= 4 else tuple(range(values.ndim - 1))
    if values.ndim >= 4:
        mean, std = (
            np.nanmean(values, axis=axis, keepdims=True)[0],
            np.nanstd(values, axis=axis, keepdims=True)[0],
        )
    else:
        mean, std = np.nanmean(values, axis=axis), np.nanstd(values, axis=axis)
    return mean, std


def _inputs(evidence: Evidence, inputs: np.ndarray, gain: float) -> Iterator[Suspicion]:
    mean, std = columns(inputs)
    live = std > 1e-12
    if not live.any():
        return
    size = np.sqrt(mean**2 + std**2)[live]
    apart = float(std[live].max() / std[live].min())
    far = float(size.max())
    small = float(size.max()) < _FLAT
    if far < _FAR and not small and not (apart > _APART and far > 1.5):
        return
    place = reading.held_at(evidence) or reading.batch_place(evidence)
    rows = [
        Row(
            "standard deviations of the input's columns",
            f"{round_to(float(std[live].min()))} to {round_to(float(std.max()))}",
        ),
        Row(
            "means of the input's columns", f"{round_to(float(mean.min()))} to {round_to(float(mean.max()))}"
        ),
    ]
    safe = np.where(live, std, 1.0)
    settings = {"what": "inputs", "mean": mean.tolist(), "std": safe.tolist()}
    yield Suspicion(
        place,
        0.75 if far > 30 or small else 0.55,
        rows,
        "standardize the columns with the mean and standard deviation of the training part",
        explains=[
            symptoms.SLOW,
            symptoms.FLAT,
            symptoms.SATURATED,
            symptoms.DEAD_UNITS,
            symptoms.SPIKES,
            symptoms.DIVERGES,
            symptoms.ONE_CLASS,
        ],
        trials=[Trial("inputs standardized", settings)],
        gain=gain,
    )


def _targets(evidence: Evidence, targets: np.ndarray, gain: float) -> Iterator[Suspicion]:
    mean, std = float(np.nanmean(targets)), float(np.nanstd(targets))
    if std <= 0 or (np.hypot(mean, std) < _FAR and std > 0.02):
        return
    site = next(s for s in evidence.trained_sites() if s.name in _REGRESSION)
    shape = list(site.target.shape[1:]) if site.target else []
    made_there = reading.made_at(evidence, 1)
    place = made_there or reading.source_of(evidence, shape) or reading.batch_place(evidence) or site.place
    rows = [
        Row("mean of the targets", round_to(mean)),
        Row("standard deviation of the targets", round_to(std)),
    ]
    yield Suspicion(
        place,
        0.6,
        rows,
        "standardize the targets with the training part's mean and standard deviation (and undo it on predictions)",
        summary="the targets are far from unit scale",
        explains=[symptoms.SLOW, symptoms.FLAT, symptoms.DIVERGES, symptoms.SPIKES, symptoms.NOT_A_NUMBER],
        trials=[Trial("targets standardized", {"what": "targets", "mean": mean, "std": std})],
        gain=gain,
    )


class _StandardizeLeaf(ChangeInput):
    """Standardizes what models are given; without models, what comes into the first linear operation."""

    def __init__(self, mean: Any, std: Any) -> None:
        import torch

        m, s = torch.tensor(mean), torch.tensor(std)
        super().__init__(
            lambda x: (x - m.to(x)) / s.to(x) if x.shape[-m.ndim :] == m.shape or m.ndim > 1 else x
        )
        self._shape = list(m.shape)
        self._models = False

    def module_begin(self, event: Any) -> None:
        self._models = True
        super().module_begin(event)

    def op_begin(self, event: OpCall) -> None:
        import torch

        if self._models or event.name not in ("linear", "matmul", "__matmul__", "mm") or len(event.args) < 2:
            return
        x, weight = event.args[:2]
        if (
            isinstance(x, torch.Tensor)
            and isinstance(weight, torch.Tensor)
            and weight.requires_grad
            and not x.requires_grad
        ) and list(x.shape[1:]) == self._shape:
            event.args = (self.change(x), *event.args[1:])


def intervene(settings: dict[str, Any]) -> Listener:
    """Unit scale."""
    if settings["what"] == "inputs":
        return _StandardizeLeaf(settings["mean"], settings["std"])

    def change(event: LossCall) -> None:
        if event.name in _REGRESSION:
            event.target = (event.target - settings["mean"]) / settings["std"]

    return ChangeLoss(change)
