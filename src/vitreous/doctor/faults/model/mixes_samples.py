"""One sample's output depends on another sample's input.

What it sees:
    After the run the model is called twice, in eval mode, with one sample of a small batch changed. Outputs of
    other samples change too, and the first operation at which that happens is a softmax over the batch axis, or
    one that only gives the numbers another shape.

Why learning fails:
    A reshape that runs across the batch axis hands each sample parts of its neighbours; a softmax over the batch
    makes the answer depend on who else is asked. What was learned holds for the batches of training only.

Example:
    hidden = hidden.view(layers, batch, 2 * size)      # the state is (layers * 2, batch, size)
    weights = torch.softmax(scores, dim=0)

Fix:
    `transpose` or `permute` before `view`; the axis of the softmax is the last one (or that of time), never the
    batch.

Certainty:
    Certain: measured on the model itself. Only reshaping operations and softmax, cumulative sums and
    normalizations over the batch axis are named: batch statistics, graphs, and comparisons of samples with each
    other (matrix products) mix samples on purpose. The experiment reshapes each sample by itself, the batch axis in
    front before and back at its place after, or lets the softmax run over axis 1.

Look-alikes:
    data/axis-order: a recurrent or attention layer takes the batch for time.

References:
    http://karpathy.github.io/2019/04/25/recipe/ ("use backprop to chart dependencies")
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import LOSS_NAMES, Op, Trace
from vitreous.record.events import Constructed, Listener, ModuleCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("model/mixes-samples", "error", "forward", "samples of a batch get mixed")

_OVER_AXIS = frozenset(["softmax", "log_softmax", "softmin", "cumsum", "normalize", "cumprod"])
_RESHAPING = frozenset(
    [
        "view",
        "reshape",
        "flatten",
        "unflatten",
        "view_as",
        "reshape_as",
        "chunk",
        "split",
        "unbind",
        "t",
        "T",
        "transpose",
        "permute",
    ]
)


_SHAPING = frozenset(["view", "reshape", "flatten", "unflatten", "view_as", "reshape_as"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each trained model that mixes samples; then a softmax over the batch between a model and its loss."""
    trained = {site.model for site in evidence.sites if site.trained}
    for answer in evidence.probes.get("mixing", ()):
        if (
            answer["model"] in trained
            and answer["op"] in _OVER_AXIS | _RESHAPING
            and answer["line"] is not None
        ):
            yield _inside(answer)
            return
    yield from _outside(evidence)


def _inside(answer: dict[str, Any]) -> Suspicion:
    op = answer["op"]
    over = op in _OVER_AXIS
    line = answer["constructed"] or answer["line"]
    place = Place(answer["file"], line)
    rows = [
        Row("outputs that change when one sample does", answer["moved"], f"of {answer['of']}"),
        Row("operation", f"{op} to {answer['result']}"),
    ]
    return Suspicion(
        place, 0.95, rows,
        f"let {op} run over another axis than the batch" if over
        else f"bring the batch axis to the front (transpose, permute) before {op}, or put the parts together with cat",
        certain=True,
        summary=f"{op} mixes the samples of a batch",
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.GAP, symptoms.EVALUATION_WRONG],
        trials=[_softmax_trial(op, place)] if op in _OVER_AXIS
        else [_reshape_trial(op, place)] if _has_samples(answer) else [],
    )  # fmt: skip


def _has_samples(answer: dict[str, Any]) -> bool:
    """Whether a reshape written in the model leaves an axis of samples, so that each can be reshaped by itself."""
    return answer["op"] in _SHAPING and not answer["constructed"] and answer["of"] in answer["result"]


def _softmax_trial(name: str, place: Place) -> Trial:
    return Trial(f"{name} over axis 1", {"name": name, "file": place.file, "line": place.line})


def _reshape_trial(name: str, place: Place) -> Trial:
    settings = {"name": name, "file": place.file, "line": place.line, "apart": True}
    return Trial(f"{name} of each sample by itself", settings)


