"""A recurrent state is carried from one batch into the next, though they have nothing to do with each other.

What it sees:
    A tensor with a row (or a number) for each sample that was computed from parameters in one step, and on which the
    loss of the next step depends. Batches are drawn in another order each time, so that a row's successor is another
    sample. Or the graph is carried along with it, and backward fails on the graph of an earlier step.

Why learning fails:
    Each sample begins with what is left of a stranger. The network must learn to forget first, and what it answers
    depends on who was there before. With the graph still attached, backward runs into steps that are over.

Example:
    for x, y in loader:  # shuffled
        out, state = rnn(x, state)

Fix:
    Begin each batch with a fresh state (pass none, or zeros). Where batches do continue each other, keep the state and
    call `.detach()` on it.

Certainty:
    Certain: the state is seen in the graph of operations, and the order in the samples' fingerprints. The proof sets
    to zero what comes from an earlier step. A single number for each sample is named only where that restores learning.

Look-alikes:
    A text read in order, in parallel streams, carries its state rightly: each row is followed by the same row in every
    epoch, or begins where the one before ended. Moving averages and memories have no row for each sample.

References:
    https://pytorch.org/tutorials/beginner/former_torchies/nnft_tutorial.html;
    https://discuss.pytorch.org/t/solved-why-we-need-to-detach-variable-which-contains-hidden-representation/1426
"""

from __future__ import annotations

import ast
import weakref
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from vitreous.doctor import reading, source, symptoms, trainers
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.events import Listener, OpCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("train/state-carried", "error", "forward", "a state is carried from batch to batch")

_SAME, _LEAST_PAIRS = 0.5, 10
_SECOND_TIME = ("second time", "modified by an inplace operation")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """A tensor of an earlier step in the graph of a later one."""
    found = next(_carried(evidence), None)
    attached = _attached(evidence) if found is None else None
    if found is None and attached is None:
        return
    trace, leaf = found or attached  # type: ignore[misc]
    place = _place(evidence, trace, leaf) if found else leaf.place
    shape = leaf.output.shape if leaf.output else []
    rows = [Row("shape of what comes from the step before", shape, "", trace.step)]
    crash = evidence.crash
    if crash is not None and any(words in crash.message for words in _SECOND_TIME):
        has_graph = leaf.output is not None and leaf.output.requires_grad
        if has_graph and not any(user.name == "detach" for user in trace.users(leaf.number)):
            yield Suspicion(
                place, 0.95, rows,
                "begin each batch with a fresh state; where batches continue each other, detach the state in between",
                certain=True, summary="the graph of an earlier batch is carried along with the state",
                trials=[Trial("what an earlier step computed detached", {"cut": True})],
            )  # fmt: skip
        return
    stays = follows(evidence)
    if stays is None or stays >= _SAME:
        return
    rows.append(Row("rows followed by the same row in each epoch", round_to(100 * stays), "%"))
    single = len(shape) == 1  # a number a sample: a count that goes on, or a weight that is meant to
    yield Suspicion(
        place,
        0.6 if single else 0.9,
        rows,
        "begin each batch with a fresh state (pass none, or zeros): these batches do not continue each other",
        certain=not single,
        summary="each batch begins with the state that an unrelated one left",
        explains=[symptoms.FLAT, symptoms.SLOW, symptoms.SPIKES, symptoms.DIVERGES, symptoms.GRADIENTS_GROW],
        trials=[Trial("a state of zeros for each batch", {"rows": shape[0] if single else None})],
    )


def _carried(evidence: Evidence) -> Iterator[tuple[Trace, Op]]:
    """Tensors that a step's loss depends on and that the step before computed from parameters, a row a sample."""
    traces = sorted(evidence.training_traces, key=lambda trace: trace.step)
    batch = _batch(evidence)
    for before, trace in pairwise(traces):
        if trace.step != before.step + 1 or batch is None:
            continue
        made = {
            (op.name, op.place)  # a recurrent layer gives its state beside its output, in another shape
            for op in before.ops
            if op.kind == "op" and op.output is not None and before.learns(op)
        }
        for leaf in trace.behind(trace.root):
            if leaf.kind != "data" or leaf.output is None or not leaf.output.shape:
                continue
            key = (leaf.arguments.get("made_by"), leaf.place)
            if (
                key in made
                and batch in leaf.output.shape[:2]
                and leaf.output.dtype.startswith(("float", "bfloat"))
            ):
                yield trace, leaf


def _attached(evidence: Evidence) -> tuple[Trace, Op] | None:
    """What the failing backward pass ran into: any tensor of an earlier step that still has its graph."""
    crash = evidence.crash
    if crash is None or _SECOND_TIME[0] not in crash.message or not evidence.steps:
        return None
    for trace in evidence.training_traces[-1:]:
        for leaf in trace.behind(trace.root):
            if leaf.kind == "data" and leaf.output is not None and leaf.output.requires_grad and leaf.place:
                return trace, leaf
    return None


def _batch(evidence: Evidence) -> int | None:
    for site in evidence.sites:
        if site.trained and site.inputs and site.inputs[0].shape:
            size = site.inputs[0].shape[0]
            return size if size > 1 else None
    return None


