"""What should learn has requires_grad off.

What it sees:
    No parameter of the trained model has requires_grad (PyTorch then raises in backward); or the layers nearest to
    the loss are off while earlier ones are on; or an optimizer holds parameters that are off; or what is off has the
    values that its layers' constructors drew, or set (biases zero, scales one); and training is poor.
    Also that requires_grad was set as an attribute of a module, which switches nothing.

Why learning fails:
    No gradient is computed for such parameters. They stay as they are.

Example:
    for p in model.parameters():
        p.requires_grad = False             # the new head is among them

Fix:
    Freeze before the new layers are added, or switch them on again.

Certainty:
    Certain when everything is off and backward fails, or when a module was given requires_grad = True as an attribute
    while its parameters are off. Else a run with them switched on must be clearly better. What got gradients through
    the first tenth of the steps and is off since was trained for its purpose: that the optimizer holds it still, tells
    nothing.

Look-alikes:
    A frozen backbone with a head that learns is right practice where the backbone has been trained, and trains well.

References:
    https://pytorch.org/tutorials/beginner/transfer_learning_tutorial.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, literals, reading, source, symptoms
from vitreous.doctor.change import hold
from vitreous.doctor.drawn import as_drawn
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, edited
from vitreous.record.events import Listener, ModuleCall, OptimizerEvent
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault("optim/frozen", "error", "optimizer", "what should learn has requires_grad off")

_GAIN = 0.35
_SEVERAL = 3  # biases and scales
_STAGE = 0.1  # of all steps


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Models with parameters that are off."""
    gain = symptoms.gain_needed(evidence, _GAIN)
    for model in evidence.models:
        own = [p for p in evidence.parameters.values() if p.model == model.number]
        off = [p for p in own if not p.requires_grad and _is_float(p)]
        if not off:
            continue
        everything = len(off) == len(own)
        crash = evidence.crash
        failed = everything and crash is not None and "does not require grad" in crash.message
        held = [p for p in off if p.optimizers and not _was_trained(p, len(evidence.steps))]
        vain = _set_in_vain(evidence, model.number, off)
        odd = vain or held or everything or _last_off(own) or _as_drawn(off)
        if not failed and not (gain is not None and odd):
            continue
        switches = _switches(evidence.script)
        place = vain or (Place(evidence.script, switches[-1].lineno) if switches else None)
        place = place or _flag(next((p.frozen_place for p in reversed(off) if p.frozen_place), None))
        place = place or _switched_off(evidence.script) or off[0].place
        if place is None and crash is not None and crash.places:
            place = crash.places[0]
        rows = [Row("parameters with requires_grad off", len(off), f"of {len(own)}, as {off[-1].name}")]
        if held:
            rows.append(Row("of these the optimizer holds", len(held)))
        which = "the parameters" if everything else f"{off[-1].name} and what else should learn"
        yield Suspicion(
            place,
            0.97 if failed else 0.6,
            rows,
            "call requires_grad_(True) on the module: its attribute requires_grad switches nothing on"
            if vain
            else f"leave requires_grad on for {which}",
            certain=bool(failed or vain or (everything and held)),
            explains=[symptoms.FLAT, symptoms.SLOW, symptoms.NO_GRADIENT],
            trials=[
                _turned(evidence.script, switches) or Trial("requires_grad switched on", {"shape": None})
            ],
            gain=gain or _GAIN,
        )


def _was_trained(parameter: ParameterFacts, steps: int) -> bool:
    """Whether it got gradients for some time before it was switched off: trained first and then kept, on purpose.

    Not where another optimizer than the one that trained it was given it, too: that was meant to train it.
    """
    if len(parameter.optimizers) > 1:
        return False
    got = [step for step, norm in parameter.norms if norm > 0]
    return bool(got) and got[-1] >= _STAGE * steps and bool(parameter.change)


def _set_in_vain(evidence: Evidence, model: int, off: list[ParameterFacts]) -> Place | None:
    """The line that sets requires_grad on a module, which has no such switch, while its parameters are off."""
    for stray in evidence.probes.get("strays", ()):
        prefix = stray["path"] + "." if stray["path"] else ""
        if stray["model"] != model or not stray["wanted"] or not any(p.name.startswith(prefix) for p in off):
            continue
        name = stray["path"].rpartition(".")[2]
        for node in source.nodes(evidence.script, ast.Assign):
            for target in node.targets:
                if not isinstance(target, ast.Attribute) or target.attr != "requires_grad":
                    continue
                held = target.value
                if not name or (isinstance(held, ast.Attribute) and held.attr == name):
                    return Place(evidence.script, node.lineno)
    return None


