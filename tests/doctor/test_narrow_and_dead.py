"""Units that are always zero, and too few of them, in other shapes than a ReLU and a linear layer."""

import pytest
from tests.doctor.scripts import changed, line_of

pytestmark = pytest.mark.long

LEVEL = """\
import torch
from torch import nn

torch.manual_seed(0)
y = torch.randint(0, 3, (300,))
x = torch.randn(300, 8) + 1.5 * torch.eye(3, 8)[y]
LEVEL = 0.0


class Fire(nn.Module):
    def forward(self, v):
        return RECTIFIER


model = nn.Sequential(nn.Linear(8, 32), Fire(), nn.Linear(32, 32), Fire(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(120):
    rows = torch.randperm(300)[:60]
    loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
RECTIFIERS = {
    "where": "torch.where(v > LEVEL, v - LEVEL, torch.zeros_like(v))",
    "mask": "v * (v > LEVEL).float()",
    "clamp": "torch.clamp(v - LEVEL, min=0)",
}


@pytest.mark.parametrize("rectifier", RECTIFIERS.values(), ids=list(RECTIFIERS))
def test_a_level_that_nothing_exceeds_is_named_where_it_is_written(doctor, rectifier):
    right = LEVEL.replace("RECTIFIER", rectifier)
    wrong = changed(right, ("LEVEL = 0.0", "LEVEL = 6.0"))
    verdict, _ = doctor(wrong)
    assert verdict.findings[0].fault == "model/dead-units"
    assert verdict.findings[0].line == line_of(wrong, "LEVEL = 6.0")
    assert doctor(right)[0].findings == []


SPARSE = """\
import torch
from torch import nn

torch.manual_seed(0)
PRICE = 0.3
encode, decode = nn.Linear(16, 32), nn.Linear(32, 16)
mix = torch.randn(24, 16) / 4
optimizer = torch.optim.Adam([*encode.parameters(), *decode.parameters()], lr=3e-3)
for step in range(400):
    x = (torch.rand(64, 24) < 0.1).float() @ mix * 3
    codes = torch.relu(encode(x))
    loss = (decode(codes) - x).pow(2).sum(-1).mean() + PRICE * codes.sum(-1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_price_on_activations_that_puts_them_all_out_is_named_where_it_is_written(doctor):
    wrong = changed(SPARSE, ("PRICE = 0.3", "PRICE = 40.0"))
    (found,) = doctor(wrong)[0].findings
    assert (found.fault, found.line) == ("model/dead-units", line_of(wrong, "PRICE = 40.0"))
    assert found.proof is not None and "PRICE = 0.4" in "".join(edit.text for edit in found.edits)
    assert doctor(SPARSE)[0].findings == []


RECALL = """\
import torch
from torch import nn

torch.manual_seed(0)
HIDDEN = 48


class Recaller(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(8, 16)
        self.rnn = nn.GRU(16, HIDDEN, batch_first=True)
        self.out = nn.Linear(HIDDEN, 8)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0][:, 1:])


model = Recaller()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(150):
    x = torch.randint(0, 8, (32, 8))
    loss = nn.functional.cross_entropy(model(x).transpose(1, 2), x[:, :-1])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_recurrent_state_that_is_too_small_is_named(doctor):
    wrong = changed(RECALL, ("HIDDEN = 48", "HIDDEN = 2"))
    verdict, _ = doctor(wrong)
    assert [f.fault for f in verdict.findings] == ["model/too-small"]
    assert verdict.findings[0].line == line_of(wrong, "HIDDEN = 2")
    assert doctor(RECALL)[0].findings == []
