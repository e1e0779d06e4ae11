"""Experiments for what was named without one: a reshape across samples, a graph carried on, labels below 0."""

import pytest
import torch

from vitreous.doctor.faults.data.label_range import _from_zero
from vitreous.doctor.faults.model import mixes_samples

SUMS = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(400, 5, 3)
y = x[:, 0].sum(1, keepdim=True)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 16, 2, batch_first=True)
        self.head = nn.Linear(32, 1)

    def forward(self, x):
        _, h = self.rnn(x)
        return self.head(h.reshape(len(x), -1))


net = Net()
optimizer = torch.optim.Adam(net.parameters(), 1e-2)
for epoch in range(10):
    for rows in torch.randperm(400).split(40):
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
CARRIED = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(40, 8, 3)
cell = nn.GRUCell(3, 16)
head = nn.Linear(16, 1)
optimizer = torch.optim.Adam([*cell.parameters(), *head.parameters()], 1e-2)
state = torch.zeros(8, 16)
for epoch in range(8):
    for batch in x:
        state = cell(batch, state)
        loss = (head(state) - batch.sum(1, keepdim=True)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


@pytest.mark.parametrize(
    ("script", "fault", "line"),
    [
        (SUMS, "model/mixes-samples", 17),
        pytest.param(CARRIED, "train/state-carried", 12, marks=pytest.mark.long),
    ],
)
def test_it_is_proved(doctor, script, fault, line):
    verdict, _ = doctor(script)
    first = verdict.findings[0]
    assert (first.fault, first.line) == (fault, line)
    assert first.proof is not None and first.proof.gain > 0.3


@pytest.mark.parametrize(
    ("low", "high", "outputs", "settings"),
    [
        (-1, 1, 3, {"shift": -1}),  # -1, 0, 1 for three outputs
        (-1, 2, 3, {"void": -1}),  # -1 beside 0 … 2: no class
        (-100, 2, 4, {"void": -100}),
        (-1, None, 3, {"void": -1}),
    ],
)
def test_labels_below_zero(low, high, outputs, settings):
    assert _from_zero(low, high, outputs).settings == settings


class _Call:
    """What a listener is told of an operation."""

    def __init__(self, name, place, *args):
        self.name, self.place, self.args, self.kwargs, self.output = name, place, args, {}, None

    def replace(self, output):
        self.output = output


@pytest.mark.parametrize(
    ("given", "shape", "right"),
    [
        (
            (2, 5, 3),
            (5, 6),
            lambda t: torch.cat([t[0], t[1]], 1),
        ),  # layers first: side by side for each sample
        ((5, 4, 3), (4, 5, 3), lambda t: t.transpose(0, 1)),
        ((4, 5, 3), (2, 5, 6), lambda t: torch.stack([torch.cat([*t[:2]], 1), torch.cat([*t[2:]], 1)])),
    ],
)
def test_each_sample_is_reshaped_by_itself(given, shape, right):
    from vitreous.record.places import Place

    tensor, place = torch.randn(given), Place("train.py", 3)
    listener = mixes_samples.intervene({"name": "view", "file": "train.py", "line": 3, "apart": True})
    listener._samples = 5
    call = _Call("view", place, tensor, *shape)
    listener.op_begin(call)
    assert torch.equal(call.output, right(tensor))
    other = _Call("view", Place("train.py", 4), tensor, *shape)
    listener.op_begin(other)
    assert other.output is None
