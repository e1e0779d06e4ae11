"""Which line is named where the fix goes to another one than that which shows the fault; HERE says which.

Nothing is tried out: the first cause suspected has to be the fault, and its place that line.
"""

import pytest

from vitreous.doctor.diagnose import suspects

START = """
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset
torch.manual_seed(0)
rng = np.random.default_rng(0)
x = torch.randn(400, 6)
y = (x[:, 0] > 0).long()
"""

LOOP = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(4):
    for rows in torch.randperm(400).split(40):
        optimizer.zero_grad()
        F.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
"""

DIVIDED_BY_NOTHING = (
    """
sales = rng.poisson(1.0, (401, 6)).astype("float64")
level = sales / sales.mean(0)
growth = sales[1:] / sales[:-1] - 1  # HERE
x = torch.tensor(growth, dtype=torch.float32)
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
"""
    + LOOP
)

TYPE_IN_A_CONSTANT = """
KIND = torch.float16  # HERE

x = (300 * x).to(KIND)

model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1)).to(KIND)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for step in range(60):
    optimizer.zero_grad()
    F.mse_loss(model(x), 500 * x[:, :1]).backward()
    optimizer.step()
"""

GROUPS_OF_ONE = (
    """
def layer(wide, out, groups):
    return nn.Sequential(nn.Linear(wide, out), nn.GroupNorm(groups, out), nn.ReLU())


model = nn.Sequential(
    layer(6, 8, 8),  # HERE
    nn.Linear(8, 2),
)
"""
    + LOOP
)

MODE_REMEMBERED_LATE = """
model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))


def evaluate():
    model.eval()
    before = model.training  # HERE
    with torch.no_grad():
        right = (model(x).argmax(1) == y).float().mean().item()
    model.train(before)
    return right


evaluate()
""" + LOOP.replace("    for rows", "    print(evaluate())\n    for rows")

NEVER_LOOKED_AT = """
class Trainer:
    def __init__(self, model, loader):
        self.model, self.loader = model, loader
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

    def epoch(self):
        for a, b in self.loader:
            self.optimizer.zero_grad()
            F.cross_entropy(self.model(a), b).backward()
            self.optimizer.step()

    @torch.no_grad()
    def accuracy(self, loader):
        right = 0
        for a, b in self.loader:  # HERE
            right += (self.model(a).argmax(1) == b).sum().item()
        return right / 300


model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
train_loader = DataLoader(TensorDataset(x[:300], y[:300]), batch_size=30, shuffle=True)
val_loader = DataLoader(TensorDataset(x[300:], y[300:]), batch_size=100)
trainer = Trainer(model, train_loader)
for epoch in range(4):
    trainer.epoch()
    print("validation", trainer.accuracy(val_loader))
"""

DATA_TAKEN_IN_THE_LOOP = (
    """
table = rng.normal(2000.0, 900.0, (400, 6))
x = torch.from_numpy(table).float()  # HERE
y = torch.from_numpy((table[:, 0] > 2000).astype("int64"))



model = nn.Sequential(nn.Linear(6, 8), nn.Sigmoid(), nn.Linear(8, 2))
"""
    + LOOP
)

STREAMED_CLASS_BY_CLASS = """
class Archives(IterableDataset):
    def __iter__(self):
        for kind in range(2):  # HERE
            for row in x[y == kind]:
                yield row, kind


model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(4):
    for a, b in DataLoader(Archives(), batch_size=20):
        optimizer.zero_grad()
        F.cross_entropy(model(a), b).backward()
        optimizer.step()
"""

CENTRE_WITH_ITS_GRAPH = """
class Near(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer, self.centre = nn.Linear(6, 3), torch.zeros(3)

    def forward(self, a):
        made = self.layer(a)
        self.centre = 0.9 * self.centre + 0.1 * made.mean(dim=0)  # HERE
        return (made - self.centre).square().sum(1)




model = Near()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for rows in torch.randperm(400).split(40):
    optimizer.zero_grad()
    model(x[rows]).mean().backward()
    optimizer.step()
"""

ONE_BY_ONE_IN_LATER_EVALUATIONS = """
x, y = x[:300], y[:300].float()
model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())


def accuracy(said, meant):
    return ((said > 0.5).float() == meant).float().mean().item()  # HERE


optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(12):
    for rows in torch.randperm(300).split(30):
        optimizer.zero_grad()
        F.binary_cross_entropy(model(x[rows]), y[rows, None]).backward()
        optimizer.step()
    with torch.no_grad():
        said = model(x)
    if epoch % 4 == 3:
        print("training accuracy", accuracy(said, y))
"""

SMALL_ON_PURPOSE = """
model = nn.Sequential(
    nn.Linear(6, 8),
    nn.BatchNorm1d(8),  # HERE
    nn.Tanh(), nn.Linear(8, 2),
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)



loader = DataLoader(TensorDataset(x, torch.randint(2, (400,))), batch_size=2, shuffle=True)
for epoch in range(2):
    for number, (a, b) in enumerate(loader):
        (F.cross_entropy(model(a), b) / 4).backward()
        if number % 4 == 3:
            optimizer.step()
            optimizer.zero_grad()
