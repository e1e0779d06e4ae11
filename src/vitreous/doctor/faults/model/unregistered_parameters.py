"""Layers kept in a plain list or dict, or tensors that are no Parameter: the model uses them, nothing trains them.

What it sees:
    The loss reaches trainable tensors step after step that no model in use has registered and no optimizer holds; or,
    at one place of a model, parameters that are others at every step.

Why learning fails:
    `model.parameters()` lists only what is registered: Parameters, Modules and their containers assigned as
    attributes. Everything else stays as it was initialized, and is neither moved by `.to()` nor saved. A layer that is
    constructed in `forward` is drawn anew at every call.

Example:
    self.experts = [nn.Linear(8, 1) for _ in range(6)]

Fix:
    Hold layers in `nn.ModuleList` or `nn.ModuleDict`, tensors in `nn.Parameter`. Make layers in `__init__`, and use
    them in `forward`.

Certainty:
    Certain: gradients arrive at tensors that nobody updates, in at least 3 recorded steps; or the optimizer refuses an
    empty list of parameters while a class of modules keeps layers in a list or a dict; or in 3 recorded steps another
    parameter each was used by the same line of a model, that nobody holds and that got its gradient once. Layers are
    named where they are made; those of a class whose objects a list of another class holds, where that list is made.

Look-alikes:
    An input whose gradient is wanted (attacks, saliency, penalties) is another tensor at each step; it is no layer's,
    or has the length of the batch. Layers frozen on purpose have requires_grad off. A backbone left out of the
    optimizer is registered in the model.

References:
    https://github.com/pytorch/pytorch/issues/59925, https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import calls, symptoms
from vitreous.doctor.change import HoldParameters, Listener, hold
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.doctor.kept import held_plainly
from vitreous.record.dataflow import Trace
from vitreous.record.events import Constructed, ModuleCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault(
    "model/unregistered-parameters",
    "error",
    "forward",
    "layers or tensors are not registered, so nothing trains them",
)

_LOOKS = 3


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Trainable tensors that the loss reaches and that nobody has."""
    if evidence.crash is not None and "empty parameter list" in evidence.crash.message:
        yield from _nothing_registered(evidence)
    if not evidence.optimizers:
        return
    loose: dict[Any, list[ParameterFacts]] = {}
    for parameter in evidence.parameters.values():
        outside = not parameter.optimizers and parameter.requires_grad and not parameter.asked
        seen = parameter.reached and parameter.received >= _LOOKS and not parameter.change
        if not outside or not seen or parameter.place is None:
            continue
        place = (held_plainly(parameter.place) if parameter.kind else None) or parameter.place
        # a trainer's own step calls layers each by itself, as if they were models
        if parameter.model is None or place.line in calls.layers_kept_plainly(place.file):
            loose.setdefault((place.file, place.line), []).append(parameter)
    yield from _made_anew(evidence)
    for (file, line), group in loose.items():
        kinds = sorted({p.kind for p in group if p.kind})
        what = f"nn.{kinds[0]} layers" if kinds else "tensors"
        fix = "hold the layers in nn.ModuleList or nn.ModuleDict" if kinds else "make them nn.Parameter"
        rows = [
            Row(
                "trainable tensors with gradients that no optimizer holds", len(group), f"as {group[0].name}"
            ),
            Row("recorded steps in which they got gradients", group[0].received, f"of {group[0].looked}"),
        ]
        yield Suspicion(
            Place(file, line),
            0.96,
            rows,
            fix,
            certain=True,
            summary=f"{what} are not registered, so nothing trains them",
            explains=[symptoms.SLOW, symptoms.FLAT],
            trials=[Trial("they are given to the optimizer", {})],
        )


