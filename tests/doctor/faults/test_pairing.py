"""Targets that belong to other rows: batches indexed by hand, and rows multiplied in two different ways."""

import pytest

from vitreous.doctor.compare import compare
from vitreous.doctor.faults import load

SCRIPT = """\
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
rng = np.random.default_rng(0)
centres = rng.normal(0, 2, (4, 10))
kinds = rng.integers(0, 4, 300)
points = centres[kinds] + rng.normal(0, 1, (300, 10))
points = np.concatenate([points, points + rng.normal(0, 0.5, points.shape)])
labels = np.tile(kinds, 2)
x, y = torch.tensor(points, dtype=torch.float32), torch.tensor(labels)
model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 4))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(6):
    for rows in torch.randperm(len(x)).split(20):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
MULTIPLIED = "points = np.concatenate([points, points + rng.normal(0, 0.5, points.shape)])\n"
WRONG = {
    "copies": [("np.tile(kinds, 2)", "np.repeat(kinds, 2)")],
    "a row off": [("np.tile(kinds, 2)", "np.roll(kinds, 1)"), (MULTIPLIED, "")],
}


def changed(*pairs):
    """The script with each old text, which must be there once, replaced."""
    source = SCRIPT
    for old, new in pairs:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    return source


@pytest.mark.parametrize("name", WRONG)
def test_another_order_is_found_and_proven(doctor, name):
    source = changed(*WRONG[name])
    _, evidence = doctor(source, prove=False)

    (found,) = load("data/labels-misaligned").suspect(evidence)

    assert found.certain
    assert found.place.line == next(
        i for i, t in enumerate(source.splitlines(), 1) if t.startswith("labels =")
    )
    job = doctor.runner.job(interventions=[("data/labels-misaligned", found.trials[0].settings)], trace=False)
    (fixed,) = doctor.runner.run([job])
    assert not fixed.not_checked
    assert compare(evidence, fixed, found.metric, "").gain >= found.gain


def test_the_right_order_is_not_suspected(doctor):
    _, evidence = doctor(SCRIPT, prove=False)

    assert evidence.probes["pairing"]["as_it_is"] > 6
    assert not list(load("data/labels-misaligned").suspect(evidence))


EVALUATED = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(900, 6)
y = (x[:, 0] + x[:, 1] > 0).long()
order = torch.randperm(900)
x_train, x_val = x[order[:600]], x[order[600:]]
y_train, y_val = y[order[:600]], y[order[600:]]
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
for epoch in range(4):
    for rows in torch.randperm(600).split(20):
        loss = nn.functional.cross_entropy(model(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(nn.functional.cross_entropy(model(x_val), y_val).item())
"""


def test_held_out_data_that_fit_tell_of_training_data_that_do_not(doctor):
    wrong = EVALUATED.replace("y[order[:600]]", "y[:600]")
    _, right = doctor(EVALUATED, prove=False)
    _, evidence = doctor(wrong, prove=False)

    (found,) = load("data/labels-misaligned").suspect(evidence)

    assert found.certain
    assert not list(load("data/labels-misaligned").suspect(right))
