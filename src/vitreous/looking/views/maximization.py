"""Activation maximization: the input that excites a unit most, found by gradient ascent from faint noise.

From a seeded start; after every step the input is kept within the range of the examples, and a penalty on its size
holds it back. Source: Erhan et al., "Visualizing higher-layer features of a deep network" (2009).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from vitreous.looking.subject import Subject
from vitreous.looking.view import Part, Pictures, Shown, Tile, picture_png
from vitreous.looking.views.top_examples import outstanding
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 40
STEPS, RATE, DECAY = 96, 0.1, 1e-3
MOST_CLASSES, MOST_COLUMNS = 10, 12
BUDGET = 100_000_000_000  # multiply-adds: large networks are asked for fewer classes, by fewer steps
FEWEST_CLASSES, FEWEST_STEPS = 3, 16

Score = Callable[[Tensor], Tensor]


def view(subject: Subject) -> Shown | None:
    """One input for each class, and of images one for some hidden units."""
    if (
        not subject.differentiable
        or not subject.classifies
        or subject.input.kind not in ("image", "features")
    ):
        return None
    inputs = BUDGET // max(1, 3 * subject.multiply_adds)  # a step back costs two forward
    large = inputs < 3 * STEPS * MOST_CLASSES
    classes = subject.classes[: FEWEST_CLASSES if large else MOST_CLASSES]
    steps = max(FEWEST_STEPS, min(STEPS, inputs // len(classes)))
    found, before, after = maximize(subject, len(classes), lambda x: class_scores(subject, x), steps)
    names = [words.text(c, 40) for c in classes]
    parts = _shown(subject, "For each class", names, found, _gain("class", names, before, after))
    numbers_of = {"inputs": found.numpy(), "before": before.numpy(), "after": after.numpy()}
    if subject.drawable and not large:
        for layer, units in outstanding(subject):
            score = unit_scores(subject, layer, units)
            images, *gain = maximize(subject, len(units), score, steps)
            names = [f"unit {n}" for n in units]
            title = f"For units of {words.text(layer, 40)}"
            parts += _shown(subject, title, names, images, _gain("unit", names, *gain))
    caption = (
        f"Gradient ascent on the activation, {steps} steps from faint noise (seed {subject.seed}), kept within the "
        "range of the examples."
    )
    return Shown("maximization", "What the network looks for", caption, parts, numbers_of)


def maximize(subject: Subject, many: int, score: Score, steps: int = STEPS) -> tuple[Tensor, Tensor, Tensor]:
    """Inputs [many, ...], and the scores they aimed at, before and after."""
    low, high = subject.x.amin(0), subject.x.amax(0)
    generator = torch.Generator().manual_seed(subject.seed)
    noise = torch.randn(many, *subject.x.shape[1:], generator=generator).to(subject.x.dtype)
    x = subject.x.mean(0) + 0.1 * noise
    x = torch.minimum(torch.maximum(x, low), high).requires_grad_()
    optimizer = torch.optim.Adam([x], lr=RATE * float((high - low).max()) / 4 or RATE)
    with torch.enable_grad():
        before = score(x).detach()
        for _ in range(steps):
            value = score(x).sum() - DECAY * x.square().sum()
            (x.grad,) = torch.autograd.grad(-value, [x])
            optimizer.step()
            with torch.no_grad():
                x.clamp_(low, high)
        after = score(x).detach()
    return x.detach(), before, after


def class_scores(subject: Subject, x: Tensor) -> Tensor:
    """The logit of class n for input n, [classes]."""
    logits = subject.logits(x)
    if subject.task.kind == "binary":
        one = logits.reshape(-1)
        return torch.stack([-one[0], one[1]]) if len(one) > 1 else one
    return torch.diagonal(logits)


def unit_scores(subject: Subject, layer: str, units: list[int]) -> Score:
    """The mean activation over all places of a layer's unit n for input n."""

    def score(x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        handle = subject.model.get_submodule(layer).register_forward_hook(
            lambda _m, _a, out: kept.append(out)
        )
        try:
            subject.model(x)
        finally:
            handle.remove()
        by_unit = kept[-1].movedim(subject.layers[layer].unit_axis, 1)
        flat = by_unit.flatten(2).mean(2) if by_unit.ndim > 2 else by_unit
        return flat[torch.arange(len(units)), units]

    return score


def _shown(subject: Subject, title: str, names: list[str], found: Tensor, gain: Table) -> list[Part]:
    if subject.drawable:
        tiles = [Tile(picture_png(x.numpy()), n) for n, x in zip(names, found, strict=True)]
        return [Pictures(tiles, title, gain)]
    width = min(found[0].numel(), MOST_COLUMNS)
    columns = [words.text(subject.name(n), 30) for n in range(width)]
    numbers_of = [[numbers.plain(v) for v in x.reshape(-1)[:width].tolist()] for x in found]
    rows = [[name, *row] for name, row in zip(names, numbers_of, strict=True)]
    return [Table(["class", *columns], rows, title, right=frozenset(range(1, width + 1))), gain]


def _gain(what: str, names: list[str], before: Tensor, after: Tensor) -> Table:
    pairs = zip(names, before.tolist(), after.tolist(), strict=True)
    rows = [[name, numbers.plain(a), numbers.plain(b)] for name, a, b in pairs]
    return Table([what, "activation at the start", "at the end"], rows, right=frozenset({1, 2}))
