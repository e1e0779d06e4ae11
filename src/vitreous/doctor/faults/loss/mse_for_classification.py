"""Squared error on class numbers, or on one-hot targets, where cross-entropy is meant.

What it sees:
    `mse_loss` (or l1, smooth l1) whose targets are one-hot rows, or few whole numbers from 0 on that a model with one
    output (for each sample, or each pixel or time step of it) is to hit, and whose answers are poor. Of a squared error
    written out: the difference of what learns and one-hot rows.

Why learning fails:
    Class 3 is not "more" than class 1, so a number cannot say "1 or 3, but not 2". On one-hot targets the gradient of
    squared error vanishes where the answer is confidently wrong; cross-entropy's is largest there.

Example:
    loss = nn.MSELoss()(model(x).squeeze(), y.float())        # y is 0..9

Fix:
    One output for each class, and `nn.CrossEntropyLoss` with whole-number targets.

Certainty:
    One-hot: named when a run with cross-entropy on the same outputs makes clearly fewer wrong answers; where the error
    is written out, when their squared error is clearly smaller with softmax behind them. Class numbers: suspected from
    3 to 20 different whole numbers from 0 or 1 on, of which more than 4% of the variance is left; named when a run with
    one output for each number and cross-entropy halves the squared error of the numbers answered. Where the numbers
    mean an amount it does not: the nearest number is no better an answer than the one between. The same for 0 and 1
    with binary cross-entropy.

Look-alikes:
    Counts, grades and ages are numbers: a regression with whole-number targets that fits well is not reported.

References:
    Golik, Doetsch & Ney, "Cross-entropy vs. squared error training", 2013,
    https://www.isca-archive.org/interspeech_2013/golik13_interspeech.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import differences, reading, symptoms, written_out
from vitreous.doctor.change import ChangeLoss, Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Backward, Constructed, LossCall, ModuleCall, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import TensorFacts
from vitreous.record.places import Place

FAULT = Fault(
    "loss/mse-for-classification", "warning", "loss", "squared error is used where classes are predicted"
)

_MOST = 20
_LEFT, _GAIN = 0.04, 0.5
_LEAST = 3  # steps that show the same
_SQUARES = frozenset({"square", "square_", "pow", "__pow__", "pow_", "abs", "norm", "linalg_vector_norm"})
_LAYERS = {"linear": -1, "conv1d": 1, "conv2d": 1, "conv3d": 1}  # and the axis of their outputs
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
            values.ndim >= 2
            and values.shape[-1] > 1
            and set(np.unique(values)) == {0.0, 1.0}
            and (values.sum(axis=-1) == 1).all()
        ):
            settings = {"skip": _last(evidence)}
            rows = [Row("targets are one-hot rows of", values.shape[-1], "classes"), Row("loss", site.name)]
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
        classes = np.unique(values)
        if _are_numbered(classes):
            yield from _on_numbers(evidence, place, classes)
        elif values.size == len(values) and np.array_equal(classes, [0, 1]):
            yield from _on_two(evidence, place)
    yield from _written_out(evidence)


def _written_out(evidence: Evidence) -> Iterator[Suspicion]:
    """The squared difference of outputs and one-hot rows, without a loss of torch's."""
    found = [(trace, differences.difference(trace)) for trace in evidence.training_traces]
    known = [(trace, *three) for trace, three in found if three is not None and _is_squared(trace, three[0])]
    classes = {differences.one_hot(meant.output) for _, _, _, meant in known}
    places = {difference.place for _, difference, _, _ in known}
    if len(known) < max(_LEAST, len(found)) or len(classes) != 1 or len(places) != 1:
        return
    trace, difference, said, _ = known[-1]
    place, count = difference.place, classes.pop()
    if count is None or place is None:
        return
    made = reading.shaped_from(trace, said)
    left = made.blame if made is not None and made.name in ("softmax", "sigmoid") else None
    settings = {
        "difference": [difference.name, place.file, place.line],
        "skip": [made.name, left.file, left.line] if made is not None and left is not None else None,
    }
    yield Suspicion(
        place,
        0.8,
        [Row("targets are one-hot rows of", count, "classes"), Row("loss", "the squared difference")],
        "use cross-entropy on the logits, without softmax or sigmoid at the end",
        explains=[symptoms.SLOW, symptoms.FLAT],
        gain=0.25,
        metric="training loss",
        trials=[Trial("cross-entropy on the same outputs", settings)],
    )


