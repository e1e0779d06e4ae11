"""Between the output and the loss stands an operation through which no gradient flows.

What it sees:
    The recorded operations from the model's output to the tensor that `backward` starts from. Every way back to a
    parameter passes an argmax, a rounding, a comparison, a sampled index, `.item()` or a tensor made anew, and
    that operation stands in the training loop, not in the model. Or that is so of one term of a sum, and no other term
    is made from the targets: a penalty on the weights or outputs then has a gradient, but tells nothing of the answers.

Why learning fails:
    A step function has no slope: its derivative is zero wherever it exists. A number taken out of a tensor, or a
    tensor made from it, has no history. Either way no parameter hears of the loss; PyTorch raises "element 0 of
    tensors does not require grad", or worse, says nothing and updates with zeros.

Example:
    loss = criterion(model(x).argmax(1).float().requires_grad_(), y.float())

Fix:
    Give the loss the output itself (logits, probabilities, the unrounded number); keep argmax and rounding for
    the metrics.

Certainty:
    Certain: no way without such an operation exists, or none that starts from the targets. Where a stand-in with a
    slope exists, the run with it in place is the proof: the unrounded number, a sigmoid for a threshold, the cross
    entropy of the scores for a loss of the chosen classes, the loss itself for a tensor made of its number.

Look-alikes:
    model/disconnected: the cut (detach, .data, NumPy, no_grad) is inside the model. Straight-through estimators,
    samples weighted by their log-probability, and detached targets leave another way for the gradient: no fault. Nor
    are an error rate added to a loss of the same targets, a count of weights, or what is detached or computed under
    no_grad before it is added.

References:
    https://discuss.pytorch.org/t/runtimeerror-element-0-of-variables-does-not-require-grad-and-does-not-have-a-grad-fn/11074
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.doctor.rejoin import Untaken
from vitreous.doctor.written_out import DIVISIONS, TIMES
from vitreous.record.dataflow import SHAPING, Op, Trace
from vitreous.record.events import Backward, Listener, LossCall, OpCall
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "loss/not-differentiable", "error", "loss", "the loss is computed through an operation without a gradient"
)

_STEPPED = frozenset(["round", "round_", "floor", "ceil", "trunc", "sign", "heaviside"])
_COMPARED = frozenset(
    ["__gt__", "__lt__", "__ge__", "__le__", "__eq__", "__ne__", "gt", "lt", "ge", "le", "eq", "ne", "bool"]
)
_CHOSEN = frozenset(
    ["argmax", "argmin", "argsort", "multinomial", "bernoulli", "one_hot", "long", "int", "bincount"]
)
_TAKEN_OUT = frozenset(["item", "tolist", "__float__", "__int__"])
_TO_NUMPY = frozenset(["numpy", "__array__"])
_DETACHING = frozenset(["detach", "detach_", "data"])
_SUMMED = SHAPING | {
    "add", "add_", "__add__", "__radd__", "__iadd__", "sub", "sub_", "__sub__", "__rsub__", "__isub__", "rsub",
    "subtract", "neg", "__neg__", "negative", "mean", "sum", "nanmean",
}  # fmt: skip
_MADE_ANEW = frozenset(["tensor", "as_tensor", "Tensor", "FloatTensor", "from_numpy", "zeros", "full"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """The operation that cuts the loss off, in the first recorded step that has one."""
    for trace in evidence.training_traces:
        root = trace.op(trace.root)
        if root is None:
            continue
        if _reaches_parameters(trace, root, evidence):
            cut, rest = _in_one_term(evidence, trace, root), " that is made from the targets"
        else:
            cut, rest = _cut(trace, root) or _made_anew(evidence, trace, root) or _put_in(trace, root), ""
        if cut is None or (_in_model(evidence, cut) and cut.name not in _STEPPED):
            continue  # what the model cuts off is model/disconnected; but a rounding hands a gradient on, of zeros
        yield _suspicion(evidence, trace, cut, rest)
        return


def _suspicion(evidence: Evidence, trace: Trace, cut: Op, rest: str) -> Suspicion:
    trials = []
    if cut.place is not None and cut.name in _INSTEAD:
        settings = {"name": cut.name, "file": cut.place.file, "line": cut.place.line}
        trials.append(Trial(_INSTEAD[cut.name].format(_plain(cut)), settings, guess=True))
    reached = f"parameters that {'the term' if rest else 'the loss'}{rest} can reach"
    return Suspicion(
        reading.used_in_training(evidence, cut),
        0.97,
        [Row("operation", _plain(cut)), Row(reached, 0, "", trace.step)],
        f"give the loss the model's output as it is, without {_plain(cut)}; keep that for the metrics",
        certain=True,
        summary=f"no gradient flows through {_plain(cut)} between the output and the "
        + (f"only term of the loss{rest}" if rest else "loss"),
        explains=[symptoms.NO_GRADIENT, symptoms.FLAT, symptoms.ONE_CLASS],
        trials=trials,
    )


def _in_one_term(evidence: Evidence, trace: Trace, root: Op) -> Op | None:
    """The operation that cuts off the one term of a sum that knows the targets; None if another one does, too.

    The targets are told by what they are not: data that is behind no term through which a gradient flows.
    """

    def is_heard(op: Op) -> bool:
        carries = op.output is not None and op.output.requires_grad
        return carries and _reaches_parameters(trace, op, evidence)

    terms = [term for term in _terms(trace, root) if trace.learns(term)]
    heard = [term for term in terms if is_heard(term)]
    known = {leaf for term in heard for leaf in _data_behind(trace, term)}
    for term in terms:
        if term in heard or not _data_behind(trace, term) - known:
            continue
        behind = [op for op in trace.behind(term.number) if op.kind == "op" and trace.learns(op)]
        if any(op.name in _DETACHING | _TO_NUMPY | _TAKEN_OUT or not op.grad for op in behind):
            continue  # it was cut off on purpose, and is added for the eye
        for op in behind:
            if op.name in _STEPPED | _COMPARED | _CHOSEN and any(map(is_heard, trace.inputs(op))):
                return op
    return None


def _terms(trace: Trace, root: Op) -> list[Op]:
    """What a loss is the sum of: back through sums, means, changes of shape and factors that are not learned."""
    found, waiting, seen = [], [root], set()
    while waiting:
        op = waiting.pop()
        inputs = trace.inputs(op)
        learned = [given for given in inputs if trace.learns(given)]
        scaled = op.name in TIMES | DIVISIONS and learned == inputs[:1]
        if op.number in seen:
            continue
        seen.add(op.number)
        if learned and (scaled or op.name in _SUMMED):
            waiting += learned
        else:
            found.append(op)
    return found


def _data_behind(trace: Trace, op: Op) -> set[int]:
    """The tensors from outside that a result depends on, single numbers aside."""
    return {
        one.number
        for one in trace.behind(op.number)
        if (one.kind == "data" or (one.name in _MADE_ANEW and not one.inputs))
        and one.output is not None
        and one.output.shape
    }


def _reaches_parameters(trace: Trace, root: Op, evidence: Evidence) -> bool:
    """Whether a gradient from the root comes to a parameter of a model or an optimizer."""
    waiting, seen = [root], set()
    while waiting:
        op = waiting.pop()
        if op.number in seen:
            continue
        seen.add(op.number)
        if op.kind == "parameter" and _is_learned(op, evidence):
            return True
        if op.name not in _STEPPED | _COMPARED | _CHOSEN | _TAKEN_OUT | {"detach", "detach_", "data"}:
            waiting += trace.inputs(op)
    return False


def _is_learned(op: Op, evidence: Evidence) -> bool:
    """Whether a leaf that requires a gradient is a parameter of something, not a loss turned into a leaf."""
    facts = evidence.parameters.get(op.parameter or "")
    return facts is None or facts.model is not None or bool(facts.optimizers)


def _cut(trace: Trace, root: Op) -> Op | None:
    """The last operation without a gradient on the way from what was learned to the root."""
    behind = trace.behind(root.number)
    if any(op.name in _DETACHING | _TO_NUMPY and trace.learns(op) for op in behind):
        return None
    return next((op for op in behind if op.name in _STEPPED | _COMPARED | _CHOSEN and trace.learns(op)), None)


def _made_anew(evidence: Evidence, trace: Trace, root: Op) -> Op | None:
    """The operation that takes a learned number out of its tensor, where the loss is made from numbers."""
    behind = trace.behind(root.number)
    if any(op.kind == "op" and op.number != root.number and trace.learns(op) for op in behind):
        return None
    made = root.kind != "op" or any(
        op.name in _MADE_ANEW or op.arguments.get("made_by") in _MADE_ANEW for op in behind
    )
    taken = _TAKEN_OUT | _CHOSEN | _TO_NUMPY | (_DETACHING if root.kind != "op" else frozenset())
    before = [op for op in trace.ops if op.number < root.number and op.name in taken]
    learned = [op for op in before if trace.learns(op) and not _in_model(evidence, op)]
    return learned[-1] if made and learned else None


def _put_in(trace: Trace, root: Op) -> Op | None:
    """What cuts off the loss whose number a tensor from nowhere holds, as `Variable(loss, requires_grad=True)`."""
    if root.kind == "op" or root.output is None:
        return None
    before = [op for op in trace.ops if op.number < root.number and op.kind == "op" and trace.learns(op)]
    ends = [
        op
        for op in before
        if op.output and op.output.shape == root.output.shape and not trace.users(op.number)
    ]
    return _cut(trace, ends[-1]) if ends else None


def _in_model(evidence: Evidence, op: Op) -> bool:
    """Whether an operation is part of a model; a loss of the user's own class is none, as nothing in it learns.

    Though a model may have it for an attribute: it is called by itself, then.
    """
    within = [
        (m.number, module.path)
        for m in evidence.models
        for module in m.modules
        if module.kind == op.module_kind
    ]
    if op.module or not within:
        return bool(within)
    named = [(parameter.model, f".{parameter.name}") for parameter in evidence.parameters.values()]
    return any(
        n == number and name.startswith(f".{path}".rstrip("."))
        for n, name in named
        for number, path in within
    )


def _plain(op: Op) -> str:
    """An operation in words."""
    if op.name in _COMPARED:
        return "a comparison"
    return f".{op.name}()" if op.name in _TAKEN_OUT else op.name.strip("_")


class _Itself(Untaken):
    """A loss goes backward with its graph, and what has no slope at one line has a stand-in that has one."""

    def __init__(self, name: str, file: str, line: int) -> None:
        super().__init__()
        self.name, self.at = name, (file, line)
        self._scores: Any = None
        self._numbers: list[Any] = []

    def op_begin(self, event: OpCall) -> None:
        super().op_begin(event)
        place = event.place if event.name == self.name and event.args else None
        if place is None or (place.file, place.line) != self.at:
            return
        if event.name in _STEPPED:
            event.replace(event.args[0] * 1.0)
        elif event.name in _COMPARED and len(event.args) > 1:
            event.replace(_sloping(event.name, *event.args[:2]))
        else:
            self._scores = event.args[0]

    def op_end(self, event: OpCall) -> None:
        out = event.output
        if getattr(out, "grad_fn", None) is not None and out.numel() == 1:
            self._numbers = [*self._numbers[-15:], out]

    def loss_end(self, event: LossCall) -> None:
        import torch

        scores, target = self._scores, event.target
        if scores is None or not scores.requires_grad or event.input.grad_fn is not None:
            return
        if scores.ndim == 2 and target.numel() == len(scores) and bool((target == target.round()).all()):
            event.output = torch.nn.functional.cross_entropy(scores, target.reshape(-1).long())
            self._numbers.append(event.output)
        self._scores = None

    def backward_begin(self, event: Backward) -> None:
        roots = []
        for root in event.roots:
            same = (n for n in reversed(self._numbers) if float(n.detach()) == float(root.detach()))
            roots.append(root if root.grad_fn is not None or root.numel() != 1 else next(same, root))
        event.roots = roots
        self._numbers.clear()


def _sloping(name: str, one: Any, other: Any) -> Any:
    """A sigmoid of how far one is on the right side of the other; a probability stands for itself."""
    further = one - other if name.strip("_") in ("gt", "ge") else other - one
    probable = bool(((one >= 0) & (one <= 1)).all())
    plain = name.strip("_") in ("gt", "ge") and probable
    return one * 1.0 if plain else further.sigmoid()


_INSTEAD = (
    dict.fromkeys(_STEPPED, "{} left out of the loss")
    | dict.fromkeys(
        ["__gt__", "__lt__", "__ge__", "__le__", "gt", "lt", "ge", "le"], "a sigmoid in the place of {}"
    )
    | dict.fromkeys(["argmax"], "the cross entropy of the scores in the place of a loss of {}")
    | dict.fromkeys(
        _TAKEN_OUT | _TO_NUMPY | _DETACHING, "the loss itself goes backward, not a tensor of its number"
    )
)


def intervene(settings: dict[str, Any]) -> Listener:
    """Lets what was cut off reach the loss."""
    return _Itself(settings["name"], settings["file"], settings["line"])
