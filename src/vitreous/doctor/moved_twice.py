"""Targets of a language model that were moved by one step twice: by the script, and by the model or the loss.

A model of transformers for causal language modelling takes the input itself for labels, and moves them.
"""

from __future__ import annotations

import ast
from typing import Any

from vitreous.doctor import source, symptoms
from vitreous.doctor.fault import Row, Suspicion, Trial, round_to
from vitreous.record.events import Listener, ModuleCall
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

_SURE = 0.95  # of the targets


def suspicion(evidence: Evidence) -> Suspicion | None:
    """That the targets are the step after the next."""
    shares: dict[str, float] = evidence.probes.get("shifts") or {}
    trained = {str(site.model) for site in evidence.sites if site.trained}
    share = max((share for number, share in shares.items() if number in trained), default=0.0)
    if share < _SURE or _on_purpose(evidence.script):
        return None
    return Suspicion(
        _moving(evidence.script),
        0.93,
        [Row("targets that are the input two steps later", round_to(100 * share), "%")],
        "move the labels once: give them as the inputs are where the model (or the loss) moves them itself",
        certain=True,
        summary="the targets are moved twice: each is the step after the next",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[Trial("the inputs themselves given as labels", {"kind": "labels"})],
    )


def _on_purpose(file: str) -> bool:
    """Whether the script moves something by two steps at once: then it means to tell the step after the next."""
    steps = [
        ast.unparse(bound)
        for part in source.nodes(file, ast.Slice)
        for bound in (part.lower, part.upper)
        if bound
    ]
    return bool({"2", "-2"} & set(steps))


def _moving(file: str) -> Place | None:
    """The line that leaves the first step out, `tokens[1:]`; those of labels or beside `tokens[:-1]` before others."""
    found = []
    for node in source.nodes(file, ast.Subscript):
        last = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        if isinstance(last, ast.Slice) and isinstance(last.lower, ast.Constant) and last.lower.value == 1:
            found.append(Place(file, node.lineno))
    named = [place for place in found if "'labels'" in source.code(place)]
    beside = [place for place in found if ":-1]" in source.code(place)]
    return next(iter(named or beside or found), None)


class SameLabels(Listener):
    """The model is given its input for labels."""

    def module_begin(self, event: ModuleCall) -> None:
        """Changes the labels of the outermost call."""
        given: dict[str, Any] = event.kwargs
        if event.depth == 0 and event.module.training and "labels" in given and "input_ids" in given:
            event.kwargs = {**given, "labels": given["input_ids"]}
