"""Which line is named where what grows, or is missing, is seen in an inner layer; HERE says which."""

import pytest

from vitreous.doctor.diagnose import suspects

START = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(400, 6)
y = (x[:, 0] > 0).long()
"""

LOOP = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(4):
    for rows in torch.randperm(400).split(40):
        optimizer.zero_grad()
        {loss}.backward()
        optimizer.step()
"""

OWN_LAYERS = """
class Dense(nn.Module):
    def __init__(self, wide, out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(wide, out) / wide**0.5)

    def forward(self, a):
        return a @ self.weight{inner}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = Dense(6, 8), Dense(8, {classes})

    def forward(self, a):
        a = torch.relu(self.first(a))
        return self.last(a){outer}


"""

WITH_ITS_LOSS = (
    OWN_LAYERS
    + """class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Net()

    def forward(self, a, b):
        return F.nll_loss(self.net(a), b)


"""
)

HERE = {"inner": "", "outer": "  # HERE", "classes": 2}
NO_LOG_SOFTMAX = (
    OWN_LAYERS.format(**HERE) + "model = Net()\n" + LOOP.format(loss="F.nll_loss(model(x[rows]), y[rows])")
)
IN_THE_LOSS_TOO = (
    WITH_ITS_LOSS.format(**HERE) + "model = Both()\n" + LOOP.format(loss="model(x[rows], y[rows])")
)
LOGARITHMS_WRITTEN_OUT = (
    OWN_LAYERS.format(**HERE | {"classes": 1})
    + "model = Net()\ny = y.float()\n"
    + LOOP.replace(
        "{loss}",
        "p = model(x[rows])[:, 0]\n        (-y[rows] * torch.log(p) - (1 - y[rows]) * torch.log(1 - p)).mean()",
    )
)

RECURRENCE = """
class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.given, self.state = nn.Linear(1, 16), nn.Linear(16, 16, bias=False)
        self.last = nn.Linear(16, 1)
        nn.init.orthogonal_(self.state.weight, gain={gain})  {init}

    def forward(self, a):
        h = a.new_zeros(len(a), 16)
        for t in range(a.shape[1]):
            h = torch.relu(self.given(a[:, t]) + {factor} * self.state(h))  {step}
        return self.last(h)


x = torch.randn(400, 40, 1)
y = x.sum(1) / 3
model = Adder()
""" + LOOP.format(loss="F.mse_loss(model(x[rows]), y[rows])")
DRAWN_LARGE = RECURRENCE.format(gain=2.0, factor=1, init="# HERE", step="")
GROWS_BY_ITSELF = RECURRENCE.format(gain=1.0, factor=2, init="", step="# HERE")


@pytest.mark.parametrize(
    ("fault", "script"),
    [
        ("loss/logits-into-probability-loss", NO_LOG_SOFTMAX),
        ("loss/logits-into-probability-loss", IN_THE_LOSS_TOO),
        ("loss/logits-into-probability-loss", LOGARITHMS_WRITTEN_OUT),
        ("model/exploding-gradients", DRAWN_LARGE),
        ("model/exploding-gradients", GROWS_BY_ITSELF),
    ],
)
def test_the_line_is_that_of_the_fix(doctor, fault, script):
    source = START + script
    _, evidence = doctor(source, prove=False)
    found = {one.file.fault.id: one.suspicion.place for one in suspects(evidence)[0]}

    here = next(number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE"))
    assert fault in found, f"suspected are only {sorted(found)}"
    assert found[fault].line == here
