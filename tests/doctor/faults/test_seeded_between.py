"""Batches that come again since something seeds the generator between them, and those that do so anyway."""

import pytest

from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(600, 30)
y = X[:, :5].sum(1, keepdim=True) + torch.randn(600, 1)


def draw(low, high):
    rows = torch.randint(low, high, (8,))
    return X[rows], y[rows]


@torch.no_grad()
def measure():
    torch.manual_seed(1)
    return sum(nn.functional.mse_loss(model(a), b).item() for a, b in (draw(500, 600) for _ in range(9))) / 9


model = nn.Sequential(nn.Linear(30, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(240):
    a, b = draw(0, 500)
    loss = nn.functional.mse_loss(model(a), b)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 4 == 3:
        print(f"step {step} held out {measure():.3f}")
"""
SEED = "    torch.manual_seed(1)\n"


def found(doctor, source):
    _, evidence = doctor(source, prove=False)
    return [s.suspicion.place.line for s in suspects(evidence)[0] if s.file.fault.id == "data/repeated-batch"]


def test_an_evaluation_that_seeds(doctor):
    verdict, _ = doctor(SCRIPT)
    line = SCRIPT.splitlines().index(SEED.strip("\n")) + 1
    assert [(f.fault, f.line) for f in verdict.findings] == [("data/repeated-batch", line)]


@pytest.mark.parametrize("own", ["", "    torch.Generator().manual_seed(1)\n"])
def test_an_evaluation_that_seeds_nothing_of_the_program(doctor, own):
    assert found(doctor, SCRIPT.replace(SEED, own)) == []


def test_batches_in_their_order_beside_an_evaluation_that_seeds(doctor):
    """They come again each epoch, seeds or not: nothing of it is believed."""
    ordered = SCRIPT.replace("a, b = draw(0, 500)", "a, b = (t[:500].split(50)[step % 10] for t in (X, y))")
    verdict, _ = doctor(ordered)
    assert "data/repeated-batch" not in [f.fault for f in verdict.findings]
