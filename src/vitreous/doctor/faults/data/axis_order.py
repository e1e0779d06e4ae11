"""Axes stand in the wrong order: channels last into a convolution, batch and time swapped in a recurrent net.

What it sees:
    A view or reshape whose result has the same sizes as its input in another order: it keeps the numbers where they
    are in memory and calls them something else, which is no transposition. Or a recurrent or attention layer made
    without `batch_first=True` that is given batches with the batch in front. Or pictures (or sequences) in
    which neighbours differ much, and would differ half as much if the numbers were read with the channels last. Or
    pictures whose last axis has at most four entries, with a long side where a convolution has its channels. Or square
    pictures that are to be turned into maps, which say far more of them with height and width exchanged.

Why learning fails:
    Rows, columns and channels are torn apart and mixed: a filter that should see neighbouring pixels sees anything.
    A recurrent layer with batch and time swapped reads across the batch, and mixes samples with each other.

Example:
    x = torch.tensor(images)            # N x 28 x 28 x 3
    x = x.reshape(-1, 3, 28, 28)        # the same numbers in the same order: no picture any more

Fix:
    `x.permute(0, 3, 1, 2)` or `x.transpose(1, 2)`; `nn.LSTM(..., batch_first=True)`.

Certainty:
    Certain for a reshape that only reorders sizes (at least two of them differ, none is 1), and for a layer whose
    second axis is not the batch though the first one is, told by the length of the targets; where there is one for
    every step of every sample, or the layer's first axes are those of the model's input, the experiment must tell. The
    proof transposes instead, or sets batch_first. A reshape that was done before the data became tensors is told by
    the data alone (neighbouring values of one channel are alike in pictures and signals), and named only where reading
    them the other way restores learning. Channels that are last are named only where a network of as many channels
    does better with them moved: in training, or in evaluation where it learns its training pictures by heart either
    way.

Look-alikes:
    Reshapes that merge or split axes are right in many ways and raise nothing. A loader that gives time first on
    purpose has as many targets as the second axis is long.

References:
    https://pytorch.org/docs/stable/generated/torch.permute.html; https://discuss.pytorch.org/t/80524
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from vitreous.doctor import calls, pictures, reading, source, symptoms
from vitreous.doctor.change import ChangeInput
from vitreous.doctor.compare import is_evaluated
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.doctor.refit import TurnedInputs
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, ModuleCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place, innermost

FAULT = Fault("data/axis-order", "error", "data", "axes stand in the wrong order")

_RESHAPES = frozenset(["view", "reshape", "view_as", "reshape_as"])
_RECURRENT = frozenset(
    ["RNN", "LSTM", "GRU", "MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer"]
)
_ALIKE = 0.5
_TELLS, _MUCH_MORE = (
    0.1,
    3.0,
)  # shares that maps explain; a choice: half of a picture's variance is noise, often
_FEW, _SIDE = 4, 8  # channels of a picture at most, and what its sides have at least
_CHANNELS = re.compile(
    r"expected (?:\d\w )?input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels"
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Reshapes that reorder, layers that take the batch for time, and convolutions that refuse."""
    yield from _crashed(evidence)
    yield from _reshaped(evidence)
    yield from _batch_for_time(evidence)
    torn = list(_torn(evidence))
    yield from torn or _channels_last(evidence)
    yield from _sides_exchanged(evidence)


def _crashed(evidence: Evidence) -> Iterator[Suspicion]:
    crash = evidence.crash
    match = _CHANNELS.search(crash.message) if crash is not None else None
    if crash is None or match is None:
        return
    shape, wanted = [int(size) for size in match[1].split(",")], int(match[2])
    if wanted in shape[2:] and wanted != shape[1]:
        axis = len(shape) - 1 - shape[::-1].index(wanted)
        order = [0, axis, *(i for i in range(1, len(shape)) if i != axis)]
        yield Suspicion(
            crash.places[0] if crash.places else None,
            0.95,
            [Row("shape that the convolution was given", shape), Row("channels it expects, second", wanted)],
            f"move the channels to the second axis: x.permute({', '.join(map(str, order))})",
            certain=True,
            summary=f"the channels are on axis {axis}, a convolution wants them on axis 1",
            metric="none",
        )


