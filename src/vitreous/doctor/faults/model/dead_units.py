"""Most units of a layer are zero for every input, and so get no gradient.

What it sees:
    In the last recorded steps at least 90% of the outputs of a ReLU (or of a shrinking activation, or of one written by
    hand with a comparison, `where` or `clamp`) are zero, or all of them, and training is poor. Where the error looks
    small (of rare positives any constant answer gets nearly all right), all of them, and parameters get no gradient.

Why learning fails:
    Where ReLU is zero so is its slope: a unit that is zero for every sample of the data never gets a gradient again.

Example:
    model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), …)      # after one step with lr=10

Fix:
    Lower the learning rate, remove a large negative bias, or use LeakyReLU or GELU; lower a threshold, or the factor of
    a penalty on the units' sum.

Certainty:
    Suspected from a share of 90% of zeros on, when training is poor; named when a run with LeakyReLU in the same place,
    with a tenth of the threshold (none, in one written by hand), with biases started at zero (where they start below
    -1), or with a hundredth of the penalty on their sum restores learning; of all of them where the error looks small,
    when it lowers the training loss.

Look-alikes:
    Sparse activations that work: training is good there, and nothing is reported. A learning rate that kills units
    is optim/lr-too-high, and is proven as that.

References:
    Maas, Hannun & Ng 2013, https://ai.stanford.edu/~amaas/papers/relu_hybrid_icml2013_final.pdf
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, prices, reading, source, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import LINEAR, SHAPING, Op, Trace
from vitreous.record.events import Listener, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault(
    "model/dead-units",
    "error",
    "forward",
    "most units of a layer are zero for every input",
    symptom=symptoms.DEAD_UNITS,
)

_RECTIFIERS = ("relu", "relu_", "relu6", "hardtanh")
_SHRINKERS = ("softshrink", "hardshrink")
_COMPARISONS = ("gt", "ge", "lt", "le", "__gt__", "__ge__", "__lt__", "__le__")
_SHIFTS = ("sub", "__sub__", "add", "__add__", "sub_", "add_")
_CHOOSING = ("clamp", "clamp_min", "clamp_", "maximum", "threshold")
_MASKING = ("where", "mul", "__mul__", "mul_")
_NEAR = 8  # results between an activation and the next layer
_DEAD = 0.9
_ALL = 0.999  # asked where the error looks small: of rare positives any constant answer gets nearly all right
_CHEAPER = (0.01,)
_LOW = -1.0  # PyTorch's own biases lie within 1/sqrt(inputs) of zero


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Units of the last recorded steps."""
    poor = symptoms.fit(evidence).poor
    if not poor and symptoms.NO_GRADIENT not in symptoms.observed(evidence):
        return
    dead: dict[Any, tuple[Trace, Op, float]] = {}
    for trace in evidence.training_traces[-3:]:
        for op in trace.behind(trace.root):
            known = op.name in _RECTIFIERS + _SHRINKERS or _by_hand(trace, op)
            zeros = op.output.zeros if op.output and known and op.place else None
            if zeros is not None and zeros >= (_DEAD if poor else _ALL):
                dead[op.blame, op.module] = (trace, op, zeros)
    if not dead:
        return
    # of the deadest layers the first: those behind it are given nothing but zeros
    trace, op, zeros = max(dead.values(), key=lambda found: (round(found[2], 2), -found[1].number))
    biases, levels = _low_biases(evidence, trace, op), _levels(trace, op)
    shrinks, price = op.name in _SHRINKERS, prices.of(trace, op)
    rows = [
        Row(
            f"outputs of {op.module or 'the activation'} that are zero",
            round_to(100 * zeros),
            "%",
            trace.step,
        ),
        Row("layers with 90% zeros or more", len(dead)),
    ]
    leak: dict[str, Any] = {"do": "leak"} if op.name in _RECTIFIERS else _at_line(op, "leak by hand")
    trials = [Trial("ReLU replaced by LeakyReLU", leak)]
    place, fix = op.blame, "lower the learning rate or the biases, or use nn.LeakyReLU"
    if shrinks:
        trials = [Trial("a tenth of the threshold", {"do": "shrink less"})]
        place, fix = _threshold(op), "lower the threshold: nothing passes it"
    elif levels:
        level = max(levels, key=abs)
        rows.append(Row("level that is to be exceeded", round_to(level)))
        trials.append(Trial(f"a level of 0 instead of {level:g}", _at_line(op, "level", levels)))
        place, fix = literals.written(op.place, level), "lower the level: hardly anything exceeds it"
    elif price is not None:
        rows.append(Row("price of their sum in the loss", round_to(price.value)))
        trials = price.trials("the price", _CHEAPER)
        place, fix = price.place, "lower the price: it pushes every unit below zero, where it stays"
    elif biases:
        bias = biases[0]
        rows.append(Row("largest bias in front of it at the start", round_to(_largest(bias) or 0.0)))
        trials.append(
            Trial("those biases started at zero", {"do": "biases", "at": _numbered(evidence, biases)})
        )
        place, fix = reading.drawn_at(evidence, bias) or op.blame, "start the biases of hidden layers at zero"
    known = bool(biases or shrinks or levels or price)
    yield Suspicion(
        place, 0.65 if known else 0.55, rows, fix, explains=[symptoms.FLAT, symptoms.NO_GRADIENT], trials=trials,
        metric="left" if price else "fit" if poor else "training loss", gain=0.4,
    )  # fmt: skip


