"""The target is passed as prediction and the prediction as target.

What it sees:
    A loss whose first argument needs no gradient while its second does. In torch.nn.functional the prediction
    comes first.

Why learning fails:
    Most losses are not symmetric: cross-entropy takes the log of its first argument only. With the two exchanged
    the optimum is another one, often minus infinity, and the loss falls without the model learning the task.

Example:
    loss = F.binary_cross_entropy_with_logits(x, reconstruction)

Fix:
    Prediction first, target second (scikit-learn's metrics have it the other way round).

Certainty:
    Certain, as it is told from who needs a gradient, except for kl_div, whose direction can be chosen on purpose:
    there an experiment decides. Losses that are symmetric (squared, absolute, Huber) are left alone.

Look-alikes:
    loss/logits-into-probability-loss makes the loss negative too, but the prediction is in its place.

References:
    https://pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from vitreous.doctor import calls, symptoms
from vitreous.doctor.change import ChangeLoss
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.events import Listener, LossCall
from vitreous.record.evidence import Evidence
from vitreous.record.facts import LossSite
from vitreous.record.places import Place

FAULT = Fault("loss/swapped-arguments", "error", "loss", "prediction and target are exchanged in the loss")

_SYMMETRIC = frozenset(
    ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "gaussian_nll_loss", "cosine_embedding_loss"]
)
_CHOSEN = frozenset(["kl_div"])
_SAYS_PREDICTION = re.compile(r"pred|logit|score|out|recon|hat|prob|input", re.I)
_SAYS_TARGET = re.compile(r"target|label|true|share|gold|truth|^y$|_y$", re.I)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each asymmetric loss whose target alone can learn."""
    for site in evidence.trained_sites():
        if not site.target_graph or site.name in _SYMMETRIC:
            continue
        place = blame(site)
        lowest = min((row.value for row in evidence.losses if row.site == site.number), default=0.0)
        rows = [Row("first argument needs a gradient", False), Row("second argument needs a gradient", True)]
        if lowest < 0:
            rows.append(Row("lowest value of the loss", lowest))
        settings = {"file": site.place.file, "line": site.place.line} if site.place else {}
        yield Suspicion(
            place,
            0.97 if site.name not in _CHOSEN else 0.5,
            rows,
            f"pass the prediction first and the target second to {site.module or site.name}",
            certain=site.name not in _CHOSEN,
            explains=[symptoms.FLAT, symptoms.DIVERGES, symptoms.ONE_CLASS],
            trials=[Trial("prediction and target exchanged back", settings)],
        )


def blame(site: LossSite) -> Place | None:
    """The line of the loss, or of the call of the function around it where that names its arguments rightly."""
    wrapper = site.stack[1] if len(site.stack) > 1 else None
    call = next((c for c in calls.calls_at(site.place) if len(c.args) >= 2), None)
    if wrapper is None or call is None or site.place is None or wrapper.function == site.place.function:
        return site.place
    first, second = ast.unparse(call.args[0]), ast.unparse(call.args[1])
    rightly = bool(_SAYS_PREDICTION.search(first)) or (
        bool(_SAYS_TARGET.search(second)) and not _SAYS_TARGET.search(first)
    )
    wrongly = bool(_SAYS_PREDICTION.search(second)) or bool(_SAYS_TARGET.search(first))
    return wrapper if rightly and not wrongly else site.place


def _exchange(event: LossCall) -> None:
    given, target = event.input, event.target
    if getattr(target, "requires_grad", False) and not getattr(given, "requires_grad", False):
        event.input, event.target = target, given


def intervene(settings: dict[str, Any]) -> Listener:
    """Exchanges the two back."""
    return ChangeLoss(_exchange, settings.get("file"), settings.get("line"))
