"""One series that is cut into pieces for a network is no picture with its channels in the wrong place."""

import numpy as np
from tests.doctor.scripts import changed

from vitreous.doctor import pictures
from vitreous.doctor.faults.data import axis_order

PIECES = """\
import torch
from torch import nn

torch.manual_seed(0)
t = torch.arange(256) / 64
speed = torch.randint(1, 4, (600,))
x = torch.sin(2 * torch.pi * speed[:, None] * t + 6 * torch.rand(600, 1)).view(600, 32, 8)
y = speed - 1
layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
model = nn.Sequential(layer, nn.Flatten(), nn.Linear(256, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(4):
    for rows in torch.randperm(600).split(50):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
"""
# Eight channels, each of which lies in one piece, called thirty-two steps of eight.
TORN = changed(
    PIECES,
    (
        "x = torch.sin(2 * torch.pi * speed[:, None] * t + 6 * torch.rand(600, 1)).view(600, 32, 8)",
        "t = torch.arange(32) / 32\n"
        "x = torch.sin(2 * torch.pi * speed[:, None, None] * t + 6 * torch.rand(600, 8, 1)).reshape(600, 32, 8)",
    ),
)


def test_pieces_of_one_series_are_not_suspected_and_channels_read_as_steps_are(doctor):
    assert list(axis_order.suspect(doctor(PIECES, prove=False)[1])) == []
    assert list(axis_order.suspect(doctor(TORN, prove=False)[1]))


def test_a_jump_where_channels_meet_tells_them_from_one_series():
    t = np.arange(256) / 64
    one = np.sin(2 * np.pi * t + np.linspace(0, 6, 50)[:, None])
    eight = np.sin(2 * np.pi * np.arange(32) / 32 + np.random.default_rng(0).uniform(0, 6, (50, 8, 1)))
    assert pictures.goes_on(one, 32)
    assert not pictures.goes_on(eight, 32)
