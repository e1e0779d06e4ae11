"""Activation maximization: the input that excites an output most, found by gradient ascent from faint noise.

From a seeded start; after every step the input is kept within the range of the examples, and a penalty on its size
holds it back. Source: Erhan et al., "Visualizing higher-layer features of a deep network" (2009).
"""

from __future__ import annotations

import torch
from torch import Tensor

from vitreous.looking.view import Pictures, Shown, Subject, Tile, picture_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 40
STEPS, RATE, DECAY = 96, 0.1, 1e-3
MOST_CLASSES = 10


def view(subject: Subject) -> Shown | None:
    """One input for each class."""
    if not subject.differentiable or subject.task.kind not in ("binary", "multiclass"):
        return None
    if subject.input.kind not in ("image", "features"):
        return None
    classes = subject.classes[:MOST_CLASSES]
    found, before, after = maximize(subject, len(classes))
    caption = f"Gradient ascent on the logit, {STEPS} steps from faint noise (seed {subject.seed}), kept within the range of the examples."
    values = Table(
        ["class", "logit before", "logit after"],
        [[words.text(c, 40), numbers.plain(float(b)), numbers.plain(float(a))] for c, b, a in zip(classes, before, after, strict=True)],
        right=frozenset({1, 2}),
    )  # fmt: skip
    if subject.input.kind == "image":
        tiles = [Tile(picture_png(image.numpy()), words.text(name, 40)) for name, image in zip(classes, found, strict=True)]
        parts = [Pictures(tiles, "", values)]
        return Shown("maximization", "What the network looks for", caption, parts, {"inputs": found.numpy(), "before": before, "after": after})
    width = min(found[0].numel(), 12)
    names = list(subject.features) or [f"input {n}" for n in range(found[0].numel())]
    rows = [[words.text(c, 40), *(numbers.plain(float(v)) for v in x.reshape(-1)[:width])] for c, x in zip(classes, found, strict=True)]
    table = Table(["class", *(words.text(n, 30) for n in names[:width])], rows, right=frozenset(range(1, width + 1)))
    return Shown("maximization", "What the network looks for", caption, [table, values],
                 {"inputs": found.numpy(), "before": before, "after": after})  # fmt: skip


def maximize(subject: Subject, classes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs [classes, ...], and the logits they aimed at, before and after."""
    low, high = subject.x.amin(0), subject.x.amax(0)
    generator = torch.Generator().manual_seed(subject.seed)
    x = subject.x.mean(0) + 0.1 * torch.randn(classes, *subject.x.shape[1:], generator=generator)
    x = torch.minimum(torch.maximum(x, low), high).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=RATE * float((high - low).max()) / 4 or RATE)
    with torch.enable_grad():
        before = score(subject, x).detach()
        for _ in range(STEPS):
            value = score(subject, x).sum() - DECAY * x.square().sum()
            (x.grad,) = torch.autograd.grad(value, [x])
            x.grad.neg_()
            optimizer.step()
            with torch.no_grad():
                x.clamp_(low, high)
        after = score(subject, x).detach()
    return x.detach(), before, after


def score(subject: Subject, x: Tensor) -> Tensor:
    """The logit of class n for input n, [classes]."""
    logits = subject.model(x)
    if subject.task.kind == "binary":
        one = logits.reshape(-1)
        return torch.stack([-one[0], one[1]]) if len(one) > 1 else one
    return torch.diagonal(logits)
