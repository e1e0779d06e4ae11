"""The model has too little capacity to fit even the training data.

What it sees:
    A network with a hidden layer (or a recurrent state) of at most four units or channels, whose training error stays
    high while gradients reach every layer. One written as functions is asked where its width has a name, and so are
    tables of factors whose rows are looked up, as of people and of what they rate. The line is where the width is
    written: in the layer, or where it gets a name.

Why learning fails:
    Every sample has to pass through the narrowest layer: what four numbers cannot carry is lost for all that
    follows. No learning rate and no number of epochs changes that.

Example:
    nn.Linear(1, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1)

Fix:
    More units in the hidden layers (32 to 128 for small problems), more channels, then more layers.

Certainty:
    Named when training is poor and the same run with a second, wider path beside the model (two layers of 128
    units, joined at the output) loses at least 40% of the error, or with 64 units where the width is a number with
    a name (the only trial where the inputs are no amounts, but tokens; with 8 for each row of a table); or when a
    twentieth of the error of chance is left and 60% of it goes (a wider network can also learn noise by heart, but
    hardly so much of it in as many steps). Four units is the widest that is tried.

Look-alikes:
    optim/lr-too-low and train/too-short: the loss still falls. A linear model is small on purpose: only networks
    with a hidden layer are asked. An autoencoder's narrow code is its purpose: outputs as wide as the input are
    not asked either.

References:
    http://karpathy.github.io/2019/04/25/recipe/ ("overfit")
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vitreous.doctor import calls, edits, literals, source, symptoms
from vitreous.doctor.change import hold
from vitreous.doctor.fault import Edit, Fault, Row, Suspicion, Trial, edited, round_to
from vitreous.record.dataflow import LINEAR, Op, Trace
from vitreous.record.events import Listener, ModuleCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ModelFacts
from vitreous.record.places import Place

FAULT = Fault("model/too-small", "warning", "forward", "too little capacity to fit even the training data")

_NARROW = 4
_GAIN, _GAIN_OF_LITTLE = 0.4, 0.6
_LEFT = 0.05  # of the error of chance: below it a narrow network is wide enough
_WIDTH = 128
_WIDER = 64
_MORE_FACTORS = 8  # more would learn noise by heart: each row of a table sees few samples
_WIDTH_NAME = re.compile(r"width|hidden|units|neurons|channels|rank|factors|latent|dim|size", re.IGNORECASE)
_COUNTS = re.compile(
    r"layer|depth|block|kernel|batch|sample|train|test|epoch|step|input|output", re.IGNORECASE
)
_LOOKED_UP = frozenset(["__getitem__", "embedding", "index_select"])
_TABLE = 8  # times as many rows as columns
_LAYERS = LINEAR | {"gru", "lstm", "rnn_tanh", "rnn_relu"}


@dataclass(frozen=True)
class _Narrow:
    """A layer, or a table whose rows are looked up, that everything passes through."""

    width: int
    op: Op
    table: bool = False

    @property
    def wider(self) -> int:
        return _MORE_FACTORS if self.table else _WIDER

    @property
    def what(self) -> str:
        layer = "units or channels of the narrowest hidden layer"
        return "numbers that stand for each row of a table" if self.table else layer

    @property
    def fix(self) -> str:
        wider = "give each row more numbers" if self.table else "make the hidden layers wider"
        return f"{wider} than {self.width}: {'8' if self.table else '32'} or more"

    @property
    def summary(self) -> str:
        what = "a table's rows" if self.table else "a hidden layer"
        return f"{what} of {self.width} cannot carry what the task needs"


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """A narrow network whose training is poor."""
    fit = symptoms.fit(evidence)
    left = fit.end / fit.chance if fit.left is None else fit.left
    if not (fit.poor or left > _LEFT) or fit.diverges or fit.not_a_number is not None:
        return
    trained = {site.model for site in evidence.sites if site.trained}
    if not trained:
        yield from _without_a_model(evidence)
    for model in evidence.models:
        narrow = _narrowest(evidence) or _factors(evidence)
        site = next((s for s in evidence.sites if s.model == model.number and s.trained), None)
        if model.number not in trained or narrow is None or narrow.width > _NARROW or site is None:
            continue
        if not site.inputs or not site.outputs:
            continue
        if (
            site.inputs[0].shape == site.outputs[0].shape
            and len(site.inputs[0].shape) > 1
            and site.inputs[0].shape[1] > 1
        ):
            continue
        width, written, trials = narrow.width, _named(evidence, narrow), []
        if site.inputs[0].dtype in ("float32", "float64") and not narrow.table:
            trials.append(
                Trial(f"a path of two layers of {_WIDTH} beside the model", {"model": model.number})
            )
        if written is not None:
            trials.append(
                Trial(f"{narrow.wider} instead of {width} in line {written.first}", edited([written]))
            )
        if not trials:
            continue
        yield Suspicion(
            Place(written.file, written.first) if written is not None else _place(model, narrow), 0.45,
            [
                Row(narrow.what, width), Row("parameters", model.parameters),
                Row("training error at the end", round_to(fit.end)),
            ],
            narrow.fix,
            summary=narrow.summary,
            explains=[symptoms.FLAT, symptoms.SLOW], trials=trials,
            gain=_GAIN if fit.poor else _GAIN_OF_LITTLE,
        )  # fmt: skip


def _without_a_model(evidence: Evidence) -> Iterator[Suspicion]:
    """The same of a network written as functions of its weights, where its width has a name in the script."""
    narrow = _narrowest(evidence) or _factors(evidence)
    if narrow is None or narrow.width > _NARROW:
        return
    width = narrow.width
    named = _only_named(evidence.script, narrow)
    if named is not None:
        yield Suspicion(
            Place(evidence.script, named.first), 0.45, [Row(narrow.what, width)], narrow.fix,
            summary=narrow.summary,
            explains=[symptoms.FLAT, symptoms.SLOW], gain=_GAIN_OF_LITTLE,
            trials=[Trial(f"{narrow.wider} instead of {width} in line {named.first}", edited([named]))],
        )  # fmt: skip


def _only_named(file: str, narrow: _Narrow) -> Edit | None:
    """The one number of this value that has a name that says width, as another number; None where there are others."""
    named = [
        edit
        for place in _width_lines(file)
        if (edit := edits.literal(place, narrow.width, str(narrow.wider))) is not None
    ]
    return named[0] if len(named) == 1 else None


def _width_lines(file: str) -> list[Place]:
    """Lines that give a number to a name that says width: assignments, and defaults of arguments."""
    lines = set()
    for node in source.nodes(file, ast.Assign, ast.AnnAssign):
        place = Place(file, node.lineno)
        if any(_says_width(name) for name in source.targets(place)):
            lines.add(place)
    for taken in source.nodes(file, ast.arguments):
        last = zip([*taken.posonlyargs, *taken.args][::-1], taken.defaults[::-1], strict=False)
        both = [*last, *zip(taken.kwonlyargs, taken.kw_defaults, strict=True)]
        lines |= {Place(file, d.lineno) for a, d in both if d is not None and _says_width(a.arg)}
    return sorted(lines, key=lambda place: place.line)


def _says_width(name: str) -> bool:
    return _WIDTH_NAME.search(name) is not None and _COUNTS.search(name) is None


def _factors(evidence: Evidence) -> _Narrow | None:
    """Two or more learned tables whose rows are looked up, with as many numbers for each row."""
    for trace in evidence.training_traces[1:2]:  # in the first step they are only being drawn
        tables: dict[str, int] = {}
        last: Op | None = None
        for op in trace.behind(trace.root):
            for table in trace.inputs(op) if op.name in _LOOKED_UP else ():
                shape = table.output.shape if table.kind == "parameter" and table.output is not None else []
                if len(shape) == 2 and shape[0] >= _TABLE * shape[1]:
                    tables[table.parameter or ""], last = shape[1], op
        widest = max(tables.values(), default=0)
        factors = [width for width in tables.values() if width in (widest, 1)]  # one: a bias beside them
        alike = len(factors) == len(tables) and factors.count(widest) > 1
        return _Narrow(widest, last, table=True) if alike and last is not None else None
    return None


def _narrowest(evidence: Evidence) -> _Narrow | None:
    """The narrowest layer that another layer follows, by its recorded results; None without any."""
    for trace in evidence.training_traces:
        layers = [op for op in trace.behind(trace.root) if op.name in _LAYERS and _has_weights(trace, op)]
        followed = {before.number for op in layers for before in trace.behind(op.number)[1:]}
        widths = [
            _Narrow(op.output.shape[1 if op.name.startswith("conv") else -1], op)
            for op in layers
            if op.number in followed and op.output is not None and len(op.output.shape) > 1
        ]
        return min(widths, key=lambda found: found.width, default=None)
    return None


def _given(narrow: _Narrow) -> ast.expr | None:
    """What the constructor of a layer or table is given for its width."""
    names = ["hidden_size", "out_features", "out_channels", "embedding_dim"]
    return source.argument(narrow.op.module_place, names, 1)


def _place(model: ModelFacts, narrow: _Narrow) -> Place | None:
    """Where a layer with its width written in it is made; else where the model is."""
    if isinstance(_given(narrow), ast.Constant):
        return narrow.op.module_place
    return calls.constructed_at(model.place, model.kind)


def _named(evidence: Evidence, narrow: _Narrow) -> Edit | None:
    """The width of a layer as another number, where it is written at another line than the layer: it has a name.

    A number that stands in the layer itself stands in the next one, too, and cannot be changed alone.
    """
    place, given = narrow.op.module_place, _given(narrow)
    if place is None or place.file != evidence.script or given is None or isinstance(given, ast.Constant):
        return None
    written = edits.literal(literals.origin(place.file, given), narrow.width, str(narrow.wider))
    return written or _only_named(place.file, narrow)


def _has_weights(trace: Trace, op: Op) -> bool:
    return any(given.kind == "parameter" for given in trace.inputs(op))


class _Beside(Listener):
    """Adds the output of a wider network, fed with the same input, to the model's.

    Its parameters join the optimizer; they are drawn from a stream of their own.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self._models: list[Any] = []
        self._optimizer: Any = None
        self._side: Any = None

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizer = self._optimizer or event.optimizer

    def module_end(self, event: ModuleCall) -> None:
        import torch

        given, out = (event.args[0] if event.args else None), event.output
        if event.depth or not isinstance(given, torch.Tensor) or not isinstance(out, torch.Tensor):
            return
        if next(event.module.parameters(), None) is None:
            return
        if not any(known is event.module for known in self._models):
            self._models.append(event.module)
        if len(self._models) <= self.number or self._models[self.number] is not event.module:
            return
        if not given.is_floating_point() or given.ndim < 2 or not out.ndim or len(out) != len(given):
            return
        if self._side is None:
            self._side = self._made(given[0].numel(), out[0].numel(), given)
        event.output = out + self._side(given.flatten(1)).view(out.shape)

    def _made(self, inputs: int, outputs: int, like: Any) -> Any:
        import torch
        from torch import nn

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            side = nn.Sequential(
                nn.Linear(inputs, _WIDTH),
                nn.ReLU(),
                nn.Linear(_WIDTH, _WIDTH),
                nn.ReLU(),
                nn.Linear(_WIDTH, outputs),
            ).to(like)
        if self._optimizer is not None:
            hold(self._optimizer, list(side.parameters()))
        return side


def intervene(settings: dict[str, Any]) -> Listener:
    """Gives the model room."""
    return _Beside(settings["model"])
