"""Signals that are lost or grow for reasons no single layer shows: depth, a slope, a mask, layers made anew."""

import pytest
from tests.doctor.scripts import changed, line_of

pytestmark = pytest.mark.long

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


SLOPE = """\
import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(1000, 6)
y = (x[:, 0] * x[:, 1] + torch.sin(x[:, 2]))[:, None]


class Scaled(nn.Module):
    def __init__(self, slope=1.0):
        super().__init__()
        self.slope = slope

    def forward(self, v):
        return torch.tanh(self.slope * v)


model = nn.Sequential(nn.Linear(6, 32), Scaled(), nn.Linear(32, 32), Scaled(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for step in range(250):
    rows = torch.randint(0, 1000, (50,))
    loss = nn.functional.mse_loss(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_a_slope_that_drives_units_to_their_limits_is_named_where_it_is_written(doctor):
    wrong = changed(SLOPE, ("slope=1.0", "slope=20.0"))
    verdict, _ = doctor(wrong)
    assert [f.fault for f in verdict.findings] == ["model/saturated-units"]
    assert verdict.findings[0].line == line_of(wrong, "slope=20.0")
    assert doctor(SLOPE)[0].exit_status == 0


ANEW = """\
import torch
import torch.nn as nn

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(5, 32)
        self.last = nn.Linear(32, 1)

    def forward(self, v):
        return self.last(self.hidden(v).relu())


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(80):
    x = torch.randn(40, 5)
    loss = nn.functional.mse_loss(model(x), x[:, :1] * x[:, 1:2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_layers_that_are_made_in_forward_are_named(doctor):
    wrong = changed(ANEW, ("self.hidden(v).relu()", "nn.Linear(5, 32)(v).relu()"))
    verdict, _ = doctor(wrong)
    assert verdict.findings[0].fault == "model/unregistered-parameters"
    assert verdict.findings[0].line == line_of(wrong, "nn.Linear(5, 32)(v)")
    assert verdict.findings[0].proof is not None
    assert doctor(ANEW, prove=False)[0].exit_status == 0


PADDED = """\
import torch
import torch.nn as nn

torch.manual_seed(0)


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(30, 16)
        self.answer = nn.Linear(16, 4)

    def forward(self, words):
        mask = (words == 0)[:, :, None]
        h = self.embed(words)
        return POOLED


model = Bag()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for step in range(60):
    y = torch.randint(0, 4, (32,))
    lengths = torch.randint(3, 9, (32,))
    words = torch.randint(1, 30, (32, 10))
    words[:, 0] = y + 1
    words[torch.arange(10) >= lengths[:, None]] = 0
    loss = nn.functional.cross_entropy(model(words), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
RIGHT = "self.answer(h.masked_fill(mask, 0.0).sum(1))"
WRONG = {
    "fill": ("self.answer(h.masked_fill(~mask, 0.0).sum(1))", "return self.answer"),
    "product": ("self.answer((h * mask.float()).sum(1))", "return self.answer"),
    "place": ("self.answer(h[:, -1])", "return self.answer"),
}


def test_a_model_that_sees_only_the_padding_is_named(doctor):
    for pooled, line in WRONG.values():
        wrong = PADDED.replace("POOLED", pooled)
        found = doctor(wrong, prove=False)[0].findings
        assert [f.fault for f in found] == ["model/ignores-input"], pooled
        assert found[0].line == line_of(wrong, line)
    assert doctor(PADDED.replace("POOLED", RIGHT), prove=False)[0].findings == []


def test_a_step_that_waits_for_a_count_is_named_where_the_number_is_written(doctor):
    right = changed(
        ANEW,
        ("model = Net()", "EVERY = 2\nmodel = Net()"),
        ("for step in range(80):", "for step in [*range(4)] * 20:"),
        ("    optimizer.step()", "    if (step + 1) % EVERY == 0:\n        optimizer.step()"),
    )
    wrong = changed(right, ("EVERY = 2", "EVERY = 16"))
    verdict, _ = doctor(wrong, prove=False)
    assert [f.fault for f in verdict.findings] == ["optim/no-step"]
    assert verdict.findings[0].line == line_of(wrong, "EVERY = 16")
