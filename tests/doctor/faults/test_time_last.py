"""A model that sees the step that it must predict, where time is the last axis, as convolutions have it."""

import pytest

from vitreous.doctor.diagnose import suspects

SCRIPT = """
import torch
import torch.nn.functional as F
from torch import nn
torch.manual_seed(0)
series = torch.randn(100, {channels}, 33).cumsum(2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv1d({channels}, 8, 5), nn.Conv1d(8, {channels}, 1)

    def forward(self, a):
        a = self.first(F.pad(a, {pad}))  # HERE
        return self.last(torch.relu(a))


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(5):
    for rows in torch.randperm(100).split(20):
        optimizer.zero_grad()
        F.mse_loss(model(series[rows, :, :-1]), series[rows, :, 1:]).backward()
        optimizer.step()
"""


@pytest.mark.parametrize("channels", [1, 3])
def test_padding_on_both_sides_lets_later_steps_in(doctor, channels):
    source = SCRIPT.format(channels=channels, pad=(2, 2))
    _, evidence = doctor(source, prove=False)
    found = {one.file.fault.id: one.suspicion.place.line for one in suspects(evidence)[0]}
    assert found["model/sees-the-future"] == next(
        number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE")
    )


def test_padding_on_the_left_does_not(doctor):
    _, evidence = doctor(SCRIPT.format(channels=1, pad=(4, 0)), prove=False)
    assert "model/sees-the-future" not in {one.file.fault.id for one in suspects(evidence)[0]}
