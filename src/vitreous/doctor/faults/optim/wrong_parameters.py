"""The optimizer holds other parameters than the model that is trained.

What it sees:
    Parameters in an optimizer that belong to no model in use and that no loss reaches, or that were replaced in their
    model, while the loss reaches parameters that no optimizer holds.

Why learning fails:
    The steps move the old tensors. The model in use stays (wholly or in part) as it was initialized.

Example:
    optimizer = Adam(model.parameters())
    model.fc = nn.Linear(512, 10)           # a new layer the optimizer has never heard of

Fix:
    Make the optimizer last: after the model is built, copied, moved and its head replaced.

Certainty:
    Certain: both halves are facts. Parameters the loss reaches without any optimizer holding them are alone no
    fault (training only a head), nor are held ones that are not reached (a branch not used yet). Where they still
    have the values their constructors drew and training is poor, a run with them held must be clearly better.

Look-alikes:
    Layers in a plain list (model/unregistered-parameters): there the optimizer holds nothing stale.

References:
    https://github.com/pytorch/pytorch/issues/14467
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import symptoms
from vitreous.doctor.change import HoldParameters, Listener
from vitreous.doctor.drawn import as_drawn
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

_GAIN = 0.35

FAULT = Fault(
    "optim/wrong-parameters", "error", "optimizer", "the optimizer holds other parameters than the model's"
)


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Each optimizer with stale parameters, or with some only, while others have no optimizer."""
    missing = [
        p
        for p in evidence.parameters.values()
        if p.reached and p.requires_grad and not p.optimizers and p.model is not None
    ]
    if not missing:
        return
    stale = list(_stale(evidence, missing))
    yield from stale or _forgotten(evidence, missing)


def _forgotten(evidence: Evidence, missing: list[ParameterFacts]) -> Iterator[Suspicion]:
    """Weights that are still as they were drawn, get gradients, and that no optimizer holds, where training is poor."""
    fresh = [p for p in missing if as_drawn(p) and p.received * 2 > p.looked]
    working = next((o for o in evidence.optimizers if o.steps), None)
    if not fresh or working is None or (gain := symptoms.gain_needed(evidence, _GAIN)) is None:
        return
    rows = [
        Row(
            "weights with gradients, as they were drawn, that no optimizer holds",
            len(fresh),
            f"as {fresh[0].name}",
        )
    ]
    yield Suspicion(
        working.place, 0.7, rows, f"give {fresh[0].name} and the rest of the model to the optimizer too",
        summary="the optimizer holds a part of the model only",
        explains=[symptoms.FLAT, symptoms.SLOW],
        trials=[Trial("the model's parameters given to the optimizer", {})], gain=gain,
    )  # fmt: skip


def _stale(evidence: Evidence, missing: list[ParameterFacts]) -> Iterator[Suspicion]:
    trained = {site.model for site in evidence.sites if site.trained}
    for optimizer in evidence.optimizers:
        held = [evidence.parameters[key] for key in optimizer.parameters if key in evidence.parameters]
        stale = [
            p
            for p in held
            if p.left or (not p.reached and not p.received and p.requires_grad and p.model not in trained)
        ]
        alike = {tuple(p.shape) for p in stale} & {tuple(p.shape) for p in missing}
        whole = len(stale) == len(held)
        if not stale or not (alike or whole or len(stale) * 4 >= len(held)):
            continue
        rows = [
            Row(
                "parameters of the trained model that no optimizer holds",
                len(missing),
                f"as {missing[0].name}",
            ),
            Row("parameters in the optimizer that no loss reaches", len(stale), f"of {len(held)}"),
        ]
        which = "all its parameters" if whole else f"{missing[0].name} and {len(missing) - 1} more"
        if len(missing) == 1:
            which = missing[0].name
        yield Suspicion(
            optimizer.place if whole else _last_made(optimizer.place, missing[0].place),
            0.97,
            rows,
            f"make the optimizer after the model is complete, from the model that is trained ({which} are missing)",
            certain=True,
            explains=[symptoms.FLAT, symptoms.SLOW],
            trials=[Trial("the model's parameters given to the optimizer", {})],
        )


def _last_made(optimizer: Place | None, layer: Place | None) -> Place | None:
    """Where a new optimizer belongs: after the new layer, if that is made in the same function further down."""
    if optimizer is None or layer is None:
        return optimizer
    same = (optimizer.file, optimizer.function) == (layer.file, layer.function)
    return layer if same and layer.line > optimizer.line else optimizer


def intervene(settings: dict[str, Any]) -> Listener:
    """Adds what is missing."""
    return HoldParameters()
