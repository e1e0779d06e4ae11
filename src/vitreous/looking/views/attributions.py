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

from vitreous.looking.operation import Array
from vitreous.looking.view import Part, Pictures, Shown, Subject, Tile, picture_png, signed_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 100
STEPS = 64
NAMES = {"saliency": "saliency", "integrated": "integrated gradients", "cam": "Grad-CAM"}


def view(subject: Subject) -> Shown | None:
    """Of the sample's predicted class; nothing where Captum is not installed."""
    if importlib.util.find_spec("captum") is None or not subject.differentiable or not subject.task.is_classification:
        return None
    if subject.input.kind not in ("image", "features"):
        return None
    x = subject.x[subject.sample : subject.sample + 1]
    said = int(subject.probabilities[subject.sample].argmax())
    found, gap = attribute(subject, x, None if subject.task.kind == "binary" else said)
    caption = (
        f"Example {subject.sample}, for {words.text(subject.classes[said], 40)}. Integrated gradients start from zeros; their sum differs "
        f"from the change of the output by {numbers.plain(gap)}."
    )
    if subject.input.kind == "image":
        tiles = [Tile(picture_png(x[0].numpy()), "the example")]
        tiles += [Tile(signed_png(a[0].sum(0) if a.ndim == 4 else a[0]), NAMES[name]) for name, a in found.items()]
        return Shown("attributions", "What a decision hangs on", caption, [Pictures(tiles, large=True)], found | {"gap": gap})
    names = list(subject.features) or [f"input {n}" for n in range(x.shape[1])]
    order = np.argsort(-np.abs(found["integrated"][0]), kind="stable")[:20]
    rows = [[words.text(names[n], 60), numbers.plain(float(x[0, n])), *(numbers.plain(float(a[0, n])) for a in found.values())] for n in order]
    parts: list[Part] = [Table(["input", "value", *(NAMES[n] for n in found)], rows, right=frozenset({1, 2, 3}))]
    return Shown("attributions", "What a decision hangs on", caption, parts, found | {"gap": gap})


def attribute(subject: Subject, x: torch.Tensor, target: int | None) -> tuple[dict[str, Array], float]:
    """Attributions by method, and how far integrated gradients are from adding up."""
    from captum.attr import IntegratedGradients, LayerGradCam, Saliency

    with torch.enable_grad():
        def plain(given: torch.Tensor) -> Any:
            out = subject.model(given)
            return out.reshape(len(given)) if target is None else out

        given = x.clone().requires_grad_()
        saliency = Saliency(plain).attribute(given, target=target)
        integrated, gap = IntegratedGradients(plain).attribute(
            given, torch.zeros_like(given), target=target, n_steps=STEPS, return_convergence_delta=True
        )
        found = {"saliency": saliency.detach().numpy(), "integrated": integrated.detach().numpy()}
        convolutions = [m for m in subject.model.modules() if isinstance(m, nn.Conv2d)]
        if convolutions and x.ndim == 4:
            cam = LayerGradCam(plain, convolutions[-1]).attribute(given, target=target, relu_attributions=True)
            found["cam"] = cam.detach().numpy()
    return found, float(gap.abs().max())