def _made_anew(evidence: Evidence) -> Iterator[Suspicion]:
    """Parameters in the middle of a model that are others at every step, by the line that makes them.

    Not where parameters that an optimizer holds run and are cut off: then the new ones are made of their results.
    """
    held = [p for p in evidence.parameters.values() if p.optimizers and p.used and p.looked >= _LOOKS]
    if any(not p.reached for p in held):
        return
    found: dict[Place, dict[Any, list[ParameterFacts]]] = {}
    for trace in evidence.training_traces:
        met: dict[Any, int] = {}  # several layers can be made and used in one line
        for op in trace.behind(trace.root)[::-1]:
            for given in trace.inputs(op):
                facts = evidence.parameters.get(given.parameter or "")
                if facts is None or not op.module_kind or not _is_loose(facts, trace):
                    continue
                place = facts.place if facts.kind else op.place
                if place is not None:
                    use = (op.place, op.name, tuple(facts.shape))
                    met[use] = met.get(use, 0) + 1
                    found.setdefault(place, {}).setdefault((use, met[use]), []).append(facts)
    for place, uses in found.items():
        anew = [facts for facts in uses.values() if len({p.key for p in facts}) == len(facts) >= _LOOKS]
        if anew:
            yield _anew(place, anew)


def _is_loose(facts: ParameterFacts, trace: Trace) -> bool:
    """Whether nobody holds a parameter that got a gradient once, and that is a layer's or no batch of anything."""
    if facts.model is not None or facts.optimizers or not facts.requires_grad or facts.received != 1:
        return False
    lengths = {op.output.shape[0] for op in trace.ops if op.kind == "data" and op.output and op.output.shape}
    return bool(facts.kind) or not lengths & set(facts.shape)


def _anew(place: Place, uses: list[list[ParameterFacts]]) -> Suspicion:
    kinds = sorted({facts[0].kind for facts in uses if facts[0].kind})
    what = f"nn.{kinds[0]} layers" if kinds else "parameters"
    steps = max(len(facts) for facts in uses)
    rows = [
        Row("parameters that were others in each recorded step", len(uses), f"as {uses[0][0].name}"),
        Row("recorded steps in which each got a gradient", 1, f"of {steps}"),
    ]
    trial = Trial("the first ones used in every pass", {"file": place.file, "line": place.line})
    return Suspicion(
        place, 0.97, rows,
        "make them once, in __init__, and use them in forward",
        certain=True, summary=f"{what} are made anew in every pass, so nothing trains them",
        explains=[symptoms.SLOW, symptoms.FLAT],
        trials=[trial] if kinds else [],
    )  # fmt: skip


def _nothing_registered(evidence: Evidence) -> Iterator[Suspicion]:
    """A model that has no parameters at all, where the script keeps layers in a plain list or dict."""
    crash = evidence.crash
    kept = calls.layers_kept_plainly(evidence.script)
    if crash is None or not kept:
        return
    yield Suspicion(
        Place(evidence.script, kept[0]),
        0.95,
        [Row("PyTorch says", crash.message[:120]), Row("lists or dicts of layers in a module", len(kept))],
        "hold the layers in nn.ModuleList or nn.ModuleDict",
        certain=True,
        summary="layers are not registered, so there is nothing to train",
    )


class _Once(Listener):
    """Of the modules made at a line, those of the first pass stand in for their like of the later ones, and learn."""

    def __init__(self, file: str, line: int) -> None:
        self.file, self.line = file, line
        self._made: list[Any] = []
        self._first: dict[tuple[str, int], Any] = {}
        self._optimizer: Any = None
        self._calls: dict[str, int] = {}

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizer = self._optimizer or event.optimizer

    def module_made(self, event: Constructed) -> None:
        place = event.place
        if place is not None and (place.file, place.line) == (self.file, self.line):
            self._made.append(event.module)

    def module_begin(self, event: ModuleCall) -> None:
        if not event.depth:
            self._made.clear()
            self._calls.clear()

    def module_end(self, event: ModuleCall) -> None:
        if not any(made is event.module for made in self._made) or self._optimizer is None:
            return
        name = repr(event.module)
        self._calls[name] = self._calls.get(name, 0) + 1
        first = self._first.setdefault((name, self._calls[name]), event.module)
        if first is event.module:
            groups = self._optimizer.param_groups
            held = {id(p) for group in groups for p in group["params"]}
            own = [p for p in first.parameters() if id(p) not in held]
            if own:
                hold(self._optimizer, own)
        else:
            event.output = first(*event.args, **event.kwargs)


def intervene(settings: dict[str, Any]) -> Listener:
    """Trains them."""
    return _Once(settings["file"], settings["line"]) if settings else HoldParameters()
