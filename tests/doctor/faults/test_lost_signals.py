"""Signals that are lost or grow for reasons no single layer shows: depth, a slope, a mask, layers made anew."""

from tests.doctor.scripts import changed, line_of

DEEP = """\
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
y = torch.randint(0, 3, (400,))
x = torch.randn(400, 6) + 2 * torch.eye(3, 6)[y]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.LayerNorm(16)
        self.first, self.second = nn.Linear(16, 16), nn.Linear(16, 16)
        nn.init.kaiming_normal_(self.first.weight)
        nn.init.kaiming_normal_(self.second.weight)

    def forward(self, v):
        return v + self.second(F.relu(self.first(self.norm(v))))


model = nn.Sequential(nn.Linear(6, 16), *[Block() for _ in range(16)], nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
for step in range(60):
    rows = torch.randint(0, 400, (40,))
    loss = F.cross_entropy(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_growth_that_is_small_in_each_of_many_blocks_is_named(doctor):
    wrong = changed(DEEP, ("self.first(self.norm(v))", "self.first(v)"))
    verdict, _ = doctor(wrong)
    assert verdict.findings[0].fault == "model/exploding-gradients"
    assert verdict.findings[0].line == line_of(wrong, "return v + self.second")
    assert doctor(DEEP)[0].findings == []
