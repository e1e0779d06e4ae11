"""So much is dropped that too little is left to learn from.

What it sees:
    Dropout layers that drop more than half of what passes, and a network that fits neither training nor validation
    data. The experiment lets each of them drop a tenth.

Why learning fails:
    A layer behind dropout of 0.9 sees a tenth of its inputs, another one at each step, ten times as large. What
    is left is mostly noise; several such layers in a row leave next to nothing.

Example:
    nn.Dropout(0.9)  # meant: keep nine tenths; nn.Dropout takes the share that is dropped

Fix:
    Drop 0.1 to 0.5; in convolutions 0.1 to 0.2.

Certainty:
    By experiment only. Suspected from a share of 0.6 on: 0.5 is what the paper on dropout recommends for hidden
    layers, and common. The loss in evaluation decides where there is one, for less dropout always lowers the loss in
    training; where there is none, at least 0.75 is needed and the larger part of the error must go.

Look-alikes:
    A network that is too small, or steps that are too short: less dropout does not help there.

References:
    Srivastava et al., Dropout (2014), section A.4; https://pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import literals, source, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.events import Listener, ModuleCall, OpCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("train/dropout-too-high", "warning", "forward", "so much is dropped that it cannot fit")

_MUCH, _VERY_MUCH, _LITTLE = 0.6, 0.75, 0.1
_FUNCTIONS = frozenset(["dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout"])


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Much dropout in a network that fits poorly."""
    layers = [*_layers(evidence)]
    found = [*layers, *_functions(evidence, within_layers=not layers)]
    needed = symptoms.gain_needed(evidence, 0.0)
    if not found or needed is None:
        return
    share, place, functional = max(found, key=lambda entry: entry[0])
    evaluated = sum(not row.trained for row in evidence.losses) >= 2
    if share < (_MUCH if evaluated else _VERY_MUCH):
        return
    expression = source.argument(place, ("p", "dropout", "rate"), 0, of="rop") or source.argument(
        place, ("dropout",)
    )
    written = literals.origin(place.file, expression) if place is not None else None
    yield Suspicion(
        _nearer(place, written) if written is not None else _configured(place, share) or place,
        0.7 if share >= _VERY_MUCH else 0.4,
        [
            Row("share that is dropped", share),
            Row("layers that drop so much", sum(s >= _MUCH for s, _, _ in found)),
        ],
        f"drop less: 0.1 to 0.5 instead of {share:g} (nn.Dropout takes the share that is dropped, not that kept)",
        summary=f"{share:g} of a layer is dropped",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[Trial(f"dropout of {_LITTLE:g} instead of {share:g}", {"functional": functional})],
        metric="evaluation loss" if evaluated else "fit",
        gain=max(needed, 0.25 if evaluated else 0.6),
    )


def _configured(place: Place | None, share: float) -> Place | None:
    """Where a configuration asks for such a share: `hidden_dropout_prob=0.9` of a network made from it."""
    for call in source.nodes(place.file, ast.Call) if place is not None else ():
        for keyword in call.keywords:
            if keyword.arg and "drop" in keyword.arg and place is not None:
                at = literals.origin(place.file, keyword.value)
                if at is not None and literals.has_number(at, share):
                    return Place(place.file, keyword.value.lineno)
    return None


def _layers(evidence: Evidence) -> Iterator[tuple[float, Place | None, bool]]:
    trained = {site.model for site in evidence.sites if site.trained}
    for model in evidence.models:
        for module in model.modules if model.number in trained else []:
            share = re.match(r"p=([\d.]+)", module.options) if "Dropout" in module.kind else None
            share = share or re.search(r"dropout=([\d.]+)", module.options)
            if share:
                yield float(share[1]), module.place, False


def _functions(evidence: Evidence, *, within_layers: bool) -> Iterator[tuple[float, Place | None, bool]]:
    """Calls of dropout functions; those within a library's layers, too, where they do not say their share."""
    for trace in evidence.training_traces[:3]:
        for op in trace.ops:
            if (
                op.name in _FUNCTIONS
                and (within_layers or not op.builtin)
                and op.arguments.get("training", op.arguments.get("2", True))
            ):
                share = op.arguments.get("p", op.arguments.get("1", 0.5))
                if isinstance(share, float):
                    yield share, op.blame, True


def _nearer(place: Place | None, written: Place | None) -> Place | None:
    """Where the number is written; the layer itself where that says it is a share to keep, or is far out of sight."""
    if place is None or written is None or "keep" in source.code(place).lower():
        return place
    return Place(written.file, written.line, place.function)


class _DropLess(Listener):
    """Every dropout layer drops a little only."""

    def module_begin(self, event: ModuleCall) -> None:
        if event.depth == 0 and not hasattr(event.module, "_vitreous_drops_less"):
            event.module.__dict__["_vitreous_drops_less"] = True
            for module in event.module.modules():
                for name in ("p", "dropout"):
                    share = module.__dict__.get(name)
                    if isinstance(share, float) and share > _LITTLE:
                        setattr(module, name, _LITTLE)


class _DropLessInFunctions(_DropLess):
    """So does every call of a dropout function."""

    def op_begin(self, event: OpCall) -> None:
        if event.name not in _FUNCTIONS:
            return
        if "p" in event.kwargs:
            event.kwargs = {**event.kwargs, "p": min(event.kwargs["p"], _LITTLE)}
        elif len(event.args) > 1:
            event.args = (event.args[0], min(event.args[1], _LITTLE), *event.args[2:])
        else:
            event.kwargs = {**event.kwargs, "p": _LITTLE}


def intervene(settings: dict[str, Any]) -> Listener:
    """Drops a tenth."""
    return _DropLessInFunctions() if settings["functional"] else _DropLess()