def _is_squared(trace: Trace, difference: Op) -> bool:
    """Whether the loss is made of a difference's square or size, with no weights behind it."""
    later = reading.path_between(trace, difference.number, trace.root or -1)
    return written_out.is_last(trace, difference) and any(
        op.name in _SQUARES or (op.name == "mul" and op.inputs[1:] == op.inputs[:1]) for op in later
    )


def _are_numbered(classes: np.ndarray) -> bool:
    """Whether these are the whole numbers from 0 or 1 on, as classes are numbered."""
    count = len(classes)
    return (
        3 <= count <= _MOST
        and classes[0] in (0, 1)
        and np.array_equal(classes, np.arange(count) + classes[0])
    )


def _on_numbers(evidence: Evidence, place: Place | None, classes: np.ndarray) -> Iterator[Suspicion]:
    fit = symptoms.fit(evidence)
    head = _head(evidence)
    if fit.end <= _LEFT or len(evidence.steps) < 20 or head is None or head.module_place is None:
        return
    where = head.module_place
    settings = {"file": where.file, "line": where.line, "classes": len(classes), "first": int(classes[0])}
    yield Suspicion(
        place,
        0.7,
        [
            Row("targets are the whole numbers", f"{classes[0]:g} to {classes[-1]:g}"),
            Row("variance left", round(100 * fit.end), "%"),
        ],
        f"give the model {len(classes)} outputs and use nn.CrossEntropyLoss",
        summary="squared error is used on class numbers",
        explains=[symptoms.SLOW, symptoms.FLAT],
        trials=[Trial(f"{len(classes)} outputs with cross-entropy", settings)],
        gain=_GAIN,
    )


def _on_two(evidence: Evidence, place: Place | None) -> Iterator[Suspicion]:
    fit = symptoms.fit(evidence)
    if fit.end <= _LEFT or len(evidence.steps) < 20:
        return
    yield Suspicion(
        place,
        0.6,
        [Row("targets are", "0 and 1"), Row("variance left", round(100 * fit.end), "%")],
        "use nn.BCEWithLogitsLoss on the logit, without a sigmoid at the end",
        summary="squared error is used on yes and no",
        explains=[symptoms.SLOW, symptoms.FLAT],
        trials=[Trial("binary cross-entropy on the same output", {"skip": _last(evidence), "two": True})],
        gain=_GAIN,
    )


def _head(evidence: Evidence) -> Op | None:
    """The last layer, if it gives a single output: one a sample, or one a place as for each pixel."""
    for trace, loss in reading.losses(evidence, *_LOSSES):
        said = reading.prediction(trace, loss)
        for op in trace.chain(said):
            if op.name not in _LAYERS or not op.builtin or op.output is None:
                continue
            alone = op.output.shape[_LAYERS[op.name]] == 1
            whole = said is not None and _count(said.output) == _count(op.output)
            return op if alone and whole else None
    return None


def _count(seen: TensorFacts | None) -> int:
    """How many numbers a tensor holds."""
    return math.prod(seen.shape) if seen is not None else 0


def _last(evidence: Evidence) -> list[Any] | None:
    """The softmax or sigmoid in front of the loss, to be left out."""
    for trace, loss in reading.losses(evidence, *_LOSSES):
        made = reading.shaped_from(trace, reading.prediction(trace, loss))
        if made is not None and made.name in ("softmax", "sigmoid") and made.blame is not None:
            return [made.name, made.blame.file, made.blame.line]
    return None


class _CrossEntropy(ChangeLoss):
    """Cross-entropy in place of squared error."""

    def __init__(self, skip: list[Any] | None, two: bool = False) -> None:
        super().__init__(_replace_two if two else _replace)
        self.skip = skip

    def op_begin(self, event: OpCall) -> None:
        if self.skip and event.name == self.skip[0] and event.args:
            event.replace(event.args[0])


def _replace(event: LossCall) -> None:
    import torch

    if event.name in _LOSSES and event.target.ndim >= 2 and event.target.shape == event.input.shape:
        logits, wanted = event.input.flatten(0, -2), event.target.argmax(-1).flatten()
        event.input = event.input.softmax(-1)  # what answers one-hot rows, and is measured against them
        event.replace(torch.nn.functional.cross_entropy(logits, wanted))


