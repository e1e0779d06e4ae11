"""What is said of a script as a whole."""

import pytest

from vitreous.doctor.terminal import plain
from vitreous.doctor.verdict import Verdict

NOISE = """\
import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(256, 4), torch.randn(256, 1)
model = nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(5):
    for rows in torch.randperm(256).split(32):
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
ENSEMBLE = """\
import copy
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(256, 4)
y = x.sum(1, keepdim=True)
template = nn.Linear(4, 1)
members = [copy.deepcopy(template) for _ in range(3)]
optimizers = [torch.optim.Adam(template.parameters(), lr=1e-2) for _ in members]
for epoch in range(5):
    for rows in torch.randperm(256).split(32):
        for model, optimizer in zip(members, optimizers):
            loss = nn.functional.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
"""


@pytest.mark.parametrize(
    ("learned", "said"), [("nothing", "does not learn"), ("much", "nothing wrong was found")]
)
def test_a_script_that_learns_nothing_is_not_called_right(learned, said):
    verdict = Verdict("train.py", "healthy", 1.0, [], [], [], {"steps": 40, "learned": learned}, [])
    assert said in plain(verdict)


def test_noise_is_not_called_right(doctor):
    verdict, _ = doctor(NOISE, prove=False)
    assert "nothing wrong" not in plain(verdict)


def test_many_optimizers_made_at_one_line_have_one_fault(doctor):
    verdict, _ = doctor(ENSEMBLE, prove=False)
    assert [finding.fault for finding in verdict.findings].count("optim/wrong-parameters") == 1
