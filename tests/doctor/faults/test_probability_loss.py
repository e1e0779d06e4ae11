"""Scores that are cut to what a loss expects, and probabilities that are kept off 0 and 1."""

import pytest

from vitreous.doctor.faults import load

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 4)
y = (x[:, 0] * x[:, 1] > 0).float()
model = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(5):
    for rows in torch.randperm(400).split(40):
        p = torch.sigmoid(model(x[rows]).squeeze(1))
        loss = nn.functional.binary_cross_entropy(p, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
RIGHT = "torch.sigmoid(model(x[rows]).squeeze(1))"
CUT = {
    "clamp": "model(x[rows]).squeeze(1).clamp(0, 1)",
    "relu and clip": "torch.clip(torch.relu(model(x[rows])).squeeze(1), max=1.0)",
    "inner bounds": "model(x[rows]).clamp(min=1e-6, max=1 - 1e-6)[:, 0]",
}


@pytest.mark.parametrize("cut", CUT.values(), ids=CUT)
def test_scores_cut_to_probabilities_are_suspected_at_the_cut(doctor, cut):
    _, evidence = doctor(SCRIPT.replace(RIGHT, cut), prove=False)

    (found,) = load("loss/logits-into-probability-loss").suspect(evidence)

    assert (found.certain, found.place.line) == (False, 11)


@pytest.mark.parametrize("right", [RIGHT, f"{RIGHT}.clamp(1e-6, 1 - 1e-6)"])
def test_probabilities_are_not(doctor, right):
    _, evidence = doctor(SCRIPT.replace(RIGHT, right), prove=False)

    assert not list(load("loss/logits-into-probability-loss").suspect(evidence))