def _replace_two(event: LossCall) -> None:
    import torch

    if event.name in _LOSSES and event.target.shape == event.input.shape:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(event.input, event.target)
        event.input = torch.sigmoid(event.input)
        event.replace(loss)


class _Outputs(Listener):
    """As many outputs as classes beside a layer with one, and cross-entropy on them.

    What the record sees as the prediction is the number of the class with the largest output.
    """

    def __init__(self, file: str, line: int, classes: int, first: int) -> None:
        self.file, self.line, self.classes, self.first = file, line, classes, first
        self._heads: list[Any] = []
        self._optimizers: list[Any] = []
        self._other: Any = None
        self._logits: Any = None

    def module_made(self, event: Constructed) -> None:
        if event.place is not None and (event.place.file, event.place.line) == (self.file, self.line):
            self._heads.append(event.module)

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def module_end(self, event: ModuleCall) -> None:
        import torch

        head = event.module
        outputs = getattr(head, "out_features", getattr(head, "out_channels", None))
        if not any(known is head for known in self._heads) or outputs != 1:
            return
        if self._other is None and self._optimizers:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                self._other = _wider(head, self.classes).to(event.output)
            self._optimizers[0].add_param_group({"params": list(self._other.parameters())})
        self._logits = self._other(event.args[0]) if self._other is not None else None
        if self._logits is not None and not hasattr(head, "out_features"):
            self._logits = self._logits.movedim(1, -1)

    def loss_begin(self, event: LossCall) -> None:
        import torch

        logits, target = self._logits, event.target
        if event.name not in _LOSSES or logits is None or target.numel() * self.classes != logits.numel():
            return
        logits = logits.reshape(-1, self.classes)
        wanted = (target.reshape(-1).round().long() - self.first).clamp(0, self.classes - 1)
        event.input = (logits.argmax(1) + self.first).to(target).view(target.shape)
        event.replace(torch.nn.functional.cross_entropy(logits, wanted))


def _wider(head: Any, outputs: int) -> Any:
    """A new layer like a linear one or a convolution with so many outputs."""
    import torch

    if isinstance(head, torch.nn.Linear):
        return torch.nn.Linear(head.in_features, outputs)
    return type(head)(
        head.in_channels, outputs, head.kernel_size, head.stride, head.padding, head.dilation,
        padding_mode=head.padding_mode,
    )  # fmt: skip


class _InGradient(SkipOp):
    """The gradient of cross-entropy instead of that of a squared difference, whose value stays what it is.

    So the two runs are compared by the same figure: the squared error of probabilities.
    """

    def __init__(self, difference: list[Any], skip: list[Any] | None) -> None:
        super().__init__(*(skip or ["", "", 0]))
        self.difference = difference
        self._losses: list[Any] = []

    def op_begin(self, event: OpCall) -> None:
        import torch

        super().op_begin(event)
        place = event.place if event.name == self.difference[0] else None
        if place is None or [place.file, place.line] != self.difference[1:]:
            return
        said, meant = event.args[:2]
        if not said.requires_grad and meant.requires_grad:
            said, meant = meant, said
        axis = next((a for a in (-1, 1) if bool((meant.sum(a) == 1).all())), None)
        if axis is None or not isinstance(said, torch.Tensor) or said.shape != meant.shape:
            return
        if torch.is_grad_enabled():
            rows = said.movedim(axis, -1).flatten(0, -2)
            wanted = meant.argmax(axis).flatten()
            self._losses.append(torch.nn.functional.cross_entropy(rows, wanted))
        changed = said.detach().softmax(axis)
        event.args = tuple(changed if given is said else given for given in event.args)

    def backward_begin(self, event: Backward) -> None:
        if self._losses:
            loss = sum(self._losses) / len(self._losses)
            event.roots = [event.roots[0] + (loss - loss.detach()), *event.roots[1:]]
        self._losses.clear()


def intervene(settings: dict[str, Any]) -> Listener:
    """The loss for classes."""
    if "difference" in settings:
        return _InGradient(**settings)
    if "classes" in settings:
        return _Outputs(**settings)
    return _CrossEntropy(settings["skip"], settings.get("two", False))