def _low_biases(evidence: Evidence, trace: Trace, op: Op) -> list[ParameterFacts]:
    """The biases in front of all such activations that begin so low that hardly anything exceeds them."""
    found = []
    for unit in trace.behind(trace.root):
        if unit.name == op.name:
            waiting, seen = trace.inputs(unit), 0
            while waiting and seen < 6:
                current, seen = waiting.pop(0), seen + 1
                for given in trace.inputs(current):
                    facts = evidence.parameters.get(given.parameter or "")
                    if facts is not None and len(facts.shape) == 1 and (_largest(facts) or 0.0) <= _LOW:
                        found.append(facts)
                    elif given.kind == "op" and current.name not in LINEAR:
                        waiting.append(given)
    return sorted(found, key=lambda facts: facts.key)


def _by_hand(trace: Trace, op: Op) -> bool:
    """Whether this is a rectifier of one's own in front of another layer: part of what it is given goes through."""
    if op.name not in _CHOOSING + _MASKING or not trace.learns(op):
        return False
    if op.name in _MASKING and not any(_compared(trace, given) for given in trace.inputs(op)):
        return False
    waiting, seen = [op.number], 0
    while waiting and seen < _NEAR:
        seen += 1
        for user in trace.users(waiting.pop(0)):
            if user.name in LINEAR:
                return True
            waiting += [user.number] if user.name in SHAPING or user.module != op.module else []
    return False


def _compared(trace: Trace, op: Op) -> bool:
    """Whether it is a comparison of what depends on parameters, its type changed or not."""
    made = trace.origin(op)
    return made is not None and made.name in _COMPARISONS and trace.learns(made)


def _levels(trace: Trace, op: Op) -> list[float]:
    """The numbers other than zero that a rectifier compares with or subtracts at its own line."""
    near = [given for given in trace.behind(op.number) if given.place == op.place and given.kind == "op"]
    found = set()
    for given in near:
        value = given.arguments.get("1") if given.name in _COMPARISONS + _SHIFTS else None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value:
            found.add(float(value))
    return sorted(found)


def _at_line(op: Op, what: str, values: list[float] | None = None) -> dict[str, Any]:
    place = op.place
    return {
        "do": what, "name": op.name, "file": place.file if place else "", "line": place.line if place else 0,
        "values": values or [],
    }  # fmt: skip


def _largest(facts: ParameterFacts) -> float | None:
    return facts.first.maximum if facts.first is not None else None


def _numbered(evidence: Evidence, parameters: list[ParameterFacts]) -> list[list[int]]:
    """Parameters as [optimizer, place in it]: what another run can find again."""
    return [
        [number, optimizer.parameters.index(facts.key)]
        for facts in parameters
        for number, optimizer in enumerate(evidence.optimizers)
        if facts.key in optimizer.parameters
    ]


def _threshold(op: Op) -> Place | None:
    """Where the threshold of a shrinking activation is written down."""
    place = op.blame
    given = source.argument(place, ["lambd"], 0 if op.builtin else 1, "shrink") or source.argument(
        place, ["lambd"], 0 if op.builtin else 1, "Shrink"
    )
    return (literals.origin(place.file, given) if place is not None and given is not None else None) or place


class _Leaky(Listener):
    """ReLU with a slope of 0.01 below zero, or a threshold of a tenth."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def op_begin(self, event: OpCall) -> None:
        import torch

        functional = torch.nn.functional
        if event.name not in self.names or event.name == "hardtanh":
            return
        if event.name in _RECTIFIERS:
            event.replace(functional.leaky_relu(event.args[0], 0.01))
        else:
            given = event.args[1] if len(event.args) > 1 else event.kwargs.get("lambd", 0.5)
            event.args, event.kwargs = (event.args[0], given / 10), {}


class _AtLine(Listener):
    """A rectifier written by hand at one line: with a slope of 0.01 below zero, or with its levels at zero."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def op_begin(self, event: OpCall) -> None:
        wanted, place = self.settings, event.places[0] if event.places else None
        if place is None or place.line != wanted["line"] or place.file != wanted["file"]:
            return
        if wanted["do"] == "level" and event.name in _COMPARISONS + _SHIFTS and len(event.args) > 1:
            if isinstance(event.args[1], (int, float)) and event.args[1] in wanted["values"]:
                event.args = (event.args[0], 0.0, *event.args[2:])
        elif wanted["do"] == "leak by hand" and event.name == wanted["name"]:
            self._leak(event)

    def _leak(self, event: OpCall) -> None:
        import torch

        numbers = [a for a in event.args if isinstance(a, torch.Tensor) and a.requires_grad]
        if numbers:
            event.replace(torch.nn.functional.leaky_relu(numbers[0], 0.01))


class _Biases(Listener):
    """Sets biases to zero as soon as their optimizer is made."""

    def __init__(self, at: list[list[int]]) -> None:
        self.at = at
        self._count = 0

    def optimizer_made(self, event: OptimizerEvent) -> None:
        held = [p for group in event.optimizer.param_groups for p in group["params"]]
        for number, index in self.at:
            if number == self._count and index < len(held):
                held[index].data.zero_()
        self._count += 1


def intervene(settings: dict[str, Any]) -> Listener:
    """Units that cannot die, or that are alive at the start."""
    if settings["do"] == "biases":
        return _Biases(settings["at"])
    if settings["do"] in ("level", "leak by hand"):
        return _AtLine(settings)
    return _Leaky(_RECTIFIERS if settings["do"] == "leak" else _SHRINKERS)