def _reshaped(evidence: Evidence) -> Iterator[Suspicion]:
    """A reshape that only reorders sizes, before the data reach the model or on their way in it."""
    seen: set[Place] = set()
    for trace in evidence.traces[:6]:
        for op in trace.ops:
            order = _reordered(trace, op)
            if order is None or op.place is None or op.place in seen or _answered(trace, op):
                continue
            seen.add(op.place)
            given, at = trace.inputs(op)[0].output, op.place
            settings = {"kind": "reshape", "name": op.name, "file": at.file, "line": at.line, "order": order}
            yield Suspicion(
                op.place,
                0.95,
                [
                    Row("shape before", given.shape if given else []),
                    Row("shape behind", op.output.shape if op.output else []),
                ],
                f"transpose instead of {op.name}: permute({', '.join(map(str, order))})",
                certain=True,
                summary=f"{op.name} gives the axes other names and leaves the numbers where they are",
                explains=[symptoms.FLAT, symptoms.SLOW],
                trials=[Trial(f"permute({', '.join(map(str, order))}) instead of {op.name}", settings)],
            )


def _reordered(trace: Trace, op: Op) -> list[int] | None:
    """The axes of the input in the order of the output's sizes, where a reshape does nothing but that."""
    if op.name not in _RESHAPES or op.output is None or not op.inputs:
        return None
    source_op = trace.inputs(op)[:1]
    given = source_op[0].output.shape if source_op and source_op[0].output else []
    made = op.output.shape
    if given == made or len(given) != len(made) or sorted(given) != sorted(made) or len(given) < 3:
        return None
    if (
        given[0] != made[0]
        or min(made) < 2
        or source_op[0].name in ("transpose", "permute", "movedim", "swapaxes")
    ):
        return None
    left, order = list(range(len(given))), []
    for size in made:
        axis = next(i for i in left if given[i] == size)
        left.remove(axis)
        order.append(axis)
    return order


def _answered(trace: Trace, op: Op) -> bool:
    """Whether a second reshape turns it back: an interleaving on purpose, as channel shuffles do."""
    return any(
        user.name in ("transpose", "permute", "movedim", "swapaxes") for user in trace.users(op.number)
    )


def _batch_for_time(evidence: Evidence) -> Iterator[Suspicion]:
    """A layer with time first, given a batch that stands first."""
    targets = {site.target.shape[0] for site in evidence.trained_sites() if site.target and site.target.shape}
    lengths = _lengths(evidence)
    given = [site.inputs[0].shape[:2] for site in evidence.sites if site.trained and site.inputs]
    for model in evidence.models:
        for module in model.modules:
            shape = lengths.get(module.path or module.kind)
            if module.own or module.kind not in _RECURRENT or module.batch_first is not False or not shape:
                continue
            batch, other = shape[0], shape[1]
            certain = batch in targets and other not in targets
            handed_on = shape[:2] in given  # what the model is given, whose first axis mostly is the batch
            if not (certain or batch * other in targets or handed_on):
                continue
            if batch == other and not symptoms.fit(evidence).poor:
                continue  # the shape does not tell, and a run need not
            place = module.place or calls.constructed_at(model.place, module.kind)
            yield Suspicion(
                place,
                0.9 if certain else 0.5,
                [
                    Row(f"shape that {module.kind} is given", shape),
                    Row("targets in a batch", batch),
                    Row("what it takes for time and for batch", f"{batch} and {other}"),
                ],
                f"pass batch_first=True to nn.{module.kind}" + (f" (line {place.line})" if place else ""),
                certain=certain,
                summary=f"{module.kind} takes the batch for time: it has no batch_first=True",
                explains=[symptoms.FLAT, symptoms.SLOW],
                trials=[
                    Trial("batch_first=True", {"kind": "first", "path": module.path, "class": module.kind})
                ],
            )
            return


def _lengths(evidence: Evidence) -> dict[str, list[int]]:
    """The shape that each recurrent or attention layer was given in training."""
    found: dict[str, list[int]] = {}
    for trace in evidence.training_traces[:4]:
        # operations that are not behind the loss may be of an evaluation in front of the first step
        for op in reversed(trace.behind(trace.root)):
            kind = op.module_kind
            if op.builtin and kind in _RECURRENT and op.kind == "op":
                for given in trace.inputs(op):
                    if (
                        given.kind != "parameter"
                        and given.output is not None
                        and len(given.output.shape) == 3
                    ):
                        found.setdefault(op.module or kind, given.output.shape)
                        break
    return found


