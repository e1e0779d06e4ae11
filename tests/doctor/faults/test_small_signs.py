"""Faults of which only one small thing is to be seen: a bias, a keyword, a number that goes on."""

import pytest
from tests.doctor.scripts import REGRESSION, changed, line_of

from vitreous.doctor.faults.model import dead_units
from vitreous.doctor.faults.optim import frozen
from vitreous.doctor.faults.train import state_carried

RARE = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(800, 60)
y = torch.zeros(800, 60).scatter(1, x.argmax(1, keepdim=True), 0.9)
model = nn.Sequential(nn.Linear(60, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 60))
for layer in model[::2]:
    nn.init.constant_(layer.bias, -4.6)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(8):
    for rows in torch.randperm(800).split(40):
        loss = nn.functional.binary_cross_entropy_with_logits(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


@pytest.mark.long
def test_units_that_are_all_zero_are_proven_by_the_loss_where_a_constant_answer_is_nearly_right(doctor):
    verdict, _ = doctor(RARE)
    assert [f.fault for f in verdict.findings] == ["model/dead-units"]
    assert verdict.findings[0].proof.metric == "training loss"


def test_units_that_are_all_zero_are_seen_although_a_constant_answer_is_nearly_right(doctor):
    found = list(dead_units.suspect(doctor(RARE, prove=False)[1]))
    assert [s.place.line for s in found] == [line_of(RARE, "constant_")]
    right = changed(RARE, ("model[::2]", "model[4:]"))  # of the last layer's outputs it is the right start
    assert list(dead_units.suspect(doctor(right, prove=False)[1])) == []


def test_weights_made_into_parameters_cut_off_what_they_come_from(doctor):
    wrong = changed(
        REGRESSION,
        (
            "return self.last(h)",
            "weight = nn.Parameter(self.last(h).mean(0))\n        return h[:, :1] * weight",
        ),
    )
    verdict, _ = doctor(wrong, prove=False, steps=40)
    assert [f.fault for f in verdict.findings] == ["model/disconnected"]
    assert verdict.findings[0].line == line_of(wrong, "nn.Parameter")


def test_a_parameter_made_without_gradient_is_named_where_it_is_made(doctor):
    wrong = changed(
        REGRESSION,
        ("    def forward", "        self.shift = nn.Parameter(torch.zeros(5), requires_grad=False)\n    def forward"),
        ("self.first(x)", "self.first(x + self.shift)"),
        ("lr=5e-3", "lr=1e-6"),
    )  # fmt: skip
    _, evidence = doctor(wrong, prove=False, steps=40)
    assert [s.place.line for s in frozen.suspect(evidence)] == [line_of(wrong, "requires_grad=False")]


TALLY = """\
import torch
from torch import nn

torch.manual_seed(0)
counts = torch.randint(0, 6, (600,))
x = (torch.rand(600, 40).argsort(1) < counts[:, None]).float() * 2 + 0.3 * torch.randn(600, 40)


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.seen = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
        self.tally = None

    def forward(self, signal):
        before = torch.zeros(len(signal)) if self.tally is None else self.tally
        now = before + self.seen(signal.unsqueeze(2)).mean(dim=(1, 2))
        self.tally = now.detach()
        return now


counter = Counter()
optimizer = torch.optim.Adam(counter.parameters(), lr=1e-2)
for epoch in range(10):
    counter.tally = None
    for rows in torch.randperm(600).split(30):
        loss = nn.functional.mse_loss(counter(x[rows]), counts[rows].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


@pytest.mark.long
def test_a_count_that_goes_on_into_strangers_is_named_once_resetting_it_helps(doctor):
    assert [f.fault for f in doctor(TALLY)[0].findings] == ["train/state-carried"]


def test_a_count_that_goes_on_into_strangers_is_suspected(doctor):
    found = list(state_carried.suspect(doctor(TALLY, prove=False)[1]))
    assert [s.certain for s in found] == [False]
    assert found[0].place.line == line_of(TALLY, "self.tally = now.detach()")
    right = changed(TALLY, ("        loss = ", "        counter.tally = None\n        loss = "))
    assert list(state_carried.suspect(doctor(right, prove=False)[1])) == []
