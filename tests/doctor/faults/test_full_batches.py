"""Programs that take all samples at once: few steps are many epochs there."""

import pytest
from tests.doctor.scripts import changed, line_of

from vitreous.doctor.faults.optim import lr_too_low

FULL = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 10)
y = x[:, :4].argmax(1)
model = nn.Sequential(nn.Linear(10, 24), nn.ReLU(), nn.Linear(24, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(200):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    if epoch % 40 == 39:
        print(epoch, loss.item())
"""


def test_a_usual_rate_is_suspected_where_hundreds_of_epochs_change_little(doctor):
    (found,) = lr_too_low.suspect(doctor(FULL, prove=False)[1])
    assert found.place.line == line_of(FULL, "lr=0.01")
    assert not list(lr_too_low.suspect(doctor(changed(FULL, ("lr=0.01", "lr=0.5")), prove=False)[1]))


@pytest.mark.long
def test_a_usual_rate_is_too_low_where_hundreds_of_epochs_change_little(doctor):
    verdict, _ = doctor(FULL)
    assert [f.fault for f in verdict.findings][:1] == ["optim/lr-too-low"]
    assert verdict.findings[0].line == line_of(FULL, "lr=0.01")
    assert doctor(changed(FULL, ("lr=0.01", "lr=0.5")))[0].findings == []
