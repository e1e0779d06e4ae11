"""Mixes of tensors: y = a + w (b − a) (lerp), y = x + v·a·b (addcmul), y = x + v·a/b (addcdiv).

Back by the product and quotient rules. Source: any calculus text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vitreous.looking.operation import Array, Operation, unbroadcast


class Lerp(Operation):
    """Two ends and a weight, all broadcasting."""

    names = ("lerp",)
    title = "a mix of two"
    formula = "y = a + w (b − a)"
    derivative = "dL/da = δ (1 − w),  dL/db = δ w,  dL/dw = δ (b − a)"
    multilinear = True

    def forward(self, input: Array, end: Array, weight: Any) -> Array:
        """The mix."""
        out: Array = input + weight * (end - input)
        return out

    def backward(self, grad: Array, input: Array, end: Array, weight: Any) -> dict[str, Any]:
        """To each its share."""
        w = np.asarray(weight, grad.dtype)
        return {
            "input": unbroadcast(grad * (1 - w), input.shape),
            "end": unbroadcast(grad * w, end.shape),
            "weight": unbroadcast(grad * (end - input), w.shape),
        }


class AddProduct(Operation):
    """Three tensors that broadcast."""

    names = ("addcmul",)
    title = "a sum with a product"
    formula = "y = x + v·a·b"
    derivative = "dL/dx = δ,  dL/da = δ v b,  dL/db = δ v a"
    multilinear = True

    def forward(self, input: Array, tensor1: Array, tensor2: Array, value: float = 1) -> Array:
        """The sum."""
        out: Array = input + value * tensor1 * tensor2
        return out

    def backward(
        self, grad: Array, input: Array, tensor1: Array, tensor2: Array, value: float = 1
    ) -> dict[str, Any]:
        """To each its share."""
        return {
            "input": unbroadcast(grad, input.shape),
            "tensor1": unbroadcast(grad * value * tensor2, tensor1.shape),
            "tensor2": unbroadcast(grad * value * tensor1, tensor2.shape),
        }


class AddQuotient(Operation):
    """Three tensors that broadcast."""

    names = ("addcdiv",)
    title = "a sum with a quotient"
    formula = "y = x + v·a/b"
    derivative = "dL/dx = δ,  dL/da = δ v / b,  dL/db = −δ v a / b²"

    def forward(self, input: Array, tensor1: Array, tensor2: Array, value: float = 1) -> Array:
        """The sum."""
        out: Array = input + value * tensor1 / tensor2
        return out

    def backward(
        self, grad: Array, input: Array, tensor1: Array, tensor2: Array, value: float = 1
    ) -> dict[str, Any]:
        """To each its share."""
        return {
            "input": unbroadcast(grad, input.shape),
            "tensor1": unbroadcast(grad * value / tensor2, tensor1.shape),
            "tensor2": unbroadcast(-grad * value * tensor1 / (tensor2 * tensor2), tensor2.shape),
        }
