"""The model ends in softmax, and the loss applies softmax again.

What it sees:
    The first argument of `cross_entropy` comes from softmax, or from log-softmax, with nothing but changes of shape
    between; or the first argument of `nll_loss` from softmax without a logarithm.

Why learning fails:
    Cross-entropy applies log-softmax itself. Given probabilities, it can tell classes apart by a factor e at most:
    the loss cannot fall below ln(1 + (C-1)/e), and its gradient is a small part of what it should be.

Example:
    model = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
    loss = nn.CrossEntropyLoss()(model(x), y)

Fix:
    Let the model return logits; apply softmax only where probabilities are shown.

Certainty:
    Certain: read from the operations themselves. log-softmax in front of cross-entropy changes nothing in the
    value (it is idempotent), so it is not reported.

Look-alikes:
    A softmax inside the model (attention, mixture weights) whose result is used further on. Probabilities as
    *targets* are right.

References:
    https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html, https://github.com/pytorch/pytorch/issues/55902
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import edits, reading, symptoms
from vitreous.doctor.change import Listener, SkipOp
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial, round_to
from vitreous.record.evidence import Evidence

FAULT = Fault(
    "loss/softmax-before-cross-entropy",
    "warning",
    "loss",
    "softmax stands before cross-entropy, which applies it",
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each cross-entropy whose input is made by softmax."""
    for trace, loss in reading.losses(evidence, "cross_entropy", "nll_loss"):
        made = reading.shaped_from(trace, reading.prediction(trace, loss))
        if made is None or made.name not in ("softmax", "softmin"):
            continue
        if loss.name == "nll_loss":
            continue  # loss/logits-into-probability-loss: here a logarithm is missing
        place = made.blame
        said = reading.used_in_training(evidence, made) if not made.builtin else place
        rows = [Row("input of cross_entropy is the output of", made.name, "")]
        if made.output and made.output.minimum is not None and made.output.maximum is not None:
            rows.append(
                Row("its range", f"{round_to(made.output.minimum)} to {round_to(made.output.maximum)}")
            )
        what = f"nn.{made.module_kind}" if made.builtin else "the softmax"
        yield Suspicion(
            said,
            0.98,
            rows,
            f"drop {what}: cross_entropy takes logits",
            certain=True,
            edits=edits.some(edits.unwrapped(place, "softmax", "log_softmax", "Softmax")),
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[
                Trial("the softmax left out", {"name": made.name, "file": place.file, "line": place.line})
            ]
            if place
            else [],
        )


def intervene(settings: dict[str, Any]) -> Listener:
    """Passes the logits on."""
    return SkipOp(settings["name"], settings["file"], settings["line"])
