"""Evaluation builds the graphs that a backward pass would need, and none comes.

What it sees:
    Calls of a trained model through whose output no gradient ever comes back, made with gradients on. The line is that
    of the outermost loop around them in which nothing is trained, where `with torch.no_grad():` belongs; else theirs.

Why learning fails:
    It does not. Each operation keeps its inputs for a backward pass that never happens, so evaluation takes about
    twice the memory and a third more time; where results are collected, every graph stays alive until the end.

Example:
    model.eval()
    for x, y in val_loader:
        loss += criterion(model(x), y)

Fix:
    Evaluate within `with torch.no_grad():` or `torch.inference_mode()`; `model.eval()` does not turn gradients off.

Certainty:
    A note, and certain as such: nine tenths of the calls from a line, after training began, of at least 32 samples
    in all. Gradients of an output with respect to an input (attacks, physics, attributions) count as used.

Look-alikes:
    A network whose output is used by another one in training: gradients come back through it.

References:
    https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation
"""

from __future__ import annotations

from collections.abc import Iterator

from vitreous.doctor import evaluated, source
from vitreous.doctor.fault import Fault, Row, Suspicion
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("eval/tracks-gradients", "note", "evaluation", "evaluation builds graphs that nothing uses")

_SHARE, _LEAST_SAMPLES = 0.9, 32


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """The line that evaluates most with gradients on."""
    trained = {site.model for site in evidence.sites if site.trained}
    found = []
    for site in evidence.sites:
        samples = sum(p.samples for p in evidence.passes if p.site == site.number and p.step > 0)
        if not site.evaluated or site.model not in trained or samples < _LEAST_SAMPLES:
            continue
        wasteful = site.with_graph >= _SHARE * site.evaluated
        if wasteful and (not site.trained or evaluated.on_held_out(evidence, site)):
            found.append((samples, site))
    if not found:
        return
    samples, site = max(found, key=lambda pair: pair[0])
    place = _outside(evidence, site.place)
    line = f" (line {place.line})" if place else ""
    yield Suspicion(
        place,
        0.9,
        [
            Row("evaluated calls that built a graph", site.with_graph, f"of {site.evaluated}"),
            Row("samples evaluated so", samples),
        ],
        f"evaluate within `with torch.no_grad():`{line}; model.eval() does not turn gradients off",
        certain=True,
        metric="none",
    )


def _outside(evidence: Evidence, place: Place | None) -> Place | None:
    """Where the block without gradients begins: at the outermost loop around a call that only evaluates, else there."""
    loops = source.loops(place) if place is not None else []
    idle = [loop for loop in loops if evaluated.only_evaluates(evidence, place.file, loop)]  # type: ignore[union-attr]
    return Place(place.file, idle[0].lineno, place.function) if place is not None and idle else place