def _torn(evidence: Evidence) -> Iterator[Suspicion]:
    """Inputs whose neighbours would be more alike if their numbers were read with the channels last."""
    inputs = evidence.arrays.get("train.inputs")
    if inputs is None or inputs.dtype.kind != "f" or inputs.ndim not in (3, 4) or len(inputs) < 8:
        return
    rows = inputs[:300].astype(np.float64)
    sizes = rows.shape[1:]
    axes = _neighbouring(evidence, rows.ndim)
    if _turned(evidence):
        return
    if not axes or min(sizes) < 2 or len(set(sizes)) < 2:
        return
    channel = next(axis for axis in range(1, rows.ndim) if axis not in axes)
    order = [axis for axis in range(1, rows.ndim) if axis != channel]
    other = [sizes[axis - 1] for axis in order] + [sizes[channel - 1]]
    if channel == rows.ndim - 1:  # channels last as it is: read as if they came first
        other = [sizes[channel - 1], *(sizes[axis - 1] for axis in order)]
    back = [0, rows.ndim - 1, *range(1, rows.ndim - 1)] if channel == 1 else [0, *range(2, rows.ndim), 1]
    read = rows.reshape(len(rows), *other).transpose(back)
    as_it_is, as_read = pictures.roughness(rows, axes), pictures.roughness(read, axes)
    if as_read >= _ALIKE * as_it_is or (channel == rows.ndim - 1 and pictures.goes_on(rows, other[-1])):
        return
    place = _reshaping(evidence, list(sizes)) or reading.batch_place(evidence)
    yield Suspicion(
        place,
        0.8,
        [
            Row("difference of neighbours, as a share of that of strangers", round_to(as_it_is)),
            Row(f"if the numbers are read as {other}", round_to(as_read)),
        ],
        f"reshape to {['batch', *other]} and transpose then: permute({', '.join(map(str, back))})",
        summary="a reshape has torn neighbours apart: the axes are stored in another order",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[
            Trial(f"numbers read as {other}, then transposed", {"kind": "read", "sizes": other, "back": back})
        ],
    )


def _channels_last(evidence: Evidence) -> Iterator[Suspicion]:
    """Pictures, or signals, whose last axis has as few entries as channels have, with a side on the channels' axis."""
    inputs = evidence.arrays.get("train.inputs")
    if inputs is None or inputs.dtype.kind not in "fu" or inputs.ndim not in (3, 4) or len(inputs) < 8:
        return
    sizes = list(inputs.shape[1:])
    axes = _neighbouring(evidence, inputs.ndim)
    if (
        _turned(evidence)
        or axes != tuple(range(2, inputs.ndim))
        or sizes[-1] > _FEW
        or min(sizes[:-1]) < _SIDE
    ):
        return
    rows = inputs[:300].astype(np.float64)
    if inputs.ndim == 3 and pictures.roughness(rows, (1,)) >= _ALIKE * pictures.roughness(rows, (2,)):
        return  # of signals the sizes say little: neighbours in time must be alike
    order = [0, inputs.ndim - 1, *range(1, inputs.ndim - 1)]
    learned = not symptoms.fit(evidence).poor
    yield Suspicion(
        reading.batch_place(evidence),
        0.8,
        [
            Row("shape of one input", sizes),
            Row("what the convolution takes for channels", sizes[0]),
            Row("entries on the last axis, as many as channels of a picture", sizes[-1]),
        ],
        f"move the channels to the second axis: permute({', '.join(map(str, order))}) of a batch, and convolve "
        f"over {sizes[-1]} channels",
        summary=f"the channels are on the last axis, and the convolution takes {sizes[0]} rows for channels",
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.GAP],
        trials=[Trial("channels moved to the second axis", {"kind": "turn", "sizes": sizes, "order": order})],
        metric="evaluation loss" if learned and is_evaluated(evidence) else "fit",
    )


