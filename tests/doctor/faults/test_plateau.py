"""ReduceLROnPlateau told to wait on the wrong side, by the numbers it is given or by their names."""

import pytest

from vitreous.doctor.diagnose import suspects

SCRIPT = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(600, 6)
y = (x[:, 0] * x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", patience=1)


def look(rows):
    with torch.no_grad():
        out = model(x[rows])
        loss = nn.functional.cross_entropy(out, y[rows]).item()
        return loss, (out.argmax(1) == y[rows]).float().mean().item()


for epoch in range(12):
    for rows in torch.randperm(400).split(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
    one, other = look(slice(400, 600))
    scheduler.step(other)
"""
GIVEN = "scheduler.step(other)"
NAMED = ("one, other = look", "val_loss, val_acc = look")
WRONG = {
    "the share of right answers": [],
    "an accuracy by its name": [NAMED, (GIVEN, "scheduler.step(val_acc * 0.9)")],
    "named where it is made": [NAMED, (GIVEN, "score = val_acc * 0.9\n    scheduler.step(score)")],
    "the loss measured, in mode max": [('"min"', '"max"'), (GIVEN, "scheduler.step(one)")],
    "a loss by its name, in mode max": [
        ('"min"', '"max"'), NAMED, (GIVEN, "scheduler.step(metrics=val_loss * 2)")
    ],
}  # fmt: skip
RIGHT = {
    "mode max": [('"min"', '"max"')],
    "turned round": [NAMED, (GIVEN, "scheduler.step(-val_acc)")],
    "the share of wrong answers": [NAMED, (GIVEN, "scheduler.step(1 - val_acc)")],
    "a loss that rises": [NAMED, (GIVEN, "scheduler.step(val_loss + epoch)")],
    "nothing tells": [(GIVEN, "scheduler.step(other * 0.9)")],
    "never cut": [("patience=1", "patience=20")],
}


def found(doctor, changes):
    source = SCRIPT
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    _, evidence = doctor(source, prove=False)
    (made,) = evidence.schedulers
    assert len(made.given) == len(made.rates) == len(made.at_steps) == 12
    return [s.suspicion for s in suspects(evidence)[0] if s.suspicion.certain]


@pytest.mark.parametrize("how", WRONG)
def test_the_wrong_side(doctor, how):
    (suspicion,) = found(doctor, WRONG[how])
    assert suspicion.place.line == 9
    assert "mode=" in suspicion.edits[0].text


@pytest.mark.parametrize("how", RIGHT)
def test_the_right_side(doctor, how):
    assert found(doctor, RIGHT[how]) == []
