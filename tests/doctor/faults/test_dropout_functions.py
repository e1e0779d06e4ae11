"""F.dropout in evaluation: it drops unless it is told not to."""

import pytest

from vitreous.doctor.compare import compare
from vitreous.doctor.faults import load

SCRIPT = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(600, 8)
y = (x[:, :3].sum(1) > 0).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(8, 32), nn.Linear(32, 2)

    def forward(self, x):
        hidden = F.relu(self.one(x))
        hidden = F.dropout(hidden, 0.5, training=self.training)
        return self.two(hidden)


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    model.train()
    for rows in torch.randperm(400).split(20):
        loss = F.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        print(F.cross_entropy(model(x[400:]), y[400:]).item())
"""


@pytest.mark.parametrize("call", ["F.dropout(hidden, 0.5)", "F.dropout(hidden, p=0.5)"])
def test_a_function_that_is_not_told_the_mode_is_seen_and_proven(doctor, call):
    source = SCRIPT.replace("F.dropout(hidden, 0.5, training=self.training)", call)
    _, evidence = doctor(source, prove=False)

    (found,) = load("eval/train-mode").suspect(evidence)

    assert found.place.line == next(i for i, text in enumerate(source.splitlines(), 1) if call in text)
    job = doctor.runner.job(interventions=[("eval/train-mode", found.trials[0].settings)], trace=False)
    (fixed,) = doctor.runner.run([job])
    assert not fixed.not_checked
    assert compare(evidence, fixed, found.metric, "").gain > 0.1


def test_one_that_is_told_is_not(doctor):
    _, evidence = doctor(SCRIPT, prove=False)

    assert not list(load("eval/train-mode").suspect(evidence))


def test_an_average_over_dropout_is_meant(doctor):
    source = SCRIPT.replace(", training=self.training", "").replace(
        "print(F.cross_entropy(model(x[400:]), y[400:]).item())",
        "print(F.nll_loss(sum(model(x[400:]).softmax(1) for _ in range(8)).log(), y[400:]).item())",
    )
    _, evidence = doctor(source, prove=False)

    assert not list(load("eval/train-mode").suspect(evidence))
