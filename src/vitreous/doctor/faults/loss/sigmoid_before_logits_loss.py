"""The model ends in sigmoid, and the loss applies sigmoid again.

What it sees:
    The first argument of `binary_cross_entropy_with_logits` (or of soft-margin losses) comes from sigmoid, with
    nothing but changes of shape between.

Why learning fails:
    Probabilities taken for logits lie between 0 and 1, so the second sigmoid gives 0.5 to 0.73: "no" can never be
    said with confidence, and gradients are a fraction of what they should be.

Example:
    loss = nn.BCEWithLogitsLoss()(torch.sigmoid(model(x)), y)

Fix:
    Return logits from the model, or use `nn.BCELoss` on the probabilities (less exact in float32).

Certainty:
    Certain: read from the operations themselves.

Look-alikes:
    A sigmoid inside the model (gates, attention) whose result is used further on.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, symptoms
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "loss/sigmoid-before-logits-loss", "warning", "loss", "sigmoid stands before a loss that applies it"
)

_LOSSES = ("binary_cross_entropy_with_logits", "multilabel_soft_margin_loss", "soft_margin_loss")


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each such loss whose input is made by sigmoid."""
    for trace, loss in reading.losses(evidence, *_LOSSES):
        made = reading.shaped_from(trace, reading.prediction(trace, loss))
        if made is None or made.name not in ("sigmoid", "sigmoid_", "softmax", "hardsigmoid"):
            continue
        place = made.blame
        rows = [Row(f"input of {loss.name} is the output of", made.name)]
        if made.output and made.output.minimum is not None and made.output.maximum is not None:
            rows.append(
                Row("its range", f"{round_to(made.output.minimum)} to {round_to(made.output.maximum)}")
            )
        what = f"nn.{made.module_kind}" if made.builtin else f"the {made.name.strip('_')}"
        yield Suspicion(
            place,
            0.98,
            rows,
            f"drop {what}: {loss.name} takes logits",
            certain=True,
            edits=edits.some(edits.unwrapped(place, "sigmoid", "Sigmoid", "softmax", "Softmax")),
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[
                Trial("the sigmoid left out", {"name": made.name, "file": place.file, "line": place.line})
            ]
            if place
            else [],
        )


def intervene(settings: dict[str, Any]) -> Listener:
    """Passes the logits on."""
    return SkipOp(settings["name"], settings["file"], settings["line"])
