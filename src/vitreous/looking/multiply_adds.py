"""How many multiplications with an addition an operation needs: what its arithmetic costs, whatever the machine.

Only products of inputs with weights or with each other count (matrix products, convolutions, recurrent layers,
attention), as everywhere; norms and activations cost one pass over memory instead. Source: Sze et al., "Efficient
processing of deep neural networks", https://arxiv.org/abs/1703.09039.
"""

from __future__ import annotations

from math import prod

from vitreous.looking.steps import Step, Value

PRODUCTS = (
    "matmul",
    "mm",
    "bmm",
    "mv",
    "dot",
    "vdot",
    "__matmul__",
    "__rmatmul__",
    "addmm",
    "addmv",
    "baddbmm",
)


def multiply_adds(step: Step) -> int:
    """Of one step, forward."""
    if step.call is None:
        return 0
    a = step.call.arguments
    out = prod(step.outputs[0].shape)
    name = step.operation.removesuffix("_")
    if name == "linear":
        return out * _shape(a["weight"])[-1]
    if name.startswith("conv_transpose"):
        return prod(_shape(a["input"])) * prod(_shape(a["weight"])[1:])
    if name in ("conv1d", "conv2d", "conv3d"):
        return out * prod(_shape(a["weight"])[1:])
    if name in PRODUCTS:
        return out * _shape(a["batch1" if "batch1" in a else "input"])[-1]
    if name == "scaled_dot_product_attention":
        query, value = _shape(a["query"]), _shape(a["value"])
        scores = prod(step.outputs[0].shape[:-1]) * _shape(a["key"])[-2]
        return scores * (query[-1] + value[-1])
    if name in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
        rows = prod(_shape(a["input"])[:-1])
        return rows * sum(prod(_shape(w)) for w in a["params"] if len(_shape(w)) == 2)
    if name in ("lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"):
        return _shape(a["input"])[0] * (prod(_shape(a["w_ih"])) + prod(_shape(a["w_hh"])))
    if name == "einsum":
        return _einsum(a["equation"], [v.shape for v in a["operands"]])
    if name == "bilinear":
        return out * prod(_shape(a["weight"])[1:])
    return 0


def _shape(value: Value) -> tuple[int, ...]:
    return value.shape


def _einsum(equation: str, shapes: list[tuple[int, ...]]) -> int:
    """The product of all axes, were it done at once; an ellipsis counts by its longest."""
    if len(shapes) < 2:
        return 0
    letters: dict[str, int] = {}
    dots = 1
    for text, shape in zip(equation.replace(" ", "").split("->")[0].split(","), shapes, strict=True):
        before, found, behind = text.partition("...")
        if found:
            dots = max(dots, prod(shape[len(before) : len(shape) - len(behind)]))
            shape = (*shape[: len(before)], *(shape[len(shape) - len(behind) :] if behind else ()))
        letters |= dict(zip(before + behind, shape, strict=True))
    return dots * prod(letters.values())