"""


NOT_LABELLED = """
y[::7] = 255
model = nn.Linear(6, 2)
criterion = nn.CrossEntropyLoss()  # HERE
""" + LOOP.replace("F.cross_entropy", "criterion")

ERRORS_WRITTEN_OUT = """
table = rng.normal(4000.0, 900.0, (400, 6))
y = torch.from_numpy((table[:, 0] - 4000.0) / 900.0).float()
x = torch.from_numpy(table).float()  # HERE
model = nn.Sequential(nn.Linear(6, 16), nn.SiLU(), nn.Linear(16, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
for step in range(150):
    rows = torch.randint(0, 400, (40,))
    optimizer.zero_grad()
    loss = ((model(x[rows]) - y[rows]) ** 2).mean()
    loss.backward()
    optimizer.step()
"""

NARROW_FUNCTIONS = """
WIDTH = 2  # HERE
weights = [
    torch.randn(a, b).mul(a**-0.5).requires_grad_() for a, b in ((6, WIDTH), (WIDTH, WIDTH), (WIDTH, 3))
]
y = torch.stack([torch.sin(3 * x[:, 0]), x[:, 1] * x[:, 2], torch.cos(2 * x[:, 3])], 1)
optimizer = torch.optim.Adam(weights, lr=0.01)
for step in range(200):
    hidden = torch.tanh(torch.tanh(x @ weights[0]) @ weights[1])
    loss = (hidden @ weights[2] - y).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""

ONE_HOT_SEQUENCES = """
x = torch.randn(400, 7, 6)
y = x.argmax(2)
model = nn.Linear(6, 6)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for rows in torch.randperm(400).split(40):
    optimizer.zero_grad()
    F.mse_loss(model(x[rows]).softmax(-1), F.one_hot(y[rows], 6).float()).backward()  # HERE
    optimizer.step()
"""

PLAYED_BACK = """
class Sessions(IterableDataset):
    def __init__(self):
        self.records = [(row, kind) for kind in range(2) for row in x[y == kind]]

    def __iter__(self):
        yield from self.records  # HERE


model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(4):
    for a, b in DataLoader(Sessions(), batch_size=20):
        optimizer.zero_grad()
        F.cross_entropy(model(a), b).backward()
        optimizer.step()
"""


@pytest.mark.parametrize(
    ("fault", "script"),
    [
        ("data/label-range", NOT_LABELLED),
        ("data/not-normalized", ERRORS_WRITTEN_OUT),
        ("model/too-small", NARROW_FUNCTIONS),
        ("loss/mse-for-classification", ONE_HOT_SEQUENCES),
        ("data/not-shuffled", PLAYED_BACK),
        ("data/non-finite", DIVIDED_BY_NOTHING),
        ("train/mixed-precision", TYPE_IN_A_CONSTANT),
        ("model/ignores-input", GROUPS_OF_ONE),
        ("train/eval-mode", MODE_REMEMBERED_LATE),
        ("eval/on-training-data", NEVER_LOOKED_AT),
        ("data/not-normalized", DATA_TAKEN_IN_THE_LOOP),
        ("data/not-shuffled", STREAMED_CLASS_BY_CLASS),
        ("train/state-carried", CENTRE_WITH_ITS_GRAPH),
        ("eval/wrong-metric", ONE_BY_ONE_IN_LATER_EVALUATIONS),
        ("model/tiny-batch-norm", SMALL_ON_PURPOSE),
    ],
)
def test_the_line_is_that_of_the_fix(doctor, fault, script):
    source = START + script
    _, evidence = doctor(source, prove=False)
    found = {one.file.fault.id: one.suspicion.place for one in suspects(evidence)[0]}

    here = next(number for number, line in enumerate(source.splitlines(), 1) if line.endswith("# HERE"))
    assert fault in found, f"suspected are only {sorted(found)}"
    assert found[fault].line == here


MODEL_TURNS_THEM = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.last = nn.Conv1d(2, 8, 3), nn.Linear(8, 2)

    def forward(self, track):
        return self.last(torch.relu(self.conv(track.transpose(1, 2))).mean(2))


x = torch.linspace(0, 6, 20)[:, None] + torch.rand(400, 1, 2)
x, y = torch.sin(x * torch.tensor([1.0, 2.0])), torch.randint(2, (400,))
model = Net()
"""


def test_axes_that_the_model_exchanges_itself_are_in_no_wrong_order(doctor):
    _, evidence = doctor(START + MODEL_TURNS_THEM + LOOP, prove=False)
    assert "data/axis-order" not in {one.file.fault.id for one in suspects(evidence)[0]}


BY_HAND = """
rate = {rate}  # HERE
weights = (torch.randn(6, 2) / 6).requires_grad_()
for step in range(150):
    loss = F.mse_loss(x @ weights, x[:, 1:3] - x[:, :2])
    loss.backward()
    with torch.no_grad():
        weights -= rate * weights.grad
    weights.grad = None
"""


@pytest.mark.parametrize(("rate", "fault"), [("1e-3", "optim/lr-too-low"), ("5.0", "optim/lr-too-high")])
def test_the_rate_of_updates_by_hand_is_tried_too(doctor, rate, fault):
    source = START + BY_HAND.format(rate=rate)
    verdict, _ = doctor(source)
    first = verdict.findings[0]
    assert (first.fault, first.line) == (fault, 1 + source.splitlines().index(f"rate = {rate}  # HERE"))
    assert first.proof is not None
