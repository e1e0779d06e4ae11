"""Weights as images: the kernels of the first convolution, and what each unit of a first dense layer weighs by place.

Blue adds, orange takes away. Source: Zeiler & Fergus, "Visualizing and understanding convolutional networks",
https://arxiv.org/abs/1311.2901; for dense layers LeCun et al. (1989).
"""

from __future__ import annotations

from math import prod

import numpy as np
from torch import nn

from vitreous.looking.operation import Array
from vitreous.looking.subject import Subject
from vitreous.looking.view import Pictures, Shown, Tile, picture_png, signed_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 10
MOST_IMAGES = 32


def view(subject: Subject) -> Shown | None:
    """The first layer that sees an image."""
    if subject.input.kind != "image":
        return None
    found = first_weights(subject)
    if found is None:
        return None
    name, weights, kind = found
    norms = np.linalg.norm(weights.reshape(len(weights), -1), axis=1)
    order = subject.after.get("filters", {}).get("order")
    order = np.sort(np.argsort(-norms, kind="stable")[:MOST_IMAGES]) if order is None else order
    colour = weights.shape[1] == 3
    most = float(np.abs(weights).max()) or 1.0
    tiles = [
        Tile(picture_png(weights[n]) if colour else signed_png(weights[n].mean(0), most), f"{kind} {n}")
        for n in order
    ]
    rows = [[str(n), *map(_plain, (norms[n], weights[n].min(), weights[n].max()))] for n in order]
    table = Table([kind, "norm", "smallest", "largest"], rows, right=frozenset({1, 2, 3}))
    left = f" The {len(order)} largest of {len(weights)}." if len(order) < len(weights) else ""
    shades = (
        "In colour, each from its smallest to its largest weight."
        if colour
        else "Blue adds, orange takes away."
    )
    numbers_of = {"layer": name, "weights": weights, "order": order}
    title = f"Weights of {words.text(name, 40) or 'the network'} as images"
    return Shown("filters", title, f"{shades}{left}", [Pictures(tiles, "", table)], numbers_of)


def first_weights(subject: Subject) -> tuple[str, Array, str] | None:
    """The first layer's weights as images [units, C, H, W]: of a convolution, or of a dense layer over all pixels."""
    for name, module in subject.model.named_modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1):
            return name, module.weight.detach().cpu().float().numpy(), "filter"
        if isinstance(module, nn.Linear):
            if module.in_features != prod(subject.input.shape):
                return None
            return (
                name,
                module.weight.detach().cpu().float().numpy().reshape(-1, *subject.input.shape),
                "unit",
            )
    return None


def _plain(value: float) -> str:
    return numbers.plain(float(value))
