"""Early stopping of the script's own that stops what still improves; HERE is its margin, or its patience."""

import pytest

from vitreous.doctor.diagnose import suspects

START = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
x = torch.randn(700, 6)
y = x @ torch.randn(6, 1) + 0.3 * torch.randn(700, 1)
train, held = slice(0, 500), slice(500, 700)
model = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr={lr})


class Stopper:
    def __init__(self, patience, min_delta={default}):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.stop = float("inf"), 0, False

    def __call__(self, value):
        if value < self.best - self.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        self.stop = self.waited >= self.patience
        return self.stop


def epoch_of_training():
    for rows in torch.randperm(500).split(25):
        optimizer.zero_grad()
        F.mse_loss(model(x[rows]), y[rows]).backward()
        optimizer.step()
    with torch.no_grad():
        return F.mse_loss(model(x[held]), y[held]).item()


"""

PASSED = """
stopper = Stopper(
    patience=3,
    min_delta=2.0,  # HERE
)
for epoch in range(1, 61):
    if stopper(epoch_of_training()):
        break
"""
BY_DEFAULT = """
stopper = Stopper(3)
for epoch in range(60):
    stopper(epoch_of_training())
    if epoch > 1 and stopper.stop:
        break
"""
IN_THE_HEAD = """
epoch, finished = 0, False
stopper = Stopper(3, 2.0)  # HERE
while not finished and epoch < 60:
    finished = stopper(epoch_of_training())
    epoch += 1
"""
PLAIN = """
LEAST = 2.0  # HERE


def fit(epochs, patience=3):
    best, waited = float("inf"), 0
    for epoch in range(epochs):
        loss = epoch_of_training()
        if loss < best - LEAST:
            best, waited = loss, 0
        else:
            waited += 1
            if waited >= patience:
                return epoch
    return epochs


fit(60)
"""
NEVER_SET_BACK = """
PATIENCE = 4  # HERE
best, waited = 0.0, 0
for epoch in range(60):
    loss = epoch_of_training()
    if loss > best:
        best, waited = loss, 0
    else:
        waited += 1
    if waited == PATIENCE:
        break
"""


def suspected(doctor, script, **how):
    source = START.format(**{"lr": 0.003, "default": "0.0"} | how) + script
    _, evidence = doctor(source, prove=False)
    return source, [one.suspicion for one in suspects(evidence)[0] if one.file.fault.id == "train/too-short"]


@pytest.mark.parametrize(
    ("script", "default"),
    [(PASSED, "0.0"), (BY_DEFAULT, "2.0"), (IN_THE_HEAD, "0.0"), (PLAIN, "0.0"), (NEVER_SET_BACK, "0.0")],
)
def test_the_line_that_decides_when_it_stops_is_named(doctor, script, default):
    source, found = suspected(doctor, script, default=default)
    lines = source.splitlines()
    here = "# HERE" if "# HERE" in source else "min_delta=2.0"
    assert [one.place.line for one in found] == [next(n for n, line in enumerate(lines, 1) if here in line)]
    assert "stopped by itself after" in found[0].summary


@pytest.mark.parametrize("script", [PASSED, PLAIN])
def test_stopping_behind_the_best_is_right(doctor, script):
    script = script.replace("2.0", "0.0001")
    assert not suspected(doctor, script, lr=0.1)[1]


def test_a_loop_that_goes_to_its_end_was_not_stopped(doctor):
    _, found = suspected(doctor, PASSED.replace("61", "6").replace("patience=3", "patience=9"))
    assert all("stopped by itself" not in one.summary for one in found)
