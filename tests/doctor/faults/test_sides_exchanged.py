"""Pictures that are to be turned into maps, with height and width exchanged in one of the two."""

import pytest
from tests.doctor.scripts import changed, line_of

from vitreous.doctor.faults.data import axis_order

MAPS = """\
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
rng = np.random.default_rng(0)
rows, columns = np.mgrid[:14, :14]
middle = rng.uniform(3, 11, (240, 2, 1, 1))
inside = ((rows - middle[:, 0]) / 2) ** 2 + ((columns - middle[:, 1]) / 4) ** 2 < 1
pictures = (inside[..., None] * np.array([1.0, -1.0, 0.5]) + rng.normal(0, 0.6, (240, 14, 14, 3))).astype("float32")
x = torch.stack([torch.from_numpy(one.transpose(2, 0, 1)) for one in pictures])
y = torch.from_numpy(inside.astype("float32"))
model = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1), nn.Flatten(0, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(4):
    for xb, yb in DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True):
        loss = nn.functional.binary_cross_entropy_with_logits(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
WRONG = changed(MAPS, ("one.transpose(2, 0, 1)", "one.T"))


def test_exchanged_sides_are_suspected_by_the_numbers(doctor):
    _, evidence = doctor(WRONG, prove=False)
    found = list(axis_order.suspect(evidence))
    assert [s.summary for s in found] == [
        "height and width of the pictures are exchanged, and those of the maps are not"
    ]
    assert abs(found[0].place.line - line_of(WRONG, "one.T")) <= 3
    assert list(axis_order.suspect(doctor(MAPS, prove=False)[1])) == []


@pytest.mark.long
def test_exchanging_them_back_is_the_proof(doctor):
    verdict, _ = doctor(WRONG)
    assert verdict.findings[0].fault == "data/axis-order"
    assert verdict.findings[0].proof.gain > 0.3