def _switched_off(file: str) -> Place | None:
    """The line that switches gradients off: of copies of what it was done to, nobody saw it."""
    for call in source.nodes(file, ast.Call):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        off = [a.value for a in given if isinstance(a, ast.Constant)] == [False]
        if off and getattr(call.func, "attr", "") == "requires_grad_":
            return Place(file, call.lineno)
        words = {keyword.arg: keyword.value for keyword in call.keywords}
        word = words.get("requires_grad") if source.last_name(call.func) == "Parameter" else None
        if isinstance(word, ast.Constant) and word.value is False:
            return Place(file, call.lineno)
    for node in source.nodes(file, ast.Assign):
        switch = "requires_grad" in source.targets(Place(file, node.lineno))
        if switch and isinstance(node.value, ast.Constant) and node.value.value is False:
            return Place(file, node.lineno)
    return None


def _switches(file: str) -> list[ast.Constant]:
    """What a layer of Keras is switched off by: `trainable=False` in its constructor, or `layer.trainable = False`."""
    set_on = [
        node.value
        for node in source.nodes(file, ast.Assign)
        if any(isinstance(target, ast.Attribute) and target.attr == "trainable" for target in node.targets)
    ]
    given = [k.value for call in source.nodes(file, ast.Call) for k in call.keywords if k.arg == "trainable"]
    return [value for value in given + set_on if isinstance(value, ast.Constant) and value.value is False]


def _turned(file: str, switches: list[ast.Constant]) -> Trial | None:
    """The script with all of them on: Keras keeps lists of its own of what is trained."""
    made = edits.replaced(file, [(switch, "True") for switch in switches]) if switches else None
    return Trial("trainable=True", edited(made), tuple(made)) if made else None


def _flag(place: Place | None) -> Place | None:
    """Where a switch is set that a line depends on: what a person would change, not the line behind it."""
    around = reading.enclosing(place, ast.If)
    test = around[-1].test if around and isinstance(around[-1], ast.If) else None
    if place is None or not isinstance(test, (ast.Name, ast.Attribute, ast.Subscript)):
        return place
    return literals.origin(place.file, test)


def _is_float(parameter: ParameterFacts) -> bool:
    """Whether it could learn at all: Keras keeps the state of a random generator among a layer's parameters."""
    return parameter.first is None or parameter.first.dtype.startswith(("float", "bfloat", "complex"))


def _as_drawn(off: list[ParameterFacts]) -> bool:
    weights = [p for p in off if len(p.shape) > 1]
    return bool(weights) and (all(as_drawn(p) for p in weights) or _as_set(off))


def _as_set(off: list[ParameterFacts]) -> bool:
    """Whether every bias is zero and every scale one, as constructors set them and no training leaves them."""
    seen = [p.first for p in off if len(p.shape) == 1]
    alike = [f.minimum for f in seen if f is not None and f.minimum == f.maximum and f.minimum in (0, 1)]
    return len(seen) >= _SEVERAL and len(alike) == len(seen)


def _last_off(own: list[ParameterFacts]) -> bool:
    return not own[-1].requires_grad and any(p.requires_grad for p in own[: len(own) // 2])


class _Thaw(Listener):
    """Switches everything on before each call, however often it is switched off, and has an optimizer hold it."""

    def __init__(self) -> None:
        self._optimizers: list[Any] = []

    def optimizer_made(self, event: OptimizerEvent) -> None:
        self._optimizers.append(event.optimizer)

    def module_begin(self, event: ModuleCall) -> None:
        if event.depth:
            return
        off = [p for p in event.module.parameters() if not p.requires_grad and p.is_floating_point()]
        if not off:
            return
        held = {id(p) for o in self._optimizers for group in o.param_groups for p in group["params"]}
        for parameter in off:
            parameter.requires_grad_(True)
        missing = [p for p in off if id(p) not in held]
        if missing and self._optimizers:
            hold(self._optimizers[-1], missing)


def intervene(settings: dict[str, Any]) -> Listener:
    """Everything learns."""
    return _Thaw()
