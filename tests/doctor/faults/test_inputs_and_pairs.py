"""Samples of several arguments, and inputs whose gradient is wanted."""

from vitreous.doctor import evaluated
from vitreous.doctor.diagnose import suspects

RATINGS = """\
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
seen = torch.randperm(60 * 50)[:1200]
u, f = seen // 50, seen % 50
stars = torch.randn(60, 2)[u].mul(torch.randn(50, 2)[f]).sum(1) + 0.5 * torch.randn(1200)


class Factors(nn.Module):
    def __init__(self):
        super().__init__()
        self.users, self.films = nn.Embedding(60, 32), nn.Embedding(50, 32)

    def forward(self, u, f):
        return (self.users(u) * self.films(f)).sum(1) / 6


model = Factors()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
for epoch in range(40):
    for rows in torch.randperm(900).split(50):
        loss = F.mse_loss(model(u[rows], f[rows]), stars[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(epoch, F.mse_loss(model(u[900:], f[900:]), stars[900:]).item())
"""
PHYSICS = """\
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(1, 24), nn.Tanh(), nn.Linear(24, 1))
inside = torch.linspace(0, 1, 40)[:, None].requires_grad_()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(200):
    y = net(inside)
    slope = torch.autograd.grad(y.sum(), inside, create_graph=True)[0]
    loss = ((slope + y) ** 2).mean() + (net(torch.zeros(1, 1)) - 1).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
"""
ATTACK = """\
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(400, 8)
y = (x[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
test = x[300:]
for epoch in range(4):
    for rows in torch.randperm(300).split(30):
        loss = F.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    hostile = test.clone().requires_grad_()
    slope, = torch.autograd.grad(F.cross_entropy(net(hostile), y[300:]), hostile)
    with torch.no_grad():
        clean, robust = (net(part).argmax(1) == y[300:] for part in (test, test + 0.1 * slope.sign()))
    print(clean.float().mean(), robust.float().mean())
"""


def found(doctor, script):
    """The ids of what is suspected."""
    _, evidence = doctor(script, prove=False)
    return [s.file.fault.id for s in suspects(evidence)[0]]


def test_a_sample_of_two_arguments_is_known_by_both(doctor):
    """Every user and every film is trained, and the pairs asked about in validation are not."""
    _, evidence = doctor(RATINGS, prove=False)
    named = [s.file.fault.id for s in suspects(evidence)[0]]
    assert len(evaluated.validation(evidence)) == 40
    assert "eval/on-training-data" not in named
    assert "data/split-leak" not in named


def test_an_input_whose_gradient_is_wanted_is_no_parameter(doctor):
    assert "model/unregistered-parameters" not in found(doctor, PHYSICS)


def test_what_an_attack_is_computed_from_is_not_trained(doctor):
    named = found(doctor, ATTACK)
    assert "eval/on-training-data" not in named
    assert "data/split-leak" not in named
