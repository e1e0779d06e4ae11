"""Loss tensors are kept together with their graphs, and memory grows with every step.

What it sees:
    The graphs of the first steps' losses (or outputs) are still held three and more steps later: a sign put into
    each graph is alive as long as anything refers to it.

Why learning fails:
    It learns, until the memory is full. A tensor that came out of a computation holds on to all that it was made
    from; a list of such losses, or their running sum, holds every step's graph.

Example:
    history.append(loss)
    total += loss * len(x)

Fix:
    Keep the number: `loss.item()`, or `loss.detach()` where it should stay on the device.

Certainty:
    Certain: counted. Named when nine in ten of at least six watched graphs are held.

Look-alikes:
    train/state-carried: a recurrent state holds the graph of the steps before, and the loss with it.
    Accumulating a loss over several batches before one backward pass holds only those.

References:
    https://pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vitreous.doctor import source, trainers
from vitreous.doctor.fault import Fault, Row, Suspicion
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault("loss/keeps-graph", "warning", "loss", "losses are kept together with their graphs")

_LEAST = 6
_SHARE = 0.9


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Graphs that outlive their step."""
    seen = evidence.probes.get("kept") or {}
    watched, kept = seen.get("watched", 0), max(seen.get("kept", 0), seen.get("outputs", 0))
    if watched < _LEAST or kept < _SHARE * watched:
        return
    place = Place(**seen["places"][0]) if seen["places"] else _appended(evidence) or evidence.backward_place
    if trainers.runs(place):  # a training library keeps them, for its own purposes
        return
    yield Suspicion(
        place,
        0.95,
        [Row("graphs of earlier steps still held", kept, f"of {watched}")],
        "keep a number instead of the tensor: .item(), or .detach()",
        certain=True,
        summary="tensors are kept together with the graphs they came from, and memory grows",
        metric="none",
    )


def _appended(evidence: Evidence) -> Place | None:
    """Where a function that a training library calls puts its loss into a list or a sum.

    It has returned before the step, when the functions that run then are asked what they hold.
    """
    for site in evidence.loss_sites:
        for line in [site.place, *site.stack] if site.trained and site.place is not None else []:
            names, around = set(source.targets(line)), source.functions(line)
            for node in ast.walk(around[-1]) if around and names else ():
                if isinstance(node, ast.Call) and source.last_name(node.func) in ("append", "extend"):
                    given = node.args
                elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
                    given = [node.value]
                else:
                    continue
                if any(isinstance(one, ast.Name) and one.id in names for one in given):
                    return Place(line.file, node.lineno, line.function)
    return None
