"""Batches of one class that a script cuts from sorted tensors itself: the sort is named, other rows are the proof."""

import numpy as np
import pytest
import torch

from vitreous.doctor.diagnose import suspects
from vitreous.doctor.row_reads import takes_some

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
y = torch.arange(300) % 3
x = torch.randn(300, 6) + 3 * nn.functional.one_hot(y, 6)
order = y.argsort(stable=True)
x, y = x[order], y[order]
inputs = torch.tensor(x.numpy()[order.argsort()][order])
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
for epoch in range(8):
    for start in range(0, 300, 20):
        rows = slice(start, start + 20)
        loss = nn.functional.cross_entropy(model(inputs[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
LOOP = """\
    for start in range(0, 300, 20):
        rows = slice(start, start + 20)
        loss = nn.functional.cross_entropy(model(inputs[rows]), y[rows])
"""
SELECTED = """\
    for start in range(0, 300, 20):
        rows = torch.arange(start, start + 20)
        loss = nn.functional.cross_entropy(model(inputs.index_select(0, rows)), y.narrow(0, start, 20))
"""


@pytest.mark.parametrize("loop", [LOOP, SELECTED])
def test_rows_read_in_order_are_suspected(doctor, loop):
    found = suspects(doctor(SCRIPT.replace(LOOP, loop), prove=False)[1])[0]
    (one,) = [s.suspicion for s in found if s.file.fault.id == "data/not-shuffled"]
    assert one.place.line == 9
    assert one.trials


@pytest.mark.long
@pytest.mark.parametrize("loop", [LOOP, SELECTED])
def test_other_rows_are_the_proof(doctor, loop):
    verdict, _ = doctor(SCRIPT.replace(LOOP, loop))
    first = verdict.findings[0]
    assert (first.fault, first.line) == ("data/not-shuffled", 9)
    assert first.proof.gain > 0.5


def test_drawn_rows_are_right(doctor):
    drawn = SCRIPT.replace(LOOP, LOOP.replace("slice(start, start + 20)", "torch.randperm(300)[:20]"))
    _, evidence = doctor(drawn, prove=False)
    assert "data/not-shuffled" not in [s.file.fault.id for s in suspects(evidence)[0]]


def test_what_takes_some_rows():
    some = [slice(0, 3), 4, np.int64(4), [1, 2], torch.tensor([1, 2]), np.array([1, 2]), (slice(0, 3), 1)]
    assert all(takes_some(index, 5) for index in some)
    mask = torch.arange(5) < 3
    none = [slice(None), torch.arange(5), mask, mask.numpy(), mask.tolist(), (slice(None), 1), None, ...]
    assert not any(takes_some(index, 5) for index in none)
