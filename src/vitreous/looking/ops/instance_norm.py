"""Instance norm: each channel of each example gets mean 0 and variance 1 over its places; then scale and shift.

With running statistics in evaluation it is a batch norm. Source: Ulyanov, Vedaldi & Lempitsky, "Instance
normalization", https://arxiv.org/abs/1607.08022.
"""

from __future__ import annotations

from typing import Any

from vitreous.looking.operation import Array, Index, Opened, Operation
from vitreous.looking.ops.batch_norm import BatchNorm
from vitreous.looking.ops.group_norm import GroupNorm


class InstanceNorm(Operation):
    """[N, C, *] to the same."""

    names = ("instance_norm",)
    title = "instance norm: mean 0 and variance 1 for each channel of each example"
    formula = GroupNorm.formula
    derivative = GroupNorm.derivative

    def forward(
        self, input: Array, weight: Array | None, bias: Array | None, running_mean: Array | None,
        running_var: Array | None, use_input_stats: bool, momentum: float = 0.1, eps: float = 1e-5,
        cudnn_enabled: bool = True,
    ) -> Array:  # fmt: skip
        """A group norm with one channel a group."""
        inner: Any = GroupNorm() if use_input_stats else BatchNorm()
        arguments: tuple[Any, ...] = (weight, bias, running_mean, running_var, False, momentum, eps)
        if use_input_stats:
            arguments = (input.shape[1], weight, bias, eps)
        self.saved["as"] = inner, arguments
        out: Array = inner.forward(input, *arguments)
        return out

    def backward(self, grad: Array, input: Array, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As that."""
        inner, arguments = self.saved["as"]
        found: dict[str, Any] = inner.backward(grad, input, *arguments)
        return found

    def open_element(self, index: Index, input: Array, *args: Any, **kwargs: Any) -> Opened:
        """As that."""
        self.forward(input, *args, **kwargs)
        inner, arguments = self.saved["as"]
        opened: Opened = inner.open_element(index, input, *arguments)
        return opened
