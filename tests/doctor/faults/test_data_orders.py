"""Orders told by the data alone: axes reshaped before there was a tensor, and large batches of a sorted set."""

import pytest

from vitreous.doctor.faults import load

PICTURES = """\
import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(0)
torch.manual_seed(0)
labels = rng.integers(0, 3, 400)
ramp = np.linspace(-1, 1, 12)
pictures = rng.normal(0, 0.3, (400, 12, 12, 3))
angle, phase = labels * np.pi / 3, rng.uniform(0, 2 * np.pi, 400)
along = ramp[:, None] * np.cos(angle)[:, None, None] + ramp[None] * np.sin(angle)[:, None, None]
pictures += np.cos(3 * along + phase[:, None, None])[..., None]
# prepared
x = torch.tensor(pictures.transpose(0, 3, 1, 2).copy(), dtype=torch.float32)
y = torch.tensor(labels)
model = nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(2):
    for rows in torch.randperm(400).split(20):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
SORTED = """\
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(600, 5)
y = torch.bucketize(x[:, 0], torch.tensor([-0.9, -0.3, 0.2, 0.7, 1.1]))
order = y.argsort()
loader = DataLoader(TensorDataset(x[order], y[order]), batch_size=120)
model = nn.Linear(5, 6)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(4):
    for xb, yb in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(xb), yb).backward()
        optimizer.step()
"""
TOKENS = """\
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randint(0, 9, (320, 6))
y = (x == x[:, :1]).sum(1).sub(1).clamp(max=1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(9, 16)
        block = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.encoder = nn.TransformerEncoder(block, 2)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.encoder(self.embed(x))[:, 0])


model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for rows in torch.randperm(320).split(32):
    loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def line_of(source, text):
    """The number of the first line that has the text."""
    return next(i for i, line in enumerate(source.splitlines(), start=1) if text in line)


def test_pictures_torn_by_numpy_are_read_the_other_way(doctor):
    wrong = PICTURES.replace("# prepared", "pictures = pictures.reshape(400, 3, 12, 12)")
    wrong = wrong.replace("pictures.transpose(0, 3, 1, 2).copy()", "pictures")
    _, right = doctor(PICTURES, prove=False)
    _, evidence = doctor(wrong, prove=False)

    (found,) = load("data/axis-order").suspect(evidence)

    assert found.place.line == line_of(wrong, "reshape(400")
    job = doctor.runner.job(interventions=[("data/axis-order", found.trials[0].settings)], trace=False)
    (fixed,) = doctor.runner.run([job])
    assert not fixed.not_checked
    assert fixed.curve == pytest.approx(right.curve, rel=1e-3)  # the same pictures again
    assert evidence.curve != pytest.approx(right.curve, rel=1e-3)
    assert not list(load("data/axis-order").suspect(right))


@pytest.mark.parametrize("options", ["batch_size=120", "batch_size=120, shuffle=True", "batch_size=8"])
def test_large_batches_of_a_sorted_set(doctor, options):
    _, evidence = doctor(SORTED.replace("batch_size=120", options), prove=False)

    found = [s.place.line for s in load("data/not-shuffled").suspect(evidence)]

    assert found == ([] if "shuffle" in options else [line_of(SORTED, "loader =")])


def test_a_negative_label_is_blamed_on_the_labels(doctor):
    _, evidence = doctor(SORTED.replace("# prepared", "").replace("1.1]))", "1.1])) - 1"), prove=False)

    (found,) = load("data/label-range").suspect(evidence)

    assert "negative" in found.summary
    assert found.place.line in (line_of(SORTED, "y = torch.bucketize"), line_of(SORTED, "loader ="))


def test_copies_of_a_layer_that_take_the_batch_for_time_are_named_where_it_is_made(doctor):
    wrong = TOKENS.replace(", batch_first=True", "")
    _, right = doctor(TOKENS, prove=False)
    _, evidence = doctor(wrong, prove=False)

    (found,) = load("data/axis-order").suspect(evidence)

    assert not list(load("data/axis-order").suspect(right))
    assert (found.certain, found.place.line) == (True, line_of(wrong, "TransformerEncoderLayer"))


def test_targets_of_every_step_leave_it_to_the_experiment(doctor):
    wrong = TOKENS.replace(", batch_first=True", "").replace(
        "(self.embed(x))[:, 0]", "(self.embed(x)).flatten(0, 1)"
    )
    wrong = wrong.replace(".sum(1).sub(1).clamp(max=1)", ".long()").replace("y[rows])", "y[rows].flatten())")
    _, evidence = doctor(wrong, prove=False)

    (found,) = load("data/axis-order").suspect(evidence)

    assert not found.certain


def test_channels_left_on_the_last_axis_are_tried_moved_with_layers_that_fit(doctor):
    wrong = PICTURES.replace("pictures.transpose(0, 3, 1, 2).copy()", "pictures")
    wrong = wrong.replace("nn.Conv2d(3, 8, 5)", "nn.Conv2d(12, 8, 3)")
    verdict, evidence = doctor(wrong)

    (found,) = load("data/axis-order").suspect(evidence)

    assert (found.certain, found.place.line) == (False, line_of(wrong, "x = torch.tensor"))
    (tried,) = (r for r in verdict.rejected if r.fault == "data/axis-order")  # these it learns either way
    assert tried.proof is not None