def _place(evidence: Evidence, trace: Trace, leaf: Op) -> Place | None:
    """Where the state is detached; else where it is taken into the next batch, or where a model that keeps it steps."""
    users = trace.users(leaf.number)
    if users and users[0].name in ("detach", "data", "clone"):
        return users[0].place
    if leaf.arguments.get("made_by") in ("detach", "data", "clone"):
        return leaf.place
    site = next((site for site in evidence.sites if site.trained or site.place), None)
    given = [facts.shape for facts in site.inputs] if site is not None else []
    if site is not None and _hands_on(site.place):
        return site.place
    if site is not None and leaf.output is not None and leaf.output.shape in given:
        return site.place
    kept = users[0].builtin and users[0].module if users else None
    steps = [o.step_place for o in evidence.optimizers if o.step_place is not None]
    around = [line for line in (users[0].place, *users[0].stack) if line is not None] if users else []
    if any(map(trainers.runs, around)) and not any(map(reading.loop_line, around)):
        return around[0]  # the loop is in no file of the user's
    if kept and steps:  # no argument of the call: the module has it, and it is cut behind the step
        return steps[0]
    if users:
        return users[0].stack[-1] if users[0].stack else users[0].place
    return leaf.place


def _hands_on(place: Place | None) -> bool:
    """Whether a call gives a name what it takes: `out, state = model(x, state)`."""
    names = set(source.targets(place))
    calls = [node for node in ast.walk(source.statement(place) or ast.Pass()) if isinstance(node, ast.Call)]
    return any(isinstance(given, ast.Name) and given.id in names for call in calls for given in call.args)


def follows(evidence: Evidence) -> float | None:
    """The share of samples that are followed, in the same row of the next batch, by the same sample in every epoch.

    Returns:
        1 as well where batches continue each other (the last target is the next first input); None where samples
        are not seen twice and nothing is known.
    """
    prints, steps = evidence.arrays.get("train.prints"), evidence.arrays.get("train.print_steps")
    if prints is None or steps is None:
        return None
    if _continues(evidence):
        return 1.0
    starts = np.flatnonzero(np.r_[True, np.diff(steps) != 0])
    batches = [prints[a:b] for a, b in zip(starts, np.r_[starts[1:], len(prints)], strict=True)]
    known: dict[int, int] = {}
    pairs = same = 0
    for one, two in pairwise(batches):
        for sample, successor in zip(one.tolist(), two.tolist(), strict=False):
            if sample in known:
                pairs += 1
                same += known[sample] == successor
            known[sample] = successor
    if pairs >= _LEAST_PAIRS:
        return same / pairs
    numbers = evidence.arrays["train.print_loaders"]
    drawn = [evidence.loaders[n] for n in np.unique(numbers[numbers >= 0])]
    return 0.0 if drawn and all(loader.shuffle for loader in drawn) else None


def _continues(evidence: Evidence) -> bool:
    """Whether the first input of a batch is what the batch before had for its last target."""
    inputs, targets = evidence.arrays.get("train.inputs"), evidence.arrays.get("train.targets")
    steps = evidence.arrays.get("train.steps")
    if inputs is None or targets is None or steps is None or inputs.ndim < 2 or inputs.shape != targets.shape:
        return False
    first, second = np.flatnonzero(steps == steps[0]), np.flatnonzero(steps == steps[0] + 1)
    if not len(first) or len(first) != len(second):
        return False
    return bool(np.mean(np.isclose(targets[first, -1], inputs[second, 0])) > 0.9)


class _Fresh(Listener):
    """What an earlier step computed from parameters, a row (or a number) for each sample, is zero in a later one.

    Or it stays what it is, without its graph: `cut`.
    """

    def __init__(self, rows: int | None, *, cut: bool) -> None:
        self.rows, self.cut = rows, cut
        self._step = 0
        self._made: dict[int, tuple[Any, int]] = {}

    def step_end(self, event: OptimizerEvent) -> None:
        self._step += 1
        self._made = {key: entry for key, entry in self._made.items() if entry[0]() is not None}

    def op_end(self, event: OpCall) -> None:
        from vitreous.record.measure import tensors

        given = tensors([event.args, event.kwargs])
        for tensor in tensors(event.output):
            computed = tensor.grad_fn is not None or any(self._age(t) is not None for t in given)
            state = self.cut or tensor.ndim >= 2 or list(tensor.shape) == [self.rows]
            if computed and tensor.is_floating_point() and state:
                self._made[id(tensor)] = (weakref.ref(tensor), self._step)

    def op_begin(self, event: OpCall) -> None:
        if self._step:
            event.args = self._cleared(event.args)
            event.kwargs = {name: self._cleared(value) for name, value in event.kwargs.items()}

    def _cleared(self, value: Any) -> Any:
        import torch

        if isinstance(value, torch.Tensor):
            age = self._age(value)
            if age is None or age >= self._step:
                return value
            return value.detach() if self.cut else torch.zeros_like(value)
        if type(value) in (tuple, list):
            return type(value)(self._cleared(inner) for inner in value)
        return value

    def _age(self, tensor: Any) -> int | None:
        entry = self._made.get(id(tensor))
        return entry[1] if entry is not None and entry[0]() is tensor else None


def intervene(settings: dict[str, Any]) -> Listener:
    """A fresh state for each batch."""
    return _Fresh(settings.get("rows"), cut=settings.get("cut", False))
