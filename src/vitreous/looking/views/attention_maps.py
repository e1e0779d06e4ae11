"""Attention maps: how much each place of the sample looks at each other, head by head.

Taken from the trace of the sample: the softmax of every scaled dot product. Source: Vaswani et al.,
https://arxiv.org/abs/1706.03762; what such maps do not say: Jain & Wallace, https://arxiv.org/abs/1902.10186.
"""

from __future__ import annotations

from vitreous.looking.ops.attention import Attention
from vitreous.looking.trace import look
from vitreous.looking.view import Part, Pictures, Shown, Subject, Tile, signed_png
from vitreous.report import numbers
from vitreous.report import values as words
from vitreous.report.blocks import Table

ORDER = 90
MOST_LAYERS, MOST_HEADS = 6, 8


def view(subject: Subject) -> Shown | None:
    """A map for each head of some layers."""
    kinds = {type(m).__name__.lower() for m in subject.model.modules()}
    if not any("attention" in k or "transformer" in k or "vit" in k for k in kinds):
        return None
    one = slice(subject.sample, subject.sample + 1)
    given = tuple(t[one] for t in subject.inputs) if isinstance(subject.inputs, tuple) else subject.inputs[one]
    trace = look(subject.model, given, gradients=False)
    found = {}
    for step in trace.steps:
        if step.kind is Attention and step.call is not None:
            operation, call = step.kind(), step.materialized()
            operation.forward(*call.args, **call.kwargs)
            weights = operation.saved["weights"]
            found[step.module or f"step {step.number}"] = weights.reshape(-1, *weights.shape[-2:])
    if not found:
        return None
    parts: list[Part] = []
    rows = []
    for name in words.evenly(list(found), MOST_LAYERS):
        maps = found[name]
        tiles = [Tile(signed_png(maps[h][:256, :256]), f"head {h}") for h in range(min(len(maps), MOST_HEADS))]
        parts.append(Pictures(tiles, words.text(name, 60), large=True))
    for name, maps in found.items():
        for head, weights in enumerate(maps[:MOST_HEADS]):
            strongest = weights.argmax(-1)
            rows.append([words.text(name, 60), str(head), numbers.plain(float(weights.max(-1).mean())), " ".join(map(str, strongest[:16]))])
    parts.append(Table(["layer", "head", "mean of the strongest", "strongest key of queries 0, 1, 2, …"], rows, right=frozenset({1, 2})))
    caption = f"Example {subject.sample}: queries down, keys across; each row sums to 1."
    return Shown("attention_maps", "Attention maps", caption, parts, {"maps": found})
