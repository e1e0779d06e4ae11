"""Sigmoid or tanh units are stuck at their limits because what they are given is too large from the start.

What it sees:
    On the first recorded step most outputs of a sigmoid or tanh are at their limits (their mean square, measured
    from the middle, is above 0.75 of the most there can be): a weight matrix in front of them is spread over twice as
    far as its number of inputs allows, or a slope, a gain or a sum on the way there has made the signal large. Or what
    is added to the learned signal (or multiplied with it) from outside is several times as large, as positions 0..79
    are beside an embedding.

Why learning fails:
    At its limits a sigmoid is flat: no gradient comes through, so the unit stays as it was drawn, for ever. Weights
    of spread 2 with 100 inputs give sums of spread 20, where tanh is 1 to nine digits.

Example:
    W = (2.0 * torch.randn(n_in, n_out)).requires_grad_()

Fix:
    Draw weights with a spread of 1/sqrt(number of inputs), as nn.Linear does; `torch.nn.init.xavier_uniform_`. Use a
    slope near 1, means instead of sums, a normalization layer.

Certainty:
    Named when the run with those weights scaled to 1/sqrt(inputs) at the start loses at least 30% of the error. A
    tanh of standard normal sums has a mean square of 0.39, of sums of spread 3 one of 0.74. Where no weights are wide,
    the activation's argument is divided by its size at the first step instead, which must take 40% of the error away;
    and where something from outside drowns what is learned, that alone is divided, as otherwise nothing of the learned
    part would be left.
    Asked while more than a hundredth of the error of chance is left: below that nothing can be gained.

Look-alikes:
    model/bad-init has the same remedy. data/not-normalized: the weights are right and the inputs too large.
    optim/lr-too-high: units saturate later. Gates that close on purpose do so after training.

References:
    Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from vitreous.doctor import literals, reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import LINEAR, Op, Trace
from vitreous.record.events import Backward, Constructed, Listener, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault("model/saturated-units", "error", "forward", "sigmoid or tanh units are stuck at their limits")

_FULL = 0.75
_WIDE = 2.0  # times 1/sqrt(inputs)
_FIT = 0.01  # of the error of chance: below it there is nothing to gain
_GAIN = 0.4  # where nothing but the activation is known to be at fault
_WAY = 12  # operations in front of an activation
_MULTIPLYING = frozenset(["mul", "__mul__", "__rmul__", "mul_", "multiply", "div", "__truediv__"])
_GROWS = 3.0  # times, at one operation
_ADDING = frozenset(
    ["add", "__add__", "__radd__", "add_", "__iadd__", "sub", "__sub__", "__rsub__", "sub_", "__isub__"]
)
_SCALING = frozenset(["mul", "__mul__", "__rmul__", "mul_", "__imul__", "multiply"])
_SIGMOID, _TANH = frozenset(["sigmoid", "sigmoid_"]), frozenset(["tanh", "tanh_"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Saturated units behind wide weights at the first recorded step."""
    fit = symptoms.fit(evidence)
    first = next((t for t in evidence.training_traces if t.step <= 1), None)
    if first is None or not (fit.end > _FIT * fit.chance or fit.poor):
        return
    full = [op for op in first.behind(first.root) if _fullness(op) > _FULL and _is_hidden(first, op)]
    wide: dict[str, tuple[ParameterFacts, int, Op]] = {}
    for op in full:
        for key, axis in _weights(first, op):
            facts = evidence.parameters.get(key)
            if facts is not None and _wide(facts, axis):
                wide[key] = (facts, axis, op)
    if not wide:
        if full:
            yield _too_much(first, full)
        return
    facts, axis, op = min(wide.values(), key=lambda found: found[2].number)
    place = reading.drawn_at(evidence, facts)
    for op_behind in first.behind(first.root):  # what the same line drew too large makes the same trouble
        for key, other_axis in _matrices(first, op_behind):
            other = evidence.parameters.get(key)
            if other is not None and _wide(other, other_axis) and reading.drawn_at(evidence, other) == place:
                wide.setdefault(key, (other, other_axis, op))
    spread = facts.first.std if facts.first is not None else None
    numbered = _numbered(evidence, [[key, axis] for key, (_, axis, _) in wide.items()])
    # where they are updated by hand, there is no optimizer by which another run could find them
    shapes = [[*known.shape, axis] for known, axis, _ in wide.values()]
    found_by = {"weights": numbered} if numbered else {"shapes": shapes}
    trials = [Trial("those weights scaled to 1/sqrt(inputs) at the start", found_by)]
    yield Suspicion(
        place or op.blame, 0.75,
        [
            Row(
                f"mean square of {op.name.strip('_')}, of the most there can be", round_to(_fullness(op)), "",
                first.step,
            ),
            Row("spread of the weights in front", round_to(spread or 0.0)),
            Row("1/sqrt(inputs)", round_to(facts.shape[axis] ** -0.5)),
        ],
        "draw the weights with a spread of 1/sqrt(number of inputs), as nn.init.xavier_normal_ does",
        summary=f"{op.name.strip('_')} units are stuck at their limits: the weights were drawn too large",
        explains=[symptoms.SATURATED, symptoms.GRADIENTS_VANISH, symptoms.SLOW, symptoms.FLAT],
        trials=trials,
    )  # fmt: skip


