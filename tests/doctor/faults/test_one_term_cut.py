"""A sum of which the one term that knows the targets has no gradient; HERE is the line that has to be named."""

import pytest

START = """
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(400, 5)
kind = x[:, :3].argmax(1)
amount = x[:, 0] - x[:, 1].tanh()
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)


def order(values):
    return values.argsort().argsort() / len(values)


def apart(a, b):
    return (a - b).abs().mean()


for epoch in range(3):
    for rows in torch.randperm(400).split(40):
        z, k, y = net(x[rows]), kind[rows], amount[rows]
        s = z[:, 0]
"""
END = """
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""

CUT = {
    "ranks and a penalty on the outputs": [
        "loss = apart(order(s), order(y))  # HERE",
        "loss = loss + 0.01 * s.pow(2).mean()",
    ],
    "wrong answers and a penalty on the weights": [
        "wrong = z.argmax(1) != k  # HERE",
        "loss = wrong.float().mean() + 1e-3 * sum(p.pow(2).sum() for p in net.parameters())",
    ],
    "rounded, element by element": [
        "off = (s.round() - y).abs()  # HERE",
        "loss = (off + 0.1 * z.abs().mean(1)).mean()",
    ],
}
HEARD = {
    "ranks of the targets": ["loss = apart(s, order(y)) + 0.01 * s.pow(2).mean()"],
    "an error rate beside a loss of the same targets": [
        "loss = F.cross_entropy(z, k) + (z.argmax(1) != k).float().mean()"
    ],
    "rounded straight through": [
        "q = s + (s.round() - s).detach()",
        "loss = (q - y).abs().mean() + q.mean()",
    ],
    "weights counted": [
        "loss = (s - y).pow(2).mean() + 1e-3 * sum((p.abs() > 0.1).float().mean() for p in net.parameters())"
    ],
    "for the eye, under no_grad": [
        "with torch.no_grad():",
        "    off = apart(order(s), order(y))",
        "loss = (z - x[rows, :3]).pow(2).mean() + off",
    ],
    "picked by the largest": ["loss = (z.amax(1) - z[torch.arange(40), k]).mean() + 0.01 * z.pow(2).mean()"],
    "a sample weighted by its probability": [
        "p = z.log_softmax(1)",
        "drawn = p.exp().multinomial(1)[:, 0]",
        "loss = -(p[torch.arange(40), drawn] * (drawn == k).float()).mean() + 0.01 * z.pow(2).mean()",
    ],
}


def script(lines):
    """The program with these lines for its loss."""
    return START + "\n".join("        " + line for line in lines) + END


@pytest.mark.parametrize("lines", CUT.values(), ids=CUT.keys())
def test_the_term_with_the_targets_has_no_gradient(doctor, lines):
    """Another term has one, so that parameters do move."""
    source = script(lines)
    verdict, _ = doctor(source, prove=False)
    said = [(finding.fault, finding.line) for finding in verdict.findings]
    here = next(i for i, line in enumerate(source.splitlines(), 1) if "HERE" in line)
    assert ("loss/not-differentiable", here) in said


@pytest.mark.parametrize("lines", HEARD.values(), ids=HEARD.keys())
def test_the_targets_are_heard(doctor, lines):
    """Through the same term or another one, or the cut one is only looked at."""
    verdict, _ = doctor(script(lines), prove=False)
    assert "loss/not-differentiable" not in [finding.fault for finding in verdict.findings]
