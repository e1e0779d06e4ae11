"""A batch so large that an epoch has a step or two, or so small that its gradient is mostly noise.

What it sees:
    Large: one batch holds at least half of a training set of 500 examples or more (or 128 and more, and all epochs,
    three at least, make 120 steps at most), few steps are made in all, and the network still improves at the end
    though it fits poorly. Small: batches of one to four of a larger set, and a loss that fluctuates without getting
    better.

Why learning fails:
    A step of thirty-two examples and a step of three thousand go about equally far. Who takes one step an epoch
    makes thirty in thirty epochs, where a hundred an epoch would have made three thousand. Batches of one or two, on
    the other hand, point in another direction each time, and the steps cancel out.

Example:
    DataLoader(train_set, batch_size=len(train_set), shuffle=True)  # 30 epochs are 30 steps

Fix:
    Batches of 16 to 256.

Certainty:
    Large batches: certain under these conditions, at most 500 steps in all and the training loss still falling by a
    twentieth over its last third; by experiment where it fell by less, but at each of its last steps. The proof makes
    as many epochs with batches of 32. Small ones: by experiment only, since a batch of one with short steps is right
    practice.

Look-alikes:
    model/tiny-batch-norm: batch normalization over a few values, which larger batches help too: not reported here.
    Steps that are too short, or too few epochs: longer or more of them help as well here. A closure (LBFGS) is meant
    for the whole set, and small sets (below 500) are learnt whole with good reason.

References:
    Keskar et al., On large-batch training for deep learning (2017); Masters and Luschi, Revisiting small batch
    training for deep neural networks (2018)
"""

from __future__ import annotations

import ast
import math
import statistics
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from vitreous.doctor import evaluated, literals, reading, source, symptoms
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, finite
from vitreous.record.events import Listener, LoaderEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LoaderFacts
from vitreous.record.places import Place

FAULT = Fault(
    "train/batch-size",
    "warning",
    "data",
    "the batch is so large or so small that learning suffers",
    settings=("iterator_train__batch_size", "per_device_train_batch_size", "batch_size"),
)

