"""Trained samples under the name of held-out ones, and held-out ones that look trained."""

import pytest

from vitreous.doctor import named
from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
X = torch.randn(700, 12)
y = X[:, :1] + 0.5 * torch.randn(700, 1)
X_train, y_train = X[:350], y[:350]
X_val, y_val = X_train[-150:], y_train[-150:]
X_test, y_test = X[500:], y[500:]
model = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(6):
    for rows in torch.randperm(350).split(25):
        loss = nn.functional.mse_loss(model(X_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        mse = nn.functional.mse_loss(model(X_val), y_val).item()
    print(f"epoch {epoch} validation mse {mse:.3f}")
with torch.no_grad():
    print(f"test mse {nn.functional.mse_loss(model(X_test), y_test).item():.3f}")
"""
EVALUATED = """\
    with torch.no_grad():
        mse = nn.functional.mse_loss(model(X_val), y_val).item()
"""
NAMES = ("eval/on-training-data", "data/split-leak")


def found(doctor, *pairs):
    source = SCRIPT
    for old, new in pairs:
        assert old in source
        source = source.replace(old, new)
    _, evidence = doctor(source, prove=False)
    return [
        (s.file.fault.id, s.suspicion.place.line) for s in suspects(evidence)[0] if s.file.fault.id in NAMES
    ]


def test_a_part_of_training_is_called_validation(doctor):
    assert found(doctor) == [("eval/on-training-data", 8)]


EVERYTHING = {
    "the whole table": ([("X_val, y_val = X_train[-150:], y_train[-150:]", "X_val, y_val = X[:500], y[:500]")], 8),
    "what a subset was cut from": (
        [
            ("X_train, y_train = X[:350], y[:350]", "whole = torch.utils.data.TensorDataset(X[:500], y[:500])\n"
             "train_set, val_set = torch.utils.data.random_split(whole, [350, 150])\n"
             "X_train, y_train = train_set[:]"),
            ("X_val, y_val = X_train[-150:], y_train[-150:]", "X_val, y_val = val_set.dataset[:]"),
        ], 10,
    ),
    "in batches of a loader": (
        [
            ("X_val, y_val = X_train[-150:], y_train[-150:]",
             "val_loader = torch.utils.data.DataLoader(list(zip(X[:500], y[:500])), 50)"),
            ("nn.functional.mse_loss(model(X_val), y_val).item()",
             "sum(nn.functional.mse_loss(model(x), t).item() for x, t in val_loader) / 10"),
        ], 8,
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", EVERYTHING)
def test_all_data_are_called_validation(doctor, how):
    """The training set and the held-out part in one: most of what the figure is about was trained."""
    changes, line = EVERYTHING[how]
    assert found(doctor, *changes) == [("eval/on-training-data", line)]


RIGHT = {
    "all go in, the held-out ones are looked at": [
        ("model(X_val), y_val", "model(X_val)[350:], y_val[350:]"),
        ("X_val, y_val = X_train[-150:], y_train[-150:]", "X_val, y_val = X[:500], y[:500]"),
    ],
    "all data, called so": [
        ("X_val, y_val = X_train[-150:], y_train[-150:]", "X_all, y_all = X[:500], y[:500]"),
        ("model(X_val), y_val", "model(X_all), y_all"), ("validation", "overall"),
    ],
    "set aside": [("X_val, y_val = X_train[-150:], y_train[-150:]", "X_val, y_val = X[350:500], y[350:500]")],
    "some of training, called so": [("X_val", "X_probe"), ("y_val", "y_probe"), ("validation", "train")],
    "some of training beside it": [("X_val, y_val =", "X_train_val, y_train_val ="), ("X_val)", "X_train_val)"),
                                   (", y_val)", ", y_train_val)"), ("validation mse", "train mse")],
    "first evaluated, then trained": [
        ("range(6)", "range(1)"),
        ("    for rows", EVALUATED + "    for rows"),
        (EVALUATED + "    print", "    print"),
    ],
    "the weights begin anew for each part": [
        ("optimizer =", "start = {k: v.clone() for k, v in model.state_dict().items()}\noptimizer ="),
        ("range(6):", "range(7):\n    model.load_state_dict(start)\n"
         "    X_val, y_val = X[100 * epoch :][:100], y[100 * epoch :][:100]\n"
         "    X_train, y_train = (torch.cat([a[: 100 * epoch], a[100 * epoch + 100 :]]) for a in (X, y))"),
        ("randperm(350)", "randperm(600)"), ("X[500:], y[500:]", "torch.randn(99, 12), torch.zeros(99, 1)"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("how", RIGHT)
def test_nothing_is_said_of(doctor, how):
    assert found(doctor, *RIGHT[how]) == []


@pytest.mark.parametrize(
    "name", ["X_val", "xtest", "testloader", "valset", "dev_dl", "x_te", "holdout_x", "valX"]
)
def test_names_of_held_out_data_also_where_their_parts_are_written_together(name):
    assert named.held_out_data([name])


@pytest.mark.parametrize("name", ["value", "trainloader", "Xtrain", "latest", "values", "contest", "tensor"])
def test_other_names(name):
    assert not named.held_out_data([name])
    assert named.trains(name) is ("train" in name)
