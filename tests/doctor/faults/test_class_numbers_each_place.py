"""Squared error on class numbers of each place of a series or an image."""

import pytest

PLACES = """
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
codes = torch.tensor([[1.0, 0.2], [-0.8, 0.6], [0.1, -1.0], [0.9, 1.1], [-1.0, -0.7]])
kinds = torch.randint(5, (600, 6)).repeat_interleave(4, 1)
noise = torch.randn(600, 24, 2)
x = DATA
meant = TARGET


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(2, 12, 3, padding=1), nn.ReLU(), nn.Conv1d(12, 12, 3, padding=1), nn.ReLU())
        self.out = LAST

    def forward(self, x):
        return ANSWER


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
for epoch in range(7):
    for rows in torch.randperm(600).split(30):
        loss = F.mse_loss(net(x[rows]), meant[rows].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
"""
CONVOLVED = ("nn.Conv1d(12, 1, 1)", "self.out(self.body(x)).squeeze(1)")
LINEAR = ("nn.Linear(12, 1)", "self.out(self.body(x).transpose(1, 2)).squeeze(-1)")
KINDS = ("(codes[kinds] + 0.3 * noise).transpose(1, 2)", "kinds")
COUNTS = (
    "torch.stack([kinds + 2.0 * noise[..., 0], kinds + 2.0 * noise[..., 1]], 1) / 3 - 0.7",
    "kinds",
)


def script(last, data):
    """The program with this last layer and these data."""
    words = dict(zip(("LAST", "ANSWER", "DATA", "TARGET"), (*last, *data), strict=True))
    source = PLACES
    for word, text in words.items():
        source = source.replace(word, text)
    return source


@pytest.mark.parametrize("last", [CONVOLVED, pytest.param(LINEAR, marks=pytest.mark.long)])
def test_kinds_of_each_place(doctor, last):
    """Kinds that have no order: a class each is better, whichever layer is the last."""
    verdict, _ = doctor(script(last, KINDS), steps=140)
    assert "loss/mse-for-classification" in [finding.fault for finding in verdict.findings]


def test_amounts_of_each_place(doctor):
    """Whole numbers that are seen through noise, where those between are better answers."""
    verdict, _ = doctor(script(CONVOLVED, COUNTS), steps=140)
    assert "loss/mse-for-classification" not in [finding.fault for finding in verdict.findings]
    assert "loss/mse-for-classification" in [one.fault for one in verdict.rejected]


@pytest.mark.long
@pytest.mark.parametrize(
    "loss", ["((net(x)[:, 0] - y) ** 2).mean()", "torch.mean((net(x)[:, 0] - y.float()).abs())"]
)
def test_written_out(doctor, loss):
    source = f"""
import torch
from torch import nn
from sklearn.datasets import load_digits

torch.manual_seed(0)
X, Y = (torch.tensor(part) for part in load_digits(return_X_y=True))
X = X.float() / 16
net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(12):
    for rows in torch.randperm(len(X)).split(64):
        x, y = X[rows], Y[rows]
        loss = {loss}
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
"""
    verdict, _ = doctor(source)
    assert [finding.fault for finding in verdict.findings] == ["loss/mse-for-classification"]
    assert verdict.findings[0].line == 14 and verdict.findings[0].proof is not None
