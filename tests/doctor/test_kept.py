"""Graphs that are kept: the line that keeps them."""

import pytest

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 4)
y = x.sum(1, keepdim=True)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
smooth = None
class Meter: value = 0.0
meter = Meter()
for epoch in range(4):
    for rows in torch.randperm(256).split(16):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        KEEP
"""


@pytest.mark.parametrize(
    "keep",
    [
        "smooth = loss if smooth is None else 0.9 * smooth + 0.1 * loss",
        "meter.value = meter.value + loss",
        "meter.value += loss",
    ],
)
def test_a_running_mean_of_tensors_keeps_all_graphs(doctor, keep):
    verdict, _ = doctor(SCRIPT.replace("KEEP", keep), prove=False)
    named = [(f.fault, f.line) for f in verdict.findings if f.fault == "loss/keeps-graph"]
    assert named == [("loss/keeps-graph", 18)]


def test_a_number_keeps_none(doctor):
    keep = "smooth = loss.item() if smooth is None else 0.9 * smooth + 0.1 * loss.item()"
    verdict, _ = doctor(SCRIPT.replace("KEEP", keep), prove=False)
    assert "loss/keeps-graph" not in [f.fault for f in verdict.findings]


OWN_OPTIMIZER = """\
class Descent:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr
    def zero_grad(self):
        for p in self.parameters: p.grad = None
    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                if p.grad is not None: p -= self.lr * p.grad
"""


def test_also_where_the_updates_are_the_scripts_own(doctor):
    script = SCRIPT.replace("class Meter", OWN_OPTIMIZER + "class Meter").replace(
        "KEEP", "meter.value += loss"
    )
    made = "optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)\n"
    script = script.replace(made, "").replace(
        "meter = Meter()\n", "meter = Meter()\noptimizer = Descent(model.parameters(), 1e-2)\n"
    )
    verdict, _ = doctor(script, prove=False)
    named = [f.line for f in verdict.findings if f.fault == "loss/keeps-graph"]
    assert named == [script.splitlines().index("        meter.value += loss") + 1]
