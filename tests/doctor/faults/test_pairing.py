"""Targets that belong to other rows: batches indexed by hand, and rows multiplied in two different ways."""

import numpy as np
import pytest

from vitreous.doctor.association import read_off
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


WINDOWS = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
usual, trip = torch.randint(0, 60, (60, 4)), [0, 1]
for _ in range(900):
    noise = torch.rand(()) < 0.1
    trip.append(int(torch.randint(60, ()) if noise else usual[trip[-1], trip[-2] % 4]))
rows = torch.tensor(trip).unfold(0, WIDE + 1, 1)
loader = DataLoader(TensorDataset(rows[:, :-1], rows[:, -1]), 50, shuffle=True)
model = nn.Sequential(nn.Embedding(60, 8), nn.Flatten(), nn.Linear(8 * WIDE, 60))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for given, following in loader:
    loss = nn.functional.cross_entropy(model(given), following)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize("wide", ["1", "3"])
def test_windows_that_hold_the_target_of_the_one_before_are_paired_rightly(doctor, wide):
    _, evidence = doctor(WINDOWS.replace("WIDE", wide), prove=False)

    assert not any("pairing" in note for note in evidence.not_checked)
    assert evidence.probes["pairing"].get("strength", 0.0) < 6  # reading them takes time, and may be given up
    assert not list(load("data/labels-misaligned").suspect(evidence))


@pytest.mark.parametrize("coded", [False, True])
def test_targets_are_read_off_windows_of_numbers_or_one_hot_rows(coded):
    series = np.random.default_rng(0).integers(0, 5, 104)
    windows, targets = np.stack([series[i : i + 100] for i in range(3)], 1), series[3:103, None]
    inputs = np.eye(5)[windows].reshape(100, 15) if coded else windows
    assert read_off(inputs, np.roll(targets, 1, axis=0))
    assert not read_off(inputs, targets)
    assert not read_off(inputs, np.roll(targets, -1, axis=0))


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


LOADED = (
    EVALUATED.replace(
        "x_train, x_val = x[order[:600]], x[order[600:]]\ny_train, y_val = y[order[:600]], y[order[600:]]",
        """rows_train, rows_val = order[:600], order[600:]
x_train = x[rows_train]
y_train = y[:600]
x_val, y_val = x[rows_val], y[rows_val]
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x_train, y_train), 20, shuffle=True)""",
    )
    .replace("rows in torch.randperm(600).split(20)", "xb, yb in loader")
    .replace("x_train[rows]), y_train[rows]", "xb), yb")
)


def test_targets_taken_by_the_index_of_their_inputs_are_the_proof_and_the_patch(doctor):
    verdict, _ = doctor(LOADED)
    (finding,) = verdict.findings
    assert finding.fault == "data/labels-misaligned"
    assert finding.proof is not None and finding.proof.gain > 0.5
    assert [edit.text for edit in finding.edits] == ["y_train = y[rows_train]"]


@pytest.mark.long
def test_a_fault_behind_the_wrong_pairs_is_named_too(doctor):
    """With the pairs put right by a change of the text, what else keeps it from learning shows."""
    dropped = LOADED.replace("nn.ReLU(), ", "nn.ReLU(), nn.Dropout(0.97), ").replace("range(4)", "range(8)")
    dropped = dropped.replace("    with torch.no_grad", "    model.eval()\n    with torch.no_grad")
    dropped = dropped.replace("    for xb", "    model.train()\n    for xb")
    verdict, _ = doctor(dropped)
    assert {f.fault for f in verdict.findings} == {"data/labels-misaligned", "train/dropout-too-high"}
