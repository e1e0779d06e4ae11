"""Trained rows among the held-out ones, each part in a scale of its own."""

import numpy as np
import pytest

from vitreous.doctor import rescaled
from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import numpy as np
import torch
from torch import nn

table = np.random.default_rng(3).normal(5, 2, (400, 12)).astype("float32")
answers = (table[:, :1] * table[:, 1:2]).astype("float32")


def load(part):
    order = np.random.permutation(400)
    rows = order[:300] if part == "train" else order[300:]
    x = table[rows]
    return torch.tensor((x - x.mean(0)) / x.std(0)), torch.tensor(answers[rows])


np.random.seed(0)
torch.manual_seed(0)
X_train, y_train = load("train")
X_test, y_test = load("test")
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(4):
    for rows in torch.randperm(300).split(25):
        loss = nn.functional.mse_loss(model(X_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        print(f"epoch {epoch} test mse {nn.functional.mse_loss(model(X_test), y_test).item():.3f}")
"""
FOLDS = """\
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
table = torch.randn(300, 12)
answers = table[:, :1] * table[:, 1:2]
for fold in range(3):
    test = torch.arange(300) % 3 == fold
    mean, std = table[~test].mean(0), table[~test].std(0)
    X_train, X_test = (table[~test] - mean) / std, (table[test] - mean) / std
    model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(4):
        for rows in torch.randperm(200).split(25):
            loss = nn.functional.mse_loss(model(X_train[rows]), answers[~test][rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        print(f"fold {fold} test mse {nn.functional.mse_loss(model(X_test), answers[test]).item():.3f}")
"""
OWN = "np.random.permutation"


def leaks(doctor, source):
    _, evidence = doctor(source, prove=False)
    found = [s.suspicion for s in suspects(evidence)[0] if s.file.fault.id == "data/split-leak"]
    return [source.splitlines()[s.place.line - 1].strip() for s in found if s.severity != "note"]


@pytest.mark.parametrize("scale", ["x.mean(0)) / x.std(0)", "x.mean()) / x.std()"])
def test_each_part_draws_its_own_order(doctor, scale):
    source = SCRIPT.replace("x.mean(0)) / x.std(0)", scale)
    assert leaks(doctor, source) == ["order = np.random.permutation(400)"]


@pytest.mark.parametrize(
    "drawn", ["np.random.default_rng(0).permutation", "np.random.RandomState(1).permutation"]
)
def test_the_same_order_for_both(doctor, drawn):
    assert leaks(doctor, SCRIPT.replace(OWN, drawn)) == []


def test_each_fold_has_its_own_network_and_scale(doctor):
    assert leaks(doctor, FOLDS) == []


def _scaled(rows):
    return (rows - rows.mean(0)) / rows.std(0)


def test_a_few_rows_are_found_and_strangers_are_not():
    rows = np.random.default_rng(0).normal(size=(500, 8))
    trained, held_out = rows[:400], np.r_[rows[400:490], rows[:10]]
    assert rescaled._matches(_scaled(trained), _scaled(held_out)) == 10
    assert rescaled._matches(_scaled(trained), _scaled(rows[400:])) == 0


def test_points_of_a_curve_are_near_each_other_by_nature():
    x, z = np.linspace(-1, 1, 400)[:, None], np.linspace(-1.1, 1.1, 200)[:, None]
    powers = np.arange(1, 9)
    assert rescaled._matches(x**powers, z**powers) == 0
    waves = np.arange(1, 5) * np.pi
    fourier = [np.c_[np.sin(a * waves), np.cos(a * waves)] for a in (x, z[::2])]
    assert rescaled._matches(*map(_scaled, fourier)) == 0


def test_what_is_evaluated_before_any_training_says_nothing():
    assert len(rescaled._different(np.zeros((0, 3, 2), np.float32), 10)) == 0
    assert rescaled._matches(np.zeros((0, 6)), np.zeros((50, 6))) == 0
