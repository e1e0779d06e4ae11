"""Layers kept in a plain list or dict, or tensors that are no Parameter: the model uses them, nothing trains them.

What it sees:
    The loss reaches trainable tensors step after step that no model in use has registered and no optimizer holds.

Why learning fails:
    `model.parameters()` lists only what is registered: Parameters, Modules and their containers assigned as
    attributes. Everything else stays as it was initialized, and is neither moved by `.to()` nor saved.

Example:
    self.experts = [nn.Linear(8, 1) for _ in range(6)]

Fix:
    Hold layers in `nn.ModuleList` or `nn.ModuleDict`, tensors in `nn.Parameter`.

Certainty:
    Certain: gradients arrive at tensors that nobody updates, in at least 3 recorded steps; or the optimizer refuses an
    empty list of parameters while a class of modules keeps layers in a list or a dict.

Look-alikes:
    An input whose gradient is wanted (attacks, saliency, penalties) is another tensor at each step. Layers frozen on
    purpose have requires_grad off. A backbone left out of the optimizer is registered in the model.

References:
    https://github.com/pytorch/pytorch/issues/59925, https://pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitreous.doctor import calls, symptoms
from vitreous.doctor.change import HoldParameters, Listener
from vitreous.doctor.fault import Fault, Row, Suspicion, Trial
from vitreous.record.evidence import Evidence
from vitreous.record.facts import ParameterFacts
from vitreous.record.places import Place

FAULT = Fault(
    "model/unregistered-parameters",
    "error",
    "forward",
    "layers or tensors are not registered, so nothing trains them",
)

_LOOKS = 3


def suspect(evidence: Evidence) -> Iterator[Suspicion]:
    """Trainable tensors that the loss reaches and that nobody has."""
    if evidence.crash is not None and "empty parameter list" in evidence.crash.message:
        yield from _nothing_registered(evidence)
    if not evidence.optimizers:
        return
    loose: dict[Any, list[ParameterFacts]] = {}
    for parameter in evidence.parameters.values():
        outside = parameter.model is None and not parameter.optimizers and parameter.requires_grad
        seen = parameter.reached and parameter.received >= _LOOKS and not parameter.change
        if outside and seen and parameter.place is not None:
            loose.setdefault((parameter.place.file, parameter.place.line), []).append(parameter)
    for group in loose.values():
        kinds = sorted({p.kind for p in group if p.kind})
        what = f"nn.{kinds[0]} layers" if kinds else "tensors"
        fix = "hold the layers in nn.ModuleList or nn.ModuleDict" if kinds else "make them nn.Parameter"
        rows = [
            Row(
                "trainable tensors with gradients that no optimizer holds", len(group), f"as {group[0].name}"
            ),
            Row("recorded steps in which they got gradients", group[0].received, f"of {group[0].looked}"),
        ]
        yield Suspicion(
            group[0].place,
            0.96,
            rows,
            fix,
            certain=True,
            summary=f"{what} are not registered, so nothing trains them",
            explains=[symptoms.SLOW, symptoms.FLAT],
            trials=[Trial("they are given to the optimizer", {})],
        )


def _nothing_registered(evidence: Evidence) -> Iterator[Suspicion]:
    """A model that has no parameters at all, where the script keeps layers in a plain list or dict."""
    crash = evidence.crash
    kept = calls.layers_kept_plainly(evidence.script)
    if crash is None or not kept:
        return
    yield Suspicion(
        Place(evidence.script, kept[0]),
        0.95,
        [Row("PyTorch says", crash.message[:120]), Row("lists or dicts of layers in a module", len(kept))],
        "hold the layers in nn.ModuleList or nn.ModuleDict",
        certain=True,
        summary="layers are not registered, so there is nothing to train",
    )


def intervene(settings: dict[str, Any]) -> Listener:
    """Trains them."""
    return HoldParameters()
