"""Which parts of the input a decision hangs on, by Captum: saliency, integrated gradients, Grad-CAM.

Saliency is |dy/dx| (Simonyan et al., https://arxiv.org/abs/1312.6034); integrated gradients sum the gradient along the
way from an empty input (Sundararajan et al., https://arxiv.org/abs/1703.01365): their sum is the change of the output;
Grad-CAM weighs the last convolution's maps by their gradients (Selvaraju et al., https://arxiv.org/abs/1610.02391).
"""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import torch
from torch import nn

from vitreous.errors import MissingExtraError
from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import LARGE_SIDE, Pictures, Shown, Tile, picture_png, signed_png, thinned
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 100
STEPS, FEWEST_STEPS = 64, 24
BUDGET = 30_000_000_000  # multiply-adds
MOST_ROWS = 20
NAMES = {"saliency": "saliency", "integrated": "integrated gradients", "cam": "Grad-CAM"}
TITLE = "What a decision hangs on"


def view(subject: Subject) -> Shown | None:
    """Of the sample's predicted class.

    Raises:
        MissingExtraError: where Captum is not installed.
    """
    if (
        not subject.differentiable
        or not subject.classifies
        or subject.input.kind not in ("image", "features")
    ):
        return None
    if importlib.util.find_spec("captum") is None:
        raise MissingExtraError(
            "vitreous[look]", f"“{TITLE}” (saliency, integrated gradients, Grad-CAM by Captum)"
        )
    x = subject.x[subject.sample : subject.sample + 1]
    said = int(subject.probabilities[subject.sample].argmax())
    found, gap = attribute(subject, x, None if subject.task.kind == "binary" else said)
    caption = (
        f"Example {subject.number(subject.sample)}, for {words.text(subject.classes[said], 40)}. Integrated gradients "
        f"start from zeros; their sum differs from the change of the output by {numbers.plain(gap)}."
    )
    if subject.drawable:
        tiles = [Tile(picture_png(x[0].numpy(), side=LARGE_SIDE), "the example")]
        tiles += [
            Tile(signed_png(thinned(a[0].sum(0), LARGE_SIDE)), NAMES[name]) for name, a in found.items()
        ]
        return Shown("attributions", TITLE, caption, [Pictures(tiles, large=True)], found | {"gap": gap})
    order = np.argsort(-np.abs(found["integrated"][0]), kind="stable")[:MOST_ROWS]
    columns = [x[0].numpy(), *(a[0] for a in found.values())]
    rows = [
        [words.text(subject.name(n), 60), *(numbers.plain(float(c[n])) for c in columns)]
        for n in order.tolist()
    ]
    table = Table(["input", "value", *(NAMES[n] for n in found)], rows, right=frozenset({1, 2, 3}))
    return Shown("attributions", TITLE, caption, [table], found | {"gap": gap})


def attribute(subject: Subject, x: torch.Tensor, target: int | None) -> tuple[dict[str, Array], float]:
    """Attributions by method, and how far integrated gradients are from adding up."""
    from captum.attr import IntegratedGradients, LayerGradCam, Saliency

    def plain(given: torch.Tensor) -> Any:
        out = subject.logits(given)
        return out.reshape(len(given)) if target is None else out

    steps = max(FEWEST_STEPS, min(STEPS, BUDGET // max(1, 3 * subject.multiply_adds)))
    with torch.enable_grad():
        given = x.clone().requires_grad_()
        saliency = Saliency(plain).attribute(given, target=target)
        integrated, gap = IntegratedGradients(plain).attribute(
            given, torch.zeros_like(given), target=target, n_steps=steps, return_convergence_delta=True
        )
        found = {"saliency": saliency.detach().numpy(), "integrated": integrated.detach().numpy()}
        convolutions = [m for m in subject.model.modules() if isinstance(m, nn.Conv2d)]
        if convolutions and x.ndim == 4:
            cam = LayerGradCam(plain, convolutions[-1]).attribute(
                given, target=target, relu_attributions=True
            )
            found["cam"] = cam.detach().numpy()
    return found, float(gap.abs().max())
