"""Parameters take part in the forward pass, but no gradient can come back to them.

What it sees:
    Parameters that an optimizer holds and whose layers run in training, while the graph behind the loss never ends in
    them; and between them and the loss an operation that ends gradients: detach, .data, .numpy(), argmax, no_grad.

Why learning fails:
    Everything in front of the cut stays as it was initialized; only what comes behind it learns.

Example:
    features = torch.from_numpy(self.body(x).detach().numpy().mean(axis=1))

Fix:
    Compute with torch operations, without detach, .data or no_grad on the way.

Certainty:
    Certain: nothing is guessed about the graph. The tensor that is cut off must be used on the way to the prediction,
    or the parameters must get no gradient from any loss of the program.

Look-alikes:
    Target networks and stop-gradients on purpose are held by no optimizer, or get gradients another way. Dead units
    give gradients that are zero, not missing ones.

References:
    https://pytorch.org/docs/stable/notes/autograd.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.dataflow import CUTTING, Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts

FAULT = Fault("model/disconnected", "error", "forward", "parameters take part but get no gradient")

_LOOKS = 3


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Groups of cut-off parameters by the line that cuts them off."""
    cut = {
        p.key: p
        for p in evidence.parameters.values()
        if p.optimizers
        and p.used
        and not p.reached
        and not p.received
        and p.looked >= _LOOKS
        and p.requires_grad
    }
    if not cut or not any(p.reached for p in evidence.parameters.values()):
        return
    groups: dict[Any, tuple[Op, list[ParameterFacts]]] = {}
    for trace in evidence.training_traces[1:3] or evidence.training_traces:
        for op in trace.ops:
            if op.parameter in cut:
                end = cut_behind(trace, op)
                if end is not None and end.place is not None:
                    known = groups.setdefault((end.place.file, end.place.line), (end, []))
                    if cut[op.parameter] not in known[1]:
                        known[1].append(cut[op.parameter])
    for end, parameters in groups.values():
        yield _suspicion(end, parameters, len(cut))


def _suspicion(end: Op, parameters: list[ParameterFacts], all_cut: int) -> Suspicion:
    place = end.place
    ends = end.name in CUTTING or not end.grad
    how = (
        "under no_grad"
        if not end.grad
        else f"by .{end.name}"
        if ends
        else f"the result of {end.name} is not used"
    )
    names = ", ".join(p.name for p in parameters[:3]) + (" …" if len(parameters) > 3 else "")
    rows = [
        Row("parameters without any gradient", len(parameters), f"({names})"),
        Row("recorded steps looked at", parameters[0].looked),
        Row("the way to the loss ends", how),
    ]
    trials = []
    if end.name in ("detach", "data", "detach_") and place is not None:
        trials.append(
            Trial(f"{end.name} left out", {"name": end.name, "file": place.file, "line": place.line})
        )
    fix = (
        f"keep the graph: no {end.name} here, compute with torch operations"
        if ends
        else f"use what {end.name} returns"
    )
    if not end.grad:
        fix = "run this outside no_grad"
    return Suspicion(
        place,
        0.95 if ends else 0.9,
        rows,
        fix,
        certain=True,
        explains=[symptoms.NO_GRADIENT, symptoms.SLOW, symptoms.FLAT],
        trials=trials,
    )


def cut_behind(trace: Trace, parameter: Op) -> Op | None:
    """The last operation that a parameter's influence reaches before its gradient ends."""
    waiting, seen, last = [parameter], set(), None
    while waiting:
        op = waiting.pop(0)
        if op.number in seen:
            continue
        seen.add(op.number)
        if op.kind == "op":
            if op.name in CUTTING or not op.grad:
                return op
            last = op
        waiting += trace.users(op.number)
    return last


def intervene(settings: dict[str, Any]) -> Listener:
    """Leaves the cut out."""
    return SkipOp(settings["name"], settings["file"], settings["line"])