def _outside(evidence: Evidence) -> Iterator[Suspicion]:
    """A softmax over the batch axis in the training loop, on scores [samples, classes] that a loss gets."""
    for trace in evidence.training_traces[:3]:
        for op in trace.behind(trace.root):
            place = op.blame
            if op.name in ("softmax", "log_softmax") and place is not None and _over_batch(trace, op):
                shape = op.output.shape if op.output else []
                yield Suspicion(
                    place, 0.9, [Row("softmax over axis", 0, f"of {shape}", trace.step)],
                    f"let {op.name} run over the classes, dim=1", certain=True,
                    summary=f"{op.name} runs over the samples of the batch, not over the classes",
                    explains=[symptoms.FLAT, symptoms.SLOW], trials=[_softmax_trial(op.name, place)],
                )  # fmt: skip
                return


def _over_batch(trace: Trace, op: Op) -> bool:
    axis = op.arguments.get("dim", op.arguments.get("1"))
    shape = op.output.shape if op.output else []
    if len(shape) != 2 or axis not in (0, -2) or shape[0] == shape[1] or shape[0] < 2:
        return False
    losses = [loss for loss in trace.losses if loss.name in LOSS_NAMES]
    for loss in losses:
        inputs = trace.inputs(loss)
        predicted = trace.origin(inputs[0]) if inputs else None
        target = inputs[1].output if len(inputs) > 1 else None
        if predicted is op and target is not None and target.shape[:1] == shape[:1]:
            return True
    return False


class _OtherAxis(Listener):
    """A softmax, sum or normalization at a line runs over axis 1."""

    def __init__(self, name: str, file: str, line: int) -> None:
        self.name, self.file, self.line = name, file, line
        self._made: dict[int, Any] = {}

    def module_made(self, event: Constructed) -> None:
        if event.place is not None and (event.place.file, event.place.line) == (self.file, self.line):
            self._made[id(event.module)] = event.module

    def op_begin(self, event: OpCall) -> None:
        here = [(place.file, place.line) for place in event.places[:1]]
        module = event.modules[-1] if event.modules else None
        if event.name != self.name or not ((self.file, self.line) in here or id(module) in self._made):
            return
        if event.args[0].ndim < 2:
            return
        event.kwargs = {k: v for k, v in event.kwargs.items() if k not in ("dim", "axis")} | {"dim": 1}
        event.args = event.args[: 2 if event.name == "normalize" else 1]  # its second one is the norm's


class _Apart(Listener):
    """A tensor is given its new shape sample by sample: the batch axis in front before, and at its place after."""

    def __init__(self, name: str, file: str, line: int) -> None:
        self.name, self.file, self.line = name, file, line
        self._samples = 0

    def module_begin(self, event: ModuleCall) -> None:
        from vitreous.record.measure import tensors

        given = tensors([event.args, event.kwargs]) if not event.depth else []
        self._samples = len(given[0]) if given and given[0].ndim else self._samples

    def op_begin(self, event: OpCall) -> None:
        import torch

        place = event.place if event.name == self.name else None
        if place is None or (place.file, place.line) != (self.file, self.line) or self._samples < 2:
            return
        given = event.args[0]
        shape = list(
            getattr(torch.Tensor, self.name)(given.contiguous(), *event.args[1:], **event.kwargs).shape
        )
        before, after = (
            [i for i, size in enumerate(s) if size == self._samples] for s in (given.shape, shape)
        )
        if before and after and (before[-1] or after[-1]):
            front = given.movedim(before[-1], 0)
            apart = front.reshape(self._samples, *shape[: after[-1]], *shape[after[-1] + 1 :])
            event.replace(apart.movedim(0, after[-1]))


def intervene(settings: dict[str, Any]) -> Listener:
    """Moves the softmax to axis 1, or reshapes each sample by itself."""
    at = settings["name"], settings["file"], settings["line"]
    return _Apart(*at) if settings.get("apart") else _OtherAxis(*at)