def _too_much(trace: Trace, full: list[Op]) -> Suspicion:
    """Units whose weights are as they should be: what else makes their arguments large."""
    op = min(full, key=lambda found: found.number)
    loud = _drowned(trace, op)
    grown, slope = (loud.op, None) if loud is not None else _grown(trace, op)
    given = trace.inputs(op)[0] if trace.inputs(op) else None
    place = op.blame
    if grown is not None:
        place = literals.written(grown.place, slope) if slope is not None else grown.blame
    rows = [
        Row(
            f"mean square of {op.name.strip('_')}, of the most there can be",
            round_to(_fullness(op)),
            "",
            trace.step,
        ),
        Row("size of what it is given", round_to(_size(given) or 0.0)),
    ]
    fix = "keep the argument near 1 in size: normalize what goes in, or divide it"
    if slope is not None:
        fix = f"use a slope near 1 instead of {slope:g}"
    elif loud is not None:
        rows += [
            Row("size of what is learned in front", round_to(loud.learned)),
            Row("size of what meets it", round_to(loud.size)),
        ]
        fix = (
            f"bring what meets the learned signal there to its size: divide it by {round_to(loud.times, 2):g}"
        )
    elif grown is not None:
        rows.append(
            Row(f"size of the result of {grown.name.strip('_')} in front", round_to(_size(grown) or 0.0))
        )
        fix = "take the mean instead of the sum" if grown.name == "sum" else fix
    return Suspicion(
        place, 0.7, rows, fix,
        summary=f"{op.name.strip('_')} units are stuck at their limits: what they are given is too large",
        explains=[symptoms.SATURATED, symptoms.GRADIENTS_VANISH, symptoms.SLOW, symptoms.FLAT],
        trials=([loud.trial] if loud is not None else []) + [_divided(full)],
        gain=_GAIN,
    )  # fmt: skip


def _divided(full: list[Op]) -> Trial:
    at = [[op.blame.file, op.blame.line, op.name] for op in full if op.blame is not None]
    return Trial("their arguments divided by their size at the first step", {"at": at})


def _grown(trace: Trace, op: Op) -> tuple[Op | None, float | None]:
    """The operation on the way to an activation that made the signal large, and the number it multiplied by, if so."""
    best: tuple[float, Op, float | None] | None = None
    current, seen = op, 0
    while current is not None and seen < _WAY:
        inputs = [i for i in trace.inputs(current) if i.kind == "op" and _size(i)]
        if current is not op:
            sizes = [s for i in trace.inputs(current) if i.kind != "parameter" and (s := _size(i))]
            times = (_size(current) or 0.0) / max(sizes) if sizes else 0.0
            if times >= _GROWS and (best is None or times > best[0]):
                numbers = [v for v in current.arguments.values() if type(v) in (int, float)]
                slope = numbers[0] if current.name in _MULTIPLYING and len(numbers) == 1 else None
                best = (times, current, 1 / slope if slope and "div" in current.name else slope)
        current, seen = next((i for i in inputs if trace.learns(i)), None), seen + 1  # type: ignore[assignment]
    return (best[1], best[2]) if best is not None else (None, None)


