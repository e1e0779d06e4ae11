"""The model ends in sigmoid, and the loss applies sigmoid again.

What it sees:
    The first argument of `binary_cross_entropy_with_logits` (or of soft-margin losses) comes from sigmoid, with
    nothing but changes of shape between. So do the scores of a logistic loss that is written out: log(1 + exp(s)),
    log1p(exp(-|s|)), softplus, logsigmoid or the log of another sigmoid (see `doctor/written_out.py`).

Why learning fails:
    Probabilities taken for logits lie between 0 and 1, so the second sigmoid gives 0.5 to 0.73: "no" can never be
    said with confidence, and gradients are a fraction of what they should be.

Example:
    loss = nn.BCEWithLogitsLoss()(torch.sigmoid(model(x)), y)

Fix:
    Return logits from the model, or use `nn.BCELoss` on the probabilities (less exact in float32).

Certainty:
    Certain of torch's losses: read from the operations themselves. Of one written out, named when the same loss is
    clearly lower on what the sigmoid was given.

Look-alikes:
    A sigmoid inside the model (gates, attention) whose result is used further on: where weights lie between a
    softplus and the loss, it is none of a loss.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, symptoms, written_out
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.dataflow import Op, Trace
from vitreous.record.evidence import Evidence
from vitreous.record.places import Place

FAULT = Fault(
    "loss/sigmoid-before-logits-loss", "warning", "loss", "sigmoid stands before a loss that applies it"
)

_LOSSES = ("binary_cross_entropy_with_logits", "multilabel_soft_margin_loss", "soft_margin_loss")

_NAMED = ("sigmoid", "sigmoid_", "softmax", "hardsigmoid", "expit")
_LEAST = 1e-30  # of a power, so that its logarithm is a number


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each such loss whose input is made by sigmoid."""
    seen: set[Place | None] = set()
    for loss, made in _scored(evidence):
        if made is None or made.place in seen:
            continue
        seen.add(made.place)
        named, place = loss.name in _LOSSES, made.blame
        takes = loss.name if named else "the logistic loss written out"
        said = made.name.strip("_") if made.name in _NAMED else "sigmoid written out"
        rows = [Row(f"input of {takes} is the output of", said)]
        if made.output and made.output.minimum is not None and made.output.maximum is not None:
            rows.append(
                Row("its range", f"{round_to(made.output.minimum)} to {round_to(made.output.maximum)}")
            )
        what = reading.written(made) if made.builtin else f"the {said}"
        settings = {"name": made.name, "file": place.file, "line": place.line} if place else {}
        yield Suspicion(
            reading.called_at(made),
            0.98 if named else 0.9,
            rows,
            f"drop {what}: {takes} takes logits",
            certain=named,
            edits=edits.some(edits.unwrapped(place, "sigmoid", "Sigmoid", "softmax", "Softmax")),
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[Trial("the sigmoid left out", settings)] if settings else [],
        )


def _scored(evidence: Evidence) -> Iterator[tuple[Op, Op | None]]:
    """Each loss of logits, and the sigmoid that made them."""
    for trace, loss in reading.losses(evidence, *_LOSSES):
        made = reading.shaped_from(trace, reading.prediction(trace, loss))
        yield loss, made if _is_sigmoid(trace, made) else None
    for trace in evidence.training_traces:
        for op in trace.behind(trace.root):
            made = written_out.logistic(trace, op)
            if _is_sigmoid(trace, made) and written_out.is_last(trace, op):
                yield op, made


def _is_sigmoid(trace: Trace, op: Op | None) -> bool:
    return op is not None and (op.name == "softmax" or written_out.is_sigmoid(trace, op)) and trace.learns(op)


def intervene(settings: dict[str, Any]) -> Listener:
    """Passes the logits on."""
    if settings["name"] in _NAMED:
        return SkipOp(settings["name"], settings["file"], settings["line"])
    return SkipOp(**settings, result=lambda below: -(below - 1).clamp_min(_LEAST).log())  # of 1 + exp(-z)
