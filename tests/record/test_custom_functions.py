"""A torch.autograd.Function of the user's own runs under the record, and is seen as one operation."""

from __future__ import annotations

from typing import Any

import torch

from vitreous.record.session import Session


class Square(torch.autograd.Function):
    """x², with its derivative by hand."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        (x,) = ctx.saved_tensors
        return 2 * x * gradient


def _train(steps: int) -> torch.Tensor:
    torch.manual_seed(0)
    weight = torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    for _ in range(steps):
        noise = torch.distributions.Beta(0.3, 0.3).sample((3,))  # torch's own, by a custom function too
        optimizer.zero_grad()
        Square.apply(weight * noise).sum().backward()
        optimizer.step()
    return weight.detach()


def test_custom_functions_run_recorded_and_unrecorded_steps_alike() -> None:
    plain = _train(12)
    session = Session("here", None)
    with session.taps.listen():
        session.begin()
        watched = _train(12)
    evidence = session.finish("end")

    assert torch.equal(plain, watched)
    assert "Square.apply" in {op.name for op in evidence.training_traces[0].ops}
    assert evidence.not_checked == []
