"""The metric compares the wrong things: argmax over the batch axis, counts over a crossed comparison.

What it sees:
    argmax or max along axis 0 of a prediction of shape [B, C] whose result is then compared with labels; or a
    comparison of [B, 1] with [B] that gives B × B answers.

Why it matters:
    The figure has nothing to do with how good the model is: it may look like chance for a perfect one.

Example:
    _, predicted = torch.max(outputs, 0)
    correct += (predicted == labels).sum().item()

Fix:
    Take the class axis: `outputs.argmax(dim=1)`; give both sides of a comparison the same shape.

Certainty:
    Certain: read from the operations. Axis 0 is right for a single sample's logits of shape [C].

Look-alikes:
    The best sample of a batch for each class (ranking, retrieval) is not compared with labels.

References:
    https://github.com/Zasder3/train-CLIP/issues/6
"""

from __future__ import annotations

from collections.abc import Iterator

from vitreous.doctor import reading, symptoms
from vitreous.doctor.fault import Fault, Row, Suspicion
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence

FAULT = Fault("eval/wrong-metric", "error", "evaluation", "the metric compares the wrong things")

_COMPARE = ("__eq__", "eq", "__ne__", "ne")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each comparison of predictions with labels, in any recorded step."""
    seen = set()
    for trace in evidence.traces:
        for op in trace.ops:
            if op.name not in _COMPARE or len(op.inputs) < 2 or op.place is None or op.module:
                continue
            sides = trace.inputs(op)
            learned = [trace.learns(side) for side in sides]
            if len(sides) < 2 or sum(learned[:2]) != 1:
                continue
            said, given = (sides[0], sides[1]) if learned[0] else (sides[1], sides[0])
            found = _over_batch(trace, said, given) or _crossed(op, said, given)
            if found is not None and found.place not in seen:
                seen.add(found.place)
                yield found


def _over_batch(trace: Trace, said: Op, labels: Op) -> Suspicion | None:
    """The class taken along the batch axis."""
    made = trace.origin(said)
    if made is None or made.name not in ("argmax", "max", "topk") or not made.inputs:
        return None
    scores = trace.inputs(made)[0].output
    axis = made.arguments.get("dim", made.arguments.get("axis", made.arguments.get("1")))
    if (
        scores is None
        or len(scores.shape) < 2
        or axis not in (0, -len(scores.shape))
        or isinstance(axis, bool)
    ):
        return None
    if labels.output is None or scores.shape[0] < 2 or not trace.learns(trace.inputs(made)[0]):
        return None
    rows = [
        Row("shape of the scores", str(scores.shape), "[batch, classes]"),
        Row(f"axis that {made.name} goes along", 0, "the batch"),
        Row("shape of the labels", str(labels.output.shape)),
    ]
    return Suspicion(
        made.place,
        0.97,
        rows,
        f"{made.name} over the class axis (dim=1)",
        certain=True,
        summary="the predicted class is taken over the batch axis",
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )


def _crossed(op: Op, said: Op, labels: Op) -> Suspicion | None:
    """Every prediction compared with every label."""
    if (
        said.output is None
        or labels.output is None
        or not reading.crossed(said.output.shape, labels.output.shape)
    ):
        return None
    rows = [
        Row("shape of the predictions", str(said.output.shape)),
        Row("shape of the labels", str(labels.output.shape)),
        Row("comparisons made", said.output.shape[0] * labels.output.shape[0]),
    ]
    return Suspicion(
        op.place,
        0.97,
        rows,
        "give predictions and labels the same shape, as with squeeze(1)",
        certain=True,
        summary="every prediction is compared with every label",
        explains=[symptoms.EVALUATION_WRONG],
        metric="none",
    )