@dataclass(frozen=True)
class _Loud:
    """What comes from outside and is far larger than the learned signal it meets.

    Attributes:
        op: The operation where they meet.
        which: Its place among the operation's tensors.
        size, learned: The sizes of both; the second is 1 where they are multiplied: a factor of size 1 does no harm.
    """

    op: Op
    which: int
    size: float
    learned: float

    @property
    def times(self) -> float:
        """How much too large it is."""
        return self.size / self.learned

    @property
    def trial(self) -> Trial:
        """The run with it brought to the size of what is learned, and nothing else changed."""
        place = self.op.place
        settings = {"name": self.op.name, "which": self.which, "times": self.times, "size": self.size}
        at = {"file": place.file, "line": place.line} if place is not None else {}
        return Trial(
            f"what meets the learned signal from outside divided by {self.times:.3g}", {"loud": settings | at}
        )


def _drowned(trace: Trace, op: Op) -> _Loud | None:
    """Where on the way to an activation something from outside drowns what is learned; the worst such place."""
    found: list[_Loud] = []
    waiting, known = [op], {op.number}
    while waiting and len(known) <= 2 * _WAY:
        current = waiting.pop(0)
        inputs = trace.inputs(current)
        if current.name in _ADDING | _SCALING and len(inputs) == 2 and current.place is not None:
            for which, (one, other) in enumerate((inputs, inputs[::-1])):
                size, learned = _size(one), _size(other)
                if size and learned and trace.learns(other) and not trace.learns(one):
                    found.append(_Loud(current, which, size, learned if current.name in _ADDING else 1.0))
        following = [i for i in inputs if i.kind == "op" and i.number not in known]
        known.update(i.number for i in following)
        waiting += following
    loud = [
        one for one in found if one.times >= _GROWS and one.size >= _GROWS
    ]  # what is small saturates nothing
    return max(loud, key=lambda one: one.times, default=None)


def _size(op: Op | None) -> float | None:
    """The root of the mean square of a result."""
    out = op.output if op is not None else None
    if out is None or out.mean is None or out.std is None:
        return None
    return float((out.mean**2 + out.std**2) ** 0.5)


def _fullness(op: Op) -> float:
    """The mean square from the middle, of the most there can be; 1: all at a limit."""
    out = op.output
    if out is None or out.mean is None or out.std is None:
        return 0.0
    if op.name in _TANH:
        return out.mean**2 + out.std**2
    return 4 * ((out.mean - 0.5) ** 2 + out.std**2) if op.name in _SIGMOID else 0.0


def _is_hidden(trace: Trace, op: Op) -> bool:
    """Whether anything learned follows: the output's own sigmoid may be sure of itself."""
    after, waiting = set(), [op.number]
    while waiting:
        number = waiting.pop()
        for user in trace.users(number):
            if user.number not in after:
                after.add(user.number)
                waiting.append(user.number)
    beside = (
        i for number in after if (o := trace.op(number)) for i in trace.inputs(o) if i.number not in after
    )
    return any(trace.learns(i) and i.output is not None and i.output.shape and i is not op for i in beside)


def _weights(trace: Trace, op: Op) -> Iterator[tuple[str, int]]:
    """The weight matrices of the products that an activation gets, with the axis of their inputs."""
    waiting, seen = trace.inputs(op), 0
    while waiting and seen < 12:
        current, seen = waiting.pop(0), seen + 1
        if current.name in LINEAR:
            yield from _matrices(trace, current)
        elif current.kind == "op":
            waiting += trace.inputs(current)


def _matrices(trace: Trace, op: Op) -> Iterator[tuple[str, int]]:
    """The weight matrices of a product, with the axis of their inputs."""
    for given in trace.inputs(op) if op.name in LINEAR else ():
        if given.kind == "parameter" and given.output is not None and len(given.output.shape) >= 2:
            yield given.parameter or "", 1 if op.name == "linear" or op.name.startswith("conv") else 0


def _wide(facts: ParameterFacts, axis: int) -> bool:
    inputs = facts.shape[axis]
    return facts.first is not None and (facts.first.std or 0.0) * inputs**0.5 > _WIDE


