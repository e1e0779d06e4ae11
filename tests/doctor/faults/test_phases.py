"""Scripts that train and evaluate from one line, and steps of several losses."""

import pytest

from vitreous.doctor.diagnose import suspects

PHASES = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(480, 6)
y = (x[:, 0] * x[:, 1] + x[:, 2] > 0).long()
loaders = {
    "train": DataLoader(TensorDataset(x[:320], y[:320]), batch_size=32, shuffle=True),
    "val": DataLoader(TensorDataset(x[320:], y[320:]), batch_size=80),
}
model = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    for phase in ("train", "val"):
        model.train(MODE)
        total = 0.0
        for xb, yb in loaders[phase]:
            optimizer.zero_grad()
            with torch.set_grad_enabled(GRADIENTS):
                loss = nn.functional.cross_entropy(model(xb), yb)
            if phase == "train":
                loss.backward()
                optimizer.step()
            total += loss.item()
        print(phase, total)
"""
TWO_LOSSES = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(512, 6)
sign, size = (x[:, 0] + x[:, 1] > 0).long(), x[:, 2:3]
body, first, second = nn.Sequential(nn.Linear(6, 32), nn.ReLU()), nn.Linear(32, 2), nn.Linear(32, 1)
parameters = [*body.parameters(), *first.parameters(), *second.parameters()]
optimizer = torch.optim.Adam(parameters, lr=5e-3)
for epoch in range(15):
    for rows in torch.randperm(512).split(32):
        hidden = body(x[rows])
        optimizer.zero_grad()
        nn.functional.cross_entropy(first(hidden), sign[rows]).backward(retain_graph=True)
        optimizer.zero_grad()
        nn.functional.mse_loss(second(hidden), size[rows]).backward()
        optimizer.step()
"""
THROWN = """\
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.rand(600, 2) * 4 - 2
y = torch.sin(2 * x[:, :1]) * x[:, 1:]


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 32), nn.Linear(32, 32), nn.Linear(32, 1)])

    def forward(self, h):
        for layer in self.layers[:-1]:
            h = layer(h)
            F.relu(h)
        return self.layers[-1](h)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(10):
    for rows in torch.randperm(600).split(30):
        loss = F.mse_loss(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def found(doctor, script):
    """The ids of what is suspected."""
    _, evidence = doctor(script, prove=False)
    return [s.file.fault.id for s in suspects(evidence)[0]]


@pytest.mark.parametrize(
    ("mode", "gradients", "fault"),
    [
        ("True", "phase == 'train'", "eval/train-mode"),
        ("phase == 'train'", "phase != 'valid'", "eval/tracks-gradients"),
        ("phase == 'train'", "phase == 'train'", None),
    ],
)
def test_a_loop_over_phases_is_looked_at_phase_by_phase(doctor, mode, gradients, fault):
    named = found(doctor, PHASES.replace("MODE", mode).replace("GRADIENTS", gradients))
    assert [name for name in named if name.startswith("eval/")] == ([fault] if fault else [])


def test_of_two_losses_one_whose_gradients_are_thrown_away_is_suspected(doctor):
    found = suspects(doctor(TWO_LOSSES, prove=False)[1])[0]
    assert ("optim/grads-cleared", 15) in [(s.file.fault.id, s.suspicion.place.line) for s in found]


@pytest.mark.long
def test_of_two_losses_one_whose_gradients_are_thrown_away_is_missed(doctor):
    verdict, _ = doctor(TWO_LOSSES)
    assert verdict.findings[0].fault == "optim/grads-cleared"
    assert verdict.findings[0].line == 15
    assert verdict.findings[0].proof is not None


def test_an_activation_whose_result_is_thrown_away_is_none(doctor):
    assert "model/no-nonlinearity" in found(doctor, THROWN)
    assert "model/no-nonlinearity" not in found(doctor, THROWN.replace("F.relu(h)", "h = F.relu(h)"))


def test_gradients_that_a_closure_never_clears_are_cleared_at_its_top(doctor):
    verdict, _ = doctor(
        """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 3)
y = x.prod(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(net.parameters(), max_iter=5)


def closure():
    loss = nn.functional.mse_loss(net(x), y)
    loss = loss + 0
    loss = loss * 1
    loss = loss + 0
    loss = loss * 1
    loss.backward()
    return loss


for _ in range(30):
    optimizer.step(closure)
""",
        prove=False,
    )
    assert ("optim/no-zero-grad", 12) in [(f.fault, f.line) for f in verdict.findings]
