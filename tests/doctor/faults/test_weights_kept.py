"""Whether the best weights were kept is told by what the run did, not by what the source could do."""

import pytest

from vitreous.doctor.diagnose import suspects

MEMORIZED = """\
import copy
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(240, 6)
y = (x[:, 0] + 1.5 * torch.randn(240) > 0).long()
x_train, y_train, x_val, y_val = x[:40], y[:40], x[40:], y[40:]
model = nn.Sequential(nn.Linear(6, 128), nn.ReLU(), nn.Linear(128, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
best, patience = 9.0, None
for epoch in range(80):
    for rows in torch.randperm(40).split(20):
        loss = nn.functional.cross_entropy(model(x_train[rows]), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        val = nn.functional.cross_entropy(model(x_val), y_val).item()
    if val < best:
        best, state, kept = val, copy.deepcopy(model.state_dict()), copy.deepcopy(model)
    if patience and val > best:
        model.load_state_dict(state)
        break
# over
print(f"val loss {val:.3f}")
"""
KEPT = {
    "loaded": "model.load_state_dict(state)",
    "copied": "for p, b in zip(model.parameters(), state.values()):\n    p.data.copy_(b)",
    "a copy of the model": "with torch.no_grad():\n    print(kept(x_val).argmax(1).eq(y_val).float().mean())",
}


def found(doctor, source):
    _, evidence = doctor(source, prove=False)
    return [s for s in suspects(evidence)[0] if s.file.fault.id == "train/overfit"], evidence


def test_a_branch_that_never_runs_puts_nothing_back(doctor):
    suspicions, evidence = found(doctor, MEMORIZED)
    assert evidence.rewritten == []
    assert [s.suspicion.place.line for s in suspicions] == [12]


@pytest.mark.parametrize("how", KEPT)
def test_the_best_weights_are_kept(doctor, how):
    suspicions, _ = found(doctor, MEMORIZED.replace("# over", KEPT[how]))
    assert suspicions == []


def test_a_constraint_on_the_weights_puts_nothing_back(doctor):
    held = (
        "        optimizer.step()\n        [p.data.clamp_(-9, 9).mul_(1 - 1e-6) for p in model.parameters()]"
    )
    suspicions, evidence = found(doctor, MEMORIZED.replace("        optimizer.step()", held))
    assert len(evidence.rewritten) > 150
    assert len(suspicions) == 1
