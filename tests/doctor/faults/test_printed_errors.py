"""Overfitting of a squared error by hand, whose figures one function computes for both parts."""

import pytest

RATED = """
import torch
from torch import nn

torch.manual_seed(0)
pairs = torch.randperm(2400)[:1500]
who, what = pairs // 40, pairs % 40
one, other = torch.randn(60), torch.randn(40)
rating = one[who] + other[what] + 1.0 * torch.randn(1500)


class Factors(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.p, self.q = nn.Embedding(60, width), nn.Embedding(40, width)
        nn.init.normal_(self.p.weight, std=0.3)
        nn.init.normal_(self.q.weight, std=0.3)

    def forward(self, a, b):
        return (self.p(a) * self.q(b)).sum(1)


def rmse(model, rows):
    with torch.no_grad():
        return (model(who[rows], what[rows]) - rating[rows]).pow(2).mean().sqrt().item()


def hit_rate(model, rows):
    with torch.no_grad():
        return ((model(who[rows], what[rows]) - rating[rows]).abs() < 0.5).float().mean().item()


known, held = torch.arange(1100), torch.arange(1100, 1500)
model = Factors(WIDTH)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=DECAY)
for epoch in range(1, 46):
    for rows in known[torch.randperm(1100)].split(100):
        loss = (model(who[rows], what[rows]) - rating[rows]).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 3 == 0:
        PRINTED
"""
BESIDE = """print(f"epoch {epoch:3d}  rmse of known {rmse(model, known):.3f}  of held-out {rmse(model, held):.3f}")"""
BEFORE = """a, b = rmse(model, known), rmse(model, held)
        print(f"epoch {epoch:3d}  known: rmse {a:.3f}  held-out: rmse {b:.3f}")"""
OTHER = """print(f"epoch {epoch}  rmse of known {rmse(model, known):.3f}  of held-out {hit_rate(model, held):.3f}")"""


def rated(printed, width=30, decay=0.0):
    """The program with these figures, as many factors and so much decay."""
    source = RATED.replace("PRINTED", printed).replace("WIDTH", str(width))
    return source.replace("DECAY", str(decay))


def found(doctor, source):
    """The faults in the verdict, without experiments."""
    verdict, _ = doctor(source, prove=False)
    return [finding.fault for finding in verdict.findings]


@pytest.mark.parametrize("printed", [BESIDE, BEFORE])
def test_an_error_that_rises_on_the_held_out_part(doctor, printed):
    """The measure is named once for both, or of each."""
    assert "train/overfit" in found(doctor, rated(printed))


def test_an_error_that_does_not_rise(doctor):
    """Few factors, held small."""
    assert "train/overfit" not in found(doctor, rated(BESIDE, width=2, decay=1e-3))


def test_a_figure_of_another_function(doctor):
    """What is printed behind an error need not be one."""
    assert "train/overfit" not in found(doctor, rated(OTHER))
