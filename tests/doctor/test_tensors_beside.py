"""Tensors that are no part of a batch: what the loss is computed with besides."""

import pytest
from tests.doctor.scripts import changed, line_of

pytestmark = pytest.mark.long

GRAPH = """\
import torch
from torch import nn

torch.manual_seed(0)
group = torch.randint(0, 3, (90,))
x = torch.randn(90, 6) + 1.5 * torch.eye(3, 6)[group]
edges = (torch.rand(90, 90) < 0.1).float()
edges[:2] = 0
degree = edges.sum(1, keepdim=True).clamp(min=1)
mean = edges / degree


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.own, self.others = nn.Linear(6, 3), nn.Linear(6, 3)

    def forward(self, x, mean):
        return self.own(x) + self.others(mean @ x)


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
for step in range(60):
    optimizer.zero_grad()
    out = net(x, mean)
    loss = nn.functional.cross_entropy(out, group)
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("how", ["nan", "infinite"])
def test_a_matrix_that_is_not_finite_is_named_where_it_is_made(doctor, how):
    source = changed(GRAPH, (".clamp(min=1)", ""))
    if how == "infinite":
        source = changed(source, ("edges / degree", "edges + degree.pow(-0.5)"))
    verdict, _ = doctor(source)
    assert verdict.findings[0].fault == "data/non-finite"
    assert verdict.findings[0].line == line_of(source, "mean = ")
    assert verdict.findings[0].proof.gain > 0.9


def test_a_finite_matrix_is_not(doctor):
    assert doctor(GRAPH)[0].findings == []


def test_missing_values_that_the_program_masks_are_meant(doctor):
    source = changed(
        GRAPH, ("mean = edges / degree", "mean = edges / degree\nx[torch.rand(90, 6) < 0.3] = torch.nan")
    )
    assert doctor(source)[0].findings[0].fault == "data/non-finite"
    masked = changed(
        source, ("return self.own(x)", "x = torch.where(x.isnan(), 0.0, x)\n        return self.own(x)")
    )
    assert doctor(masked)[0].findings == []