def _numbered(evidence: Evidence, wanted: list[list[Any]]) -> list[list[int]]:
    """Parameters as [optimizer, place in it, axis of the inputs]: what another run can find again."""
    return [
        [number, optimizer.parameters.index(key), axis]
        for key, axis in wanted
        for number, optimizer in enumerate(evidence.optimizers)
        if key in optimizer.parameters
    ]


def _narrow(weights: Any, axis: int) -> None:
    """Scales a matrix to a spread of 1/sqrt(inputs)."""
    weights.data.mul_(weights.shape[axis] ** -0.5 / max(float(weights.std()), 1e-12))


class _NarrowBare(Listener):
    """Scales matrices of these shapes that are too wide, at the first backward pass: no optimizer holds them."""

    def __init__(self, shapes: list[list[int]]) -> None:
        self.shapes = {tuple(shape): axis for *shape, axis in shapes}
        self._done = False

    def backward_begin(self, event: Backward) -> None:
        from vitreous.record.notes.steps import graph_leaves

        for leaf in graph_leaves(event.roots) if not self._done else ():
            axis = self.shapes.get(tuple(leaf.shape))
            if axis is not None and float(leaf.std()) * leaf.shape[axis] ** 0.5 > _WIDE:
                _narrow(leaf, axis)
        self._done = True


class _Narrow(Listener):
    """Scales matrices to a spread of 1/sqrt(inputs) as soon as their optimizer is made."""

    def __init__(self, weights: list[list[int]]) -> None:
        self.weights = weights
        self._count = 0

    def optimizer_made(self, event: OptimizerEvent) -> None:
        held = [p for group in event.optimizer.param_groups for p in group["params"]]
        for number, index, axis in self.weights:
            if number == self._count and index < len(held):
                _narrow(held[index], axis)
        self._count += 1


class _Divided(Listener):
    """Divides the arguments of activations by their size when they are first computed, for the whole run."""

    def __init__(self, at: list[list[Any]]) -> None:
        self.at = {(file, line, name) for file, line, name in at}
        self._lines = {(file, line) for file, line, _ in at}
        self._made: dict[int, tuple[Any, Place]] = {}
        self._sizes: dict[Any, float] = {}

    def module_made(self, event: Constructed) -> None:
        if event.place is not None and (event.place.file, event.place.line) in self._lines:
            self._made[id(event.module)] = (event.module, event.place)

    def op_begin(self, event: OpCall) -> None:
        module = event.modules[-1] if event.modules else None
        known = self._made.get(id(module))
        own = event.places[0] if event.places else None
        for place in (known[1] if known is not None else None, own):
            if place is not None and (place.file, place.line, event.name) in self.at and event.args:
                key = (id(module), place.line, event.name)
                if key not in self._sizes:
                    self._sizes[key] = max(1.0, float(event.args[0].detach().square().mean()) ** 0.5)
                event.args = (event.args[0] / self._sizes[key], *event.args[1:])
                return


class _Quieter(Listener):
    """Divides one argument of an operation at a line, wherever it is as large as it was seen to be."""

    def __init__(self, loud: dict[str, Any]) -> None:
        self.loud = loud

    def op_begin(self, event: OpCall) -> None:
        loud, place = self.loud, event.places[0] if event.places else None
        if (
            event.name != loud["name"]
            or place is None
            or (place.file, place.line) != (loud["file"], loud["line"])
        ):
            return
        import torch

        tensors = [i for i, given in enumerate(event.args) if isinstance(given, torch.Tensor)]
        if len(tensors) != 2:
            return
        index = tensors[loud["which"]]
        size = float(event.args[index].detach().double().square().mean()) ** 0.5
        if size > 0.3 * loud["size"]:  # another sum of the same line is left alone
            given = event.args[index] / loud["times"]
            event.args = (*event.args[:index], given, *event.args[index + 1 :])


def intervene(settings: dict[str, Any]) -> Listener:
    """Draws the weights as they should be, or makes smaller what the activations are given."""
    if "loud" in settings:
        return _Quieter(settings["loud"])
    if "at" in settings:
        return _Divided(settings["at"])
    return _NarrowBare(settings["shapes"]) if "shapes" in settings else _Narrow(settings["weights"])
