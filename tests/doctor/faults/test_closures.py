"""Optimizers that go backward themselves: their closure must clear what its last call left."""

import pytest

from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 3)
y = x.prod(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(net.parameters(), max_iter=5)


def closure():
    CLEARS
    loss = sum(nn.functional.mse_loss(net(x[i::2]), y[i::2]) / 2 for i in (0, 1))
    loss.backward()
    return loss


for _ in range(12):
    OUTSIDE
    optimizer.step(closure)
"""
ONCE = SCRIPT.replace("max_iter=5", "max_iter=60").replace("range(12)", "range(1)")
PARTS = SCRIPT.replace(
    "    loss.backward()\n    return loss",
    "    loss.backward()\n    more = 0.01 * sum((w**2).sum() for w in net.parameters())\n"
    "    more.backward()\n    return loss + more",
)
BY_HAND = "for w in net.parameters(): w.grad = None"


def found(doctor, script, clears, outside):
    _, evidence = doctor(script.replace("CLEARS", clears).replace("OUTSIDE", outside), prove=False)
    return [
        (s.file.fault.id, s.suspicion.place.line)
        for s in suspects(evidence)[0]
        if s.file.fault.id in ("optim/no-zero-grad", "optim/grads-cleared")
    ]


@pytest.mark.parametrize(
    ("script", "outside"), [(SCRIPT, "optimizer.zero_grad()"), (ONCE, "pass"), (PARTS, BY_HAND)]
)
def test_a_closure_that_does_not_clear(doctor, script, outside):
    assert found(doctor, script, "pass", outside) == [("optim/no-zero-grad", 12)]


@pytest.mark.parametrize(
    ("script", "clears", "outside"),
    [
        (SCRIPT, BY_HAND, "pass"),
        (PARTS, "optimizer.zero_grad()", "pass"),
        (SCRIPT, "optimizer.zero_grad()", "optimizer.zero_grad()"),
    ],
)
def test_a_closure_that_clears(doctor, script, clears, outside):
    assert found(doctor, script, clears, outside) == []


@pytest.mark.long
def test_its_trial_clears_at_each_call(doctor):
    verdict, _ = doctor(SCRIPT.replace("CLEARS", "pass").replace("OUTSIDE", "optimizer.zero_grad()"))
    assert verdict.findings[0].fault == "optim/no-zero-grad"
    assert verdict.findings[0].proof.gain > 0.5
