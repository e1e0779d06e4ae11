"""Batch normalization computes its mean and spread from one or two values.

What it sees:
    Batch normalization in training mode whose input has at most four values for each channel: the batch, times the
    places of an image or a sequence where there are any. Or one or two samples, however many places: each is then
    normalized by itself, and by others in evaluation. Or PyTorch's refusal of a single value.

Why learning fails:
    Over two values, standardizing leaves only their order: +1 and -1. What the layer learned about sizes is thrown
    away, gradients through it are noise, and the running statistics used in evaluation belong to another network.

Example:
    loader = DataLoader(train, batch_size=2)
    nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(c, c, 1), nn.BatchNorm2d(c))

Fix:
    Larger batches (16 and more), `drop_last=True` for a last batch of one; or GroupNorm or LayerNorm, which do not
    look at other samples.

Certainty:
    Named when training is poor, or worse than with group normalization in its place by at least 30% of the error.
    Of one or two samples with many places: when evaluation with larger batches, or with group normalization, is
    better by as much.
    Certain where PyTorch raised. Four values is where the error of a standard deviation is above a third.

Look-alikes:
    train/batch-size: without batch normalization a small batch is only noisy. eval/train-mode and train/eval-mode:
    the batch is large enough, the mode is wrong.

References:
    Wu and He 2018, figure 1, https://arxiv.org/abs/1803.08494
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, symptoms
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.doctor.faults.train import batch_size
from vitreous.record.dataflow import Op
from vitreous.record.events import Listener, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("model/tiny-batch-norm", "warning", "forward", "batch normalization over one or two samples")

_FEW = 4
_LEAST_STEPS = 5
_SAMPLES, _LEAST_SAMPLES, _USUAL = 2, 64, 32
_POOR = 0.05  # of the error that chance leaves; an experiment follows


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Batch normalization that a few values go into on every recorded step."""
    crash = evidence.crash
    if crash is not None and "Expected more than 1 value per channel" in crash.message:
        yield _refused(evidence)
        return
    if len(evidence.steps) < _LEAST_STEPS:
        return
    fit = symptoms.fit(evidence)
    poor = fit.end > _POOR * fit.chance
    seen: dict[str, list[tuple[int, Op]]] = {}
    for trace in evidence.training_traces:
        behind = {op.number for op in trace.behind(trace.root)}
        for op in trace.ops:
            values = _values(op)
            if op.number in behind and values is not None:
                seen.setdefault(op.module or str(op.blame), []).append((values, op))
    few = {path: calls for path, calls in seen.items() if max(values for values, _ in calls) <= _FEW}
    single = [
        op for calls in seen.values() for _, op in calls if op.output and op.output.shape[0] <= _SAMPLES
    ]
    if few and poor:
        yield _few_values(evidence, [calls[0] for calls in few.values()])
    elif single and len(single) == sum(len(calls) for calls in seen.values()):
        yield from _few_samples(evidence, single[0])


def _values(op: Op) -> int | None:
    """Values for each channel of a batch normalization in training mode."""
    if op.name != "batch_norm" or op.output is None or len(op.output.shape) < 2:
        return None
    training = op.arguments.get("training", op.arguments.get("5"))
    if training is not True:
        return None
    count = 1
    for axis, size in enumerate(op.output.shape):
        count *= size if axis != 1 else 1
    return count


def _few_values(evidence: Evidence, calls: list[tuple[int, Op]]) -> Suspicion:
    values, op = calls[0]
    spatial = op.output is not None and len(op.output.shape) > 2
    loader = next(
        (x for x in evidence.loaders if x.batch_size is not None and x.batch_size <= _FEW and x.place), None
    )
    place = op.blame
    if not spatial and loader is not None and not _accumulates(evidence):
        place = _batch_size(loader.place)
    return Suspicion(
        place, 0.7,
        [Row("values for each channel", values), Row("layers", len(calls))],
        "use GroupNorm in its place: only a few values go into this one" if spatial
        else "train on batches of 16 or more, or use LayerNorm or GroupNorm",
        summary=f"batch normalization over {values} values",
        explains=[symptoms.SLOW, symptoms.SPIKES, symptoms.GAP],
        trials=[Trial("group normalization in its place", {"few": _FEW})],
    )  # fmt: skip