_LARGE_SET, _SHARE, _FEW_STEPS, _FALL = 500, 0.5, 500, 0.05
_LARGE, _VERY_FEW, _EPOCHS = 128, 120, 3  # with as many epochs, more of them is not what is missing
_SMALL, _USUAL = 4, 32
_LEAST = 6  # steps in a row


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Batches that are nearly the whole set, or next to nothing of it."""
    steps = evidence.arrays.get("train.print_steps")
    if steps is None or not len(steps) or any(o.kind == "LBFGS" for o in evidence.optimizers):
        return
    if evaluated.goes_on(evidence):
        return  # its rows are steps of a few runs, and no examples
    examples = len(np.unique(evidence.arrays["train.prints"]))
    batch = float(np.median(np.unique(steps, return_counts=True)[1]))
    fit = symptoms.fit(evidence)
    if not fit.poor:
        return
    loader = _loader(evidence)
    made = len(evidence.steps)
    whole = batch >= _SHARE * examples and made <= _FEW_STEPS
    few = batch >= _LARGE and made <= _VERY_FEW and made * batch >= _EPOCHS * examples
    if examples >= _LARGE_SET and (whole or few):
        falls = _still_falls(evidence)
        if evidence.ended == "end" and (falls or _falls_each_time(evidence)):
            yield replace(_large(evidence, loader, int(batch), examples), certain=falls)
    elif batch <= _SMALL and examples >= _USUAL * batch and loader is not None and loader.batch_size:
        if _normalizes_few(evidence):
            return
        yield _small(evidence, loader, int(batch), examples)


def _large(evidence: Evidence, loader: LoaderFacts | None, batch: int, examples: int) -> Suspicion:
    times = max(1, round(batch / _USUAL))
    trials = []
    if loader is not None and loader.place is not None:
        settings = {"file": loader.place.file, "line": loader.place.line, "size": _USUAL}
        trials = [Trial(f"batches of {_USUAL} instead of {batch:,}", settings, longer=float(times))]
    return Suspicion(
        _place(evidence, loader),
        0.85,
        [
            Row("examples in a batch", batch, f"of {examples}"),
            Row("steps in all", len(evidence.steps)),
        ],
        f"use batches of 16 to 256 instead of {batch:,}: {times} times as many steps for the same epochs",
        certain=True,
        summary=f"batches of {batch:,} leave {len(evidence.steps)} steps in all",
        explains=[symptoms.SLOW],
        trials=trials,
    )


def _small(evidence: Evidence, loader: LoaderFacts, batch: int, examples: int) -> Suspicion:
    trials = []
    if loader.place is not None:
        settings = {"file": loader.place.file, "line": loader.place.line, "size": _USUAL}
        trials = [Trial(f"batches of {_USUAL} instead of {batch}", settings)]
    return Suspicion(
        _place(evidence, loader),
        0.4,
        [Row("examples in a batch", batch, f"of {examples}")],
        f"use batches of 16 to 256 instead of {batch}",
        summary=f"batches of {batch} make steps that are mostly noise",
        explains=[symptoms.SPIKES],
        trials=trials,
        metric="evaluation loss" if is_evaluated(evidence) else "fit",  # where a single batch says nothing
        gain=0.3 if is_evaluated(evidence) else 0.5,
    )


def _normalizes_few(evidence: Evidence) -> bool:
    """Whether batch normalization gets as few values as there are samples: then larger batches help it, above all."""
    for trace in evidence.training_traces[:3]:
        for op in trace.behind(trace.root):
            shape = op.output.shape if op.output is not None else []
            training = op.arguments.get("training", op.arguments.get("5"))
            of_training = op.name == "batch_norm" and training is True and len(shape) > 1
            if of_training and math.prod(shape) <= _SMALL * shape[1]:
                return True
    return False


def _still_falls(evidence: Evidence) -> bool:
    """Whether the training loss fell over the last third."""
    curve = finite(evidence.curve)
    width = max(1, len(curve) // 10)
    if len(curve) < 6 or len(curve) != len(evidence.curve):
        return False
    before = statistics.median(curve[-(len(curve) // 3) - width : -(len(curve) // 3)])
    return statistics.median(curve[-width:]) < (1 - _FALL) * before


def _falls_each_time(evidence: Evidence) -> bool:
    """Whether each of the last steps made the loss smaller, if little: hardly begun."""
    last = finite(evidence.curve[-max(_LEAST, len(evidence.curve) // 3) :])
    return len(last) >= _LEAST and all(b < a for a, b in pairwise(last))


def _loader(evidence: Evidence) -> LoaderFacts | None:
    """The one that training draws from."""
    numbers = evidence.arrays["train.print_loaders"]
    known = numbers[numbers >= 0]
    return evidence.loaders[int(np.bincount(known).argmax())] if len(known) * 2 > len(numbers) else None


def _place(evidence: Evidence, loader: LoaderFacts | None) -> Place | None:
    """Where the size is written; else where the batch goes into the model."""
    if loader is not None and loader.place is not None:
        expression = source.argument(loader.place, ("batch_size",), 1, of="oader")
        return literals.origin(loader.place.file, expression) or loader.place
    place = next((o.backward_place for o in evidence.optimizers if o.backward_place), None)
    loops = reading.enclosing(place, ast.For, ast.While)
    if place is not None and len(loops) > 1:  # the inner one takes batch by batch
        return Place(place.file, loops[-1].lineno, place.function)
    return next((site.place for site in evidence.sites if site.trained), None)


class _BatchSize(Listener):
    """Loaders made at a line get another batch size."""

    def __init__(self, file: str, line: int, size: int) -> None:
        self.file, self.line, self.size = file, line, size

    def loader_begin(self, event: LoaderEvent) -> None:
        place = event.place
        here = place is not None and (place.file, place.line) == (self.file, self.line)
        if here and event.options.get("batch_sampler") is None:
            event.options["batch_size"] = self.size


def intervene(settings: dict[str, Any]) -> Listener:
    """The usual batch size."""
    return _BatchSize(settings["file"], settings["line"], settings["size"])