def _sides_exchanged(evidence: Evidence) -> Iterator[Suspicion]:
    """Pictures with height and width exchanged beside their maps, as `.T` of (height, width, channels) does."""
    found = pictures.explained(evidence)
    if found is None or found[1] < _TELLS or found[1] < _MUCH_MORE * found[0]:
        return
    inputs = evidence.arrays["train.inputs"]
    yield Suspicion(
        reading.batch_place(evidence),
        0.8,
        [
            Row("share of the pictures that their maps explain", round_to(found[0])),
            Row("if height and width are exchanged", round_to(found[1])),
        ],
        "keep height and width in their order: transpose(2, 0, 1) of a picture with its channels last",
        summary="height and width of the pictures are exchanged, and those of the maps are not",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[
            Trial(
                "height and width of the pictures exchanged",
                {"kind": "turn", "sizes": list(inputs.shape[1:]), "order": [0, 1, 3, 2]},
            )
        ],
    )


def _neighbouring(evidence: Evidence, ndim: int) -> tuple[int, ...]:
    """The axes along which neighbours belong together, by the layer that takes the input."""
    trained = {site.model for site in evidence.sites if site.trained}
    kinds = [m.kind for model in evidence.models if model.number in trained for m in model.modules]
    if ndim == 4:
        return (2, 3) if any(kind == "Conv2d" for kind in kinds) else ()
    first = next((kind for kind in kinds if kind == "Conv1d" or kind in _RECURRENT), "")
    return (2,) if first == "Conv1d" else (1,) if first else ()


def _turned(evidence: Evidence) -> bool:
    """Whether the model itself exchanges axes of the batch in front of its first convolution."""
    for trace in evidence.training_traces[:1]:
        first = next((op for op in trace.ops if op.name.startswith("conv") and trace.inputs(op)), None)
        while first is not None and first.kind == "op" and trace.inputs(first):
            first = trace.inputs(first)[0]
            if first.name in ("transpose", "permute", "movedim", "swapaxes", "swapdims") and first.grad:
                return first.place is not None and first.place.function == "forward"
    return False


def _reshaping(evidence: Evidence, sizes: list[int]) -> Place | None:
    """The line that reshapes data to these sizes, literally or by as many arguments."""
    found = []
    for call in source.nodes(evidence.script, ast.Call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name not in ("reshape", "view"):
            continue
        arguments: list[ast.expr] = call.args
        whole = arguments[0] if len(arguments) == 1 else None
        given = whole.elts if isinstance(whole, ast.Tuple) else arguments
        literal = [arg.value for arg in given if isinstance(arg, ast.Constant)]
        if len(given) in (len(sizes), len(sizes) + 1):
            found.append((sum(size in literal for size in sizes), -call.lineno))
    return Place(evidence.script, -max(found)[1]) if found else None


class _Transpose(Listener):
    """A reshape at a line transposes instead."""

    def __init__(self, name: str, file: str, line: int, order: list[int]) -> None:
        self.name, self.file, self.line, self.order = name, file, line, order

    def op_begin(self, event: OpCall) -> None:
        if event.name != self.name or not event.args or event.args[0].ndim != len(self.order):
            return
        place = innermost()
        if place is not None and (place.file, place.line) == (self.file, self.line):
            event.replace(event.args[0].permute(self.order).contiguous())


class _BatchFirst(Listener):
    """Layers of a kind take the batch first."""

    def __init__(self, path: str, kind: str) -> None:
        self.path, self.kind = path, kind

    def module_begin(self, event: ModuleCall) -> None:
        if event.depth == 0:
            for module in event.module.modules():
                if type(module).__name__ != self.kind:
                    continue
                for inner in module.modules():  # a transformer's layer leaves it to its attention
                    if getattr(inner, "batch_first", None) is False:
                        inner.batch_first = True


def intervene(settings: dict[str, Any]) -> Listener:
    """Puts the axes where they belong."""
    if settings["kind"] == "turn":
        return TurnedInputs(settings["sizes"], settings["order"])
    if settings["kind"] == "read":
        sizes, back = settings["sizes"], settings["back"]
        return ChangeInput(
            lambda x: x.reshape(len(x), *sizes).permute(back).contiguous() if x.ndim == len(back) else x
        )
    if settings["kind"] == "first":
        return _BatchFirst(settings["path"], settings["class"])
    return _Transpose(settings["name"], settings["file"], settings["line"], settings["order"])