def _few_samples(evidence: Evidence, op: Op) -> Iterator[Suspicion]:
    loaders = [x for x in evidence.loaders if x.batch_size is not None and x.batch_size <= _SAMPLES]
    loader = next((x for x in loaders if x.place and (x.samples or 0) >= _LEAST_SAMPLES), None)
    if loader is None or loader.place is None or not is_evaluated(evidence):
        return
    settings = {"file": loader.place.file, "line": loader.place.line, "size": _USUAL}
    yield Suspicion(
        op.blame if _accumulates(evidence) else _batch_size(loader.place) or loader.place, 0.7,
        [Row("samples that a mean is taken over", op.output.shape[0] if op.output else 1)],
        f"train on batches of 16 or more (PyTorch's default is 1), here {_USUAL}; or use LayerNorm or GroupNorm",
        summary=f"batch normalization over {'one sample' if loader.batch_size == 1 else 'two samples'}",
        explains=[symptoms.GAP, symptoms.EVALUATION_WRONG],
        trials=[
            Trial(f"batches of {_USUAL} instead of {loader.batch_size}", settings),
            Trial("group normalization in its place", {"few": math.inf}),
        ],
        metric="evaluation loss",
    )  # fmt: skip


def _accumulates(evidence: Evidence) -> bool:
    """Whether several batches make a step: there the batch is small because no larger one fits."""
    return statistics.median(step.backwards for step in evidence.steps) > 1


def _batch_size(place: Place | None) -> Place | None:
    """Where the loader's batch size was written down."""
    return literals.option(place, ("batch_size",), None, 1, "DataLoader")


def _refused(evidence: Evidence) -> Suspicion:
    crash = evidence.crash
    training = [x for x in evidence.loaders if x.place is not None and not x.drop_last and x.shuffle]
    loader = next((x for x in training if x.samples and x.batch_size and x.samples % x.batch_size == 1), None)
    place = loader.place if loader is not None else (crash.places[0] if crash and crash.places else None)
    rows = [Row("PyTorch says", crash.message[:120] if crash else "")]
    if loader is not None:
        rows.append(Row("samples and batch size", [loader.samples, loader.batch_size]))
    return Suspicion(
        place, 0.95, rows,
        "give the training loader drop_last=True (its last batch has one sample), or batches of more than one",
        certain=True, summary="batch normalization is given a single sample",
    )  # fmt: skip


class _GroupNorm(Listener):
    """Group normalization with the layer's own weights, in training and in evaluation."""

    def __init__(self, few: float) -> None:
        self.few = few
        self._layers: list[Any] = []

    def op_begin(self, event: OpCall) -> None:
        import torch

        if event.name != "batch_norm" or not event.args:
            return
        given, module = event.args[0], event.modules[-1] if event.modules else None
        known = any(layer is module for layer in self._layers)
        if not known and given.numel() // given.shape[1] > self.few:
            return
        if not known and module is not None:
            self._layers.append(module)
        everything = dict(enumerate(event.args)) | event.kwargs
        weight, bias = everything.get(3, everything.get("weight")), everything.get(4, everything.get("bias"))
        channels = given.shape[1]
        groups = next(g for g in (4, 2, 3, 1) if (channels % g == 0 and channels // g > 1) or g == 1)
        event.replace(torch.nn.functional.group_norm(given, groups, weight, bias))


def intervene(settings: dict[str, Any]) -> Listener:
    """Normalizes each sample by itself, or gives it others."""
    return _GroupNorm(settings["few"]) if "few" in settings else batch_size.intervene(settings)
