"""Attention maps: how much each place of the sample looks at each other, head by head.

Taken from the trace of the sample: the softmax of every scaled dot product. Source: Vaswani et al.,
https://arxiv.org/abs/1706.03762; what such maps do not say: Jain & Wallace, https://arxiv.org/abs/1902.10186.
"""

from __future__ import annotations

from torch import nn

from vitreous.looking.operation import Array
from vitreous.looking.ops.attention import Attention
from vitreous.looking.ops.softmax import Softmax
from vitreous.looking.subject import Subject
from vitreous.looking.trace import look
from vitreous.looking.view import Part, Pictures, Shown, Tile, signed_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 90
MOST_LAYERS, MOST_HEADS = 6, 8
COLUMNS = ["layer", "head", "mean of the strongest", "strongest key of queries 0, 1, 2, …"]


def view(subject: Subject) -> Shown | None:
    """A map for each head of some layers."""
    kinds = {type(m).__name__.lower() for m in subject.model.modules()}
    if not any("attention" in k or "transformer" in k or "vit" in k or "block" in k for k in kinds):
        return None
    found = maps(subject)
    if not found:
        return None
    parts: list[Part] = []
    for name in words.evenly(list(found), MOST_LAYERS):
        heads = found[name][:MOST_HEADS]
        tiles = [Tile(signed_png(weights[:256, :256]), f"head {h}") for h, weights in enumerate(heads)]
        parts.append(Pictures(tiles, words.text(name, 60), large=True))
    rows = [
        [words.text(name, 60), str(head), numbers.plain(float(weights.max(-1).mean())), _strongest(weights)]
        for name, heads in found.items()
        for head, weights in enumerate(heads[:MOST_HEADS])
    ]
    parts.append(Table(COLUMNS, rows, "By head", right=frozenset({1, 2})))
    caption = f"Example {subject.number(subject.sample)}: queries down, keys across; each row sums to 1."
    return Shown("attention_maps", "Attention maps", caption, parts, {"maps": found})


def maps(subject: Subject) -> dict[str, Array]:
    """The sample's attention weights [heads, query, key], by layer."""
    found = {}
    slow = {n for n, m in subject.model.named_modules() if isinstance(m, nn.MultiheadAttention)}
    for step in look(subject.model, subject.one, gradients=False).steps:
        if step.kind is Softmax and step.module in slow:  # asked for its weights, it works them out itself
            found[step.module] = step.output.reshape(-1, *step.output.shape[-2:])
        if step.kind is Attention and step.call is not None:
            operation, call = step.kind(), step.materialized()
            operation.forward(*call.args, **call.kwargs)
            weights = operation.saved["weights"]
            found[step.module or f"step {step.number}"] = weights.reshape(-1, *weights.shape[-2:])
    return found


def _strongest(weights: Array) -> str:
    return " ".join(map(str, weights.argmax(-1)[:16]))
