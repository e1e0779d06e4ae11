"""Depth, saturating activations or plain recurrence starve the early layers of gradient.

What it sees:
    Gradient norms of the weight matrices on the first recorded step, those of queries and keys aside: of the first
    layers they are under a thousandth of the last layer's. Or a plain recurrent network (tanh) over many steps. In
    both, training stays poor.

Why learning fails:
    The slope of a sigmoid is a quarter at most, that of tanh below one; each layer (and each time step) multiplies
    the gradient by it and by its weights. After six sigmoid layers a hundred-thousandth is left: the first layers
    stay as they were drawn, and the later ones learn from random features.

Example:
    for n_in, n_out in zip(widths[:-1], widths[1:]):
        layers += [nn.Linear(n_in, n_out), nn.Sigmoid()]

Fix:
    ReLU (or GELU) between the layers, normalization or residual connections; an LSTM or GRU instead of nn.RNN.

Certainty:
    Named when training is poor and the same run with ReLU in their place, with the activations' inputs
    standardized, or with a GRU instead of the plain recurrence, loses at least 30% of the error. A thousandth is a
    choice: networks of three sigmoid layers that learn have a hundredth.

Look-alikes:
    model/saturated-units and model/bad-init: the units sit at their limits because of the weights, at any depth.
    model/dead-units: the gradient is zero, not small.

References:
    Hochreiter 1991; Glorot and Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html;
    Tallec and Ollivier 2018 (the gate biases of the trial), https://arxiv.org/abs/1804.11188
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms, written_out
from vitreous.doctor.change import hold
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import SHAPING, Op, Trace
from vitreous.record.events import Constructed, Listener, ModuleCall, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "model/vanishing-gradients", "error", "forward", "the early layers get almost no gradient",
    symptom=symptoms.GRADIENTS_VANISH,
)  # fmt: skip

_RATIO = 1e-3
_LEAST_LAYERS = 4
_LEAST_STEPS_IN_TIME = 15
_LEAST_POWER = 1e-7  # of e: below, a sum with 1 is 1
_HOPS = 12  # operations between a query and its attention, at most
_PRODUCTS = frozenset(["matmul", "__matmul__", "__rmatmul__", "bmm", "baddbmm", "einsum"])
_SHAPES = SHAPING | {"dropout"}
_TO_SCORES = (
    _PRODUCTS | SHAPING | {"mul", "__mul__", "div", "__truediv__", "add", "__add__", "masked_fill", "tril"}
)
_SQUASHING = frozenset(["sigmoid", "tanh", "sigmoid_", "tanh_", "softsign", "hardsigmoid", "hardtanh"])
_RECTIFYING = frozenset(["relu", "relu_", "leaky_relu", "elu", "gelu", "silu", "selu"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """A starved start of the network, or a plain recurrence over many steps, where training is poor."""
    if not symptoms.fit(evidence).poor or not evidence.training_traces:
        return
    trace = evidence.training_traces[0]
    norms = _by_layer(evidence, trace)
    if len(norms) >= _LEAST_LAYERS and norms[-1] > 0 and 0 < min(norms[:2]) < _RATIO * norms[-1]:
        yield from _deep(trace, norms)
    for op in trace.behind(trace.root):
        steps = _time_steps(trace, op)
        if steps >= _LEAST_STEPS_IN_TIME:
            yield _recurrent(op, steps)
            return


def _by_layer(evidence: Evidence, trace: Trace) -> list[float]:
    """The first recorded gradient norm of each weight matrix, in the order of their use."""
    found, behind = [], {op.number for op in trace.behind(trace.root)}
    for op in trace.ops:
        layers = [user for user in trace.users(op.number) if user.number in behind] if op.parameter else []
        facts = evidence.parameters.get(op.parameter or "")
        if (
            facts is not None
            and len(facts.shape) >= 2
            and facts.norms
            and facts.received
            and facts.kind != "Embedding"
            and not (layers and all(_only_steers(trace, layer) for layer in layers))
        ):
            found.append((min([layer.number for layer in layers], default=op.number), facts.norms[0][1]))
    return [norm for _, norm in sorted(found)]


def _only_steers(trace: Trace, op: Op, hops: int = 0) -> bool:
    """Whether a result only says where an attention looks, as queries and keys do: their gradient is small of itself.

    It does not starve: while the attention is about even, hardly anything depends on it.
    """
    users = trace.users(op.number) if hops < _HOPS else []
    for user in users:
        if user.name == "scaled_dot_product_attention":
            steers = op.number in user.inputs[:2]
        elif user.name == "softmax":
            steers = any(later.name in _PRODUCTS for later in _later(trace, user))
        else:
            steers = user.name in _TO_SCORES and _only_steers(trace, user, hops + 1)
        if not steers:
            return False
    return bool(users)


def _later(trace: Trace, op: Op) -> list[Op]:
    """What takes a result, changes of shape and dropout aside."""
    found: list[Op] = []
    for user in trace.users(op.number):
        found += _later(trace, user) if user.name in _SHAPES else [user]
    return found


def _deep(trace: Trace, norms: list[float]) -> Iterator[Suspicion]:
    ops = [
        op
        for op in trace.behind(trace.root)
        if (op.name in _SQUASHING or written_out.is_sigmoid(trace, op)) and _is_hidden(trace, op)
    ]
    kind = "squashing" if len(ops) >= _LEAST_LAYERS - 1 else "depth"
    if kind == "depth":
        ops = [
            op
            for op in trace.behind(trace.root)
            if op.name in _RECTIFYING | _SQUASHING and _is_hidden(trace, op)
        ]
    places = Counter((op.blame.file, op.blame.line, op.name) for op in ops if op.blame is not None)
    if not places:
        return
    (file, line, name), _ = places.most_common(1)[0]
    place = next(
        op.blame for op in ops if op.blame is not None and (op.blame.file, op.blame.line) == (file, line)
    )
    wanted = [list(key) for key in places]
    plain = "sigmoid" if name in written_out.INVERSES else name.strip("_")
    trials = [
        Trial(f"{plain} with its input standardized over the batch", {"do": "standardize", "at": wanted})
    ]
    if kind == "squashing":
        trials.insert(0, Trial(f"ReLU in place of {plain}", {"do": "relu", "at": wanted}))
    yield Suspicion(
        place,
        0.8 if kind == "squashing" else 0.55,
        [
            Row("gradient norm of the first layer over the last", round_to(norms[0] / norms[-1])),
            Row("weight layers", len(norms)), Row(f"{plain} layers", sum(op.name == name for op in ops)),
        ],
        f"use ReLU instead of {plain} between the layers" if kind == "squashing"
        else "put normalization layers or residual connections between the layers",
        summary=f"{len(norms)} layers with {plain} leave the first {norms[0] / norms[-1]:.1g} of the last's gradient",
        explains=[symptoms.GRADIENTS_VANISH, symptoms.FLAT, symptoms.SLOW, symptoms.ONE_CLASS],
        trials=trials,
    )  # fmt: skip


def _is_hidden(trace: Trace, op: Op) -> bool:
    """Whether a layer follows: the last activation of a model is not in question, nor are gates."""
    after = [user.name for user in trace.users(op.number)]
    return any(
        name in ("linear", "matmul", "__matmul__", "addmm", "mm")
        or name.startswith(("conv", "max_pool", "avg_pool", "dropout", "batch_norm", "layer_norm"))
        for name in after
    )


def _time_steps(trace: Trace, op: Op) -> int:
    """Over how many steps a plain recurrence runs; 0 where it is none."""
    inputs = trace.inputs(op)
    if op.name != "rnn_tanh" or not inputs or inputs[0].output is None or len(inputs[0].output.shape) != 3:
        return 0
    first = bool(op.arguments.get("8", op.arguments.get("batch_first")))
    return inputs[0].output.shape[1 if first else 0]


def _recurrent(op: Op, steps: int) -> Suspicion:
    place: Place | None = op.blame
    settings = {
        "do": "gru",
        "file": place.file if place else "",
        "line": place.line if place else 0,
        "steps": steps,
    }
    return Suspicion(
        place, 0.5, [Row("time steps of a plain recurrent network", steps)],
        "use nn.GRU or nn.LSTM instead of nn.RNN",
        summary=f"a plain recurrent network carries no gradient over {steps} steps",
        explains=[symptoms.GRADIENTS_VANISH, symptoms.FLAT, symptoms.ONE_CLASS],
        trials=[Trial("a GRU in place of the plain recurrent network", settings)],
    )  # fmt: skip


class _OtherActivation(Listener):
    """Replaces activations, by the constructor's or the operation's line."""

    def __init__(self, do: str, at: list[list[Any]]) -> None:
        self.do, self.at = do, {(file, line, name) for file, line, name in at}
        self._lines = {(file, line) for file, line, _ in at}
        self._made: dict[int, tuple[Any, Place]] = {}
        self._inside = False

    def module_made(self, event: Constructed) -> None:
        place = event.place
        if place is not None and (place.file, place.line) in self._lines:
            self._made[id(event.module)] = (event.module, place)

    def op_begin(self, event: OpCall) -> None:
        import torch

        module = event.modules[-1] if event.modules else None
        known = self._made.get(id(module))
        place = known[1] if known is not None else (event.places[0] if event.places else None)
        if place is None or (place.file, place.line, event.name) not in self.at:
            return
        given = event.args[0]
        by_hand = event.name in written_out.INVERSES  # 1 / v with v = 1 + exp(-x): back to x
        if by_hand:
            given = -(given - 1).clamp(min=_LEAST_POWER).log()
        if self.do == "relu":
            event.replace(torch.relu(given))
        elif given.ndim > 1 and len(given) > 1:
            over = [0] if given.ndim == 2 else [d for d in range(given.ndim) if d != 1]
            standard = (given - given.mean(over, keepdim=True)) / (given.std(over, keepdim=True) + 1e-5)
            event.args = (1 + torch.exp(-standard) if by_hand else standard, *event.args[1:])


class _Gru(Listener):
    """Runs a GRU of the same size where a plain recurrent network was constructed at a line.

    Its gates begin open for as long as the sequences are (Tallec and Ollivier 2018).
    """

    def __init__(self, file: str, line: int, steps: int) -> None:
        self.file, self.line, self.steps = file, line, steps
        self._plain: list[Any] = []
        self._others: dict[int, Any] = {}

    def module_made(self, event: Constructed) -> None:
        if event.place is not None and (event.place.file, event.place.line) == (self.file, self.line):
            self._plain.append(event.module)

    def optimizer_made(self, event: OptimizerEvent) -> None:
        import torch
        from torch import nn

        for plain in self._plain:
            if type(plain) is not nn.RNN or id(plain) in self._others:
                continue
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                other = nn.GRU(
                    plain.input_size, plain.hidden_size, plain.num_layers, batch_first=plain.batch_first,
                    bidirectional=plain.bidirectional,
                ).to(next(plain.parameters()).device)  # fmt: skip
                for name, bias in other.named_parameters():
                    if name.startswith("bias_hh"):
                        size = plain.hidden_size
                        bias.data[size : 2 * size] = torch.log(1 + torch.rand(size) * (self.steps - 1)).to(
                            bias
                        )
            self._others[id(plain)] = other
            hold(event.optimizer, list(other.parameters()))

    def module_end(self, event: ModuleCall) -> None:
        other = self._others.get(id(event.module))
        if other is not None:
            event.output = other(*event.args, **event.kwargs)


def intervene(settings: dict[str, Any]) -> Listener:
    """Lets the gradient through."""
    if settings["do"] == "gru":
        return _Gru(settings["file"], settings["line"], settings["steps"])
    return _OtherActivation(settings["do"], settings["at"])
