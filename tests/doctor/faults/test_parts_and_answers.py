"""What two parts of the data share, what a model that computes its own loss sees, and what a triplet is made of."""

import pytest
from tests.doctor.scripts import changed, line_of

from vitreous.doctor.faults.data import split_leak
from vitreous.doctor.faults.loss import swapped_arguments
from vitreous.doctor.faults.model import sees_the_future

VIEWS = """\
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, random_split

torch.manual_seed(0)
labels = torch.randint(0, 3, (300,))
images = torch.randn(3, 20)[labels] + torch.randn(300, 20)


class Views(Dataset):
    def __init__(self, noise):
        self.noise = noise

    def __len__(self):
        return len(labels)

    def __getitem__(self, i):
        return images[i] + self.noise * torch.randn(20), labels[i]


train_set, _ = random_split(Views(0.3), [0.8, 0.2])
_, val_set = random_split(Views(0.0), [0.8, 0.2])
train_loader = DataLoader(train_set, batch_size=20, shuffle=True)
val_loader = DataLoader(val_set, batch_size=60)
model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for epoch in range(4):
    model.train()
    for x, y in train_loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in val_loader)
    print(f"epoch {epoch} validation accuracy {right / 60:.3f}")
"""
RING = """\
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)


def walks(count):
    start, step = torch.randint(12, (count, 1)), torch.randint(1, 4, (count, 1))
    return (start + step * torch.arange(9)) % 12


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.places = nn.Embedding(12, 24), nn.Embedding(8, 24)
        self.key, self.query, self.value = (nn.Linear(24, 24, bias=False) for _ in range(3))
        self.say = nn.Linear(24, 12)

    def forward(self, given, wanted=None):
        x = self.read(given) + self.places(torch.arange(given.shape[1]))
        scores = self.query(x) @ self.key(x).transpose(1, 2) / 24**0.5
        weights = F.softmax(scores, dim=-1)
        said = self.say(x + weights @ self.value(x))
        loss = None if wanted is None else F.cross_entropy(said.flatten(0, 1), wanted.flatten())
        return said, loss


model = Reader()
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
for step in range(60):
    walk = walks(32)
    _, loss = model(walk[:, :-1], walk[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"loss {loss.item():.3f}")
"""
FOLDS = VIEWS.replace("random_split", "Subset, random_split", 1)
TRIPLETS = """\
import torch
from sklearn.datasets import load_digits
from torch import nn

torch.manual_seed(0)
x, y = (torch.tensor(part) for part in load_digits(return_X_y=True))
x = (x.float() - 4.9) / 6.0
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 16))
criterion = nn.TripletMarginLoss(margin=1.0)


def any_of(these):
    there = torch.where(these)[0]
    return there[torch.randint(len(there), ())]


optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for step in range(150):
    rows = torch.randint(0, 1700, (64,))
    like = torch.stack([any_of(y[:1700] == y[row]) for row in rows])
    unlike = torch.stack([any_of(y[:1700] != y[row]) for row in rows])
    loss = criterion(model(x[rows]), model(x[unlike]), model(x[like]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
MASKED = (
    "        weights",
    "        later = torch.ones(8, 8, dtype=torch.bool).triu(1)\n"
    "        scores = scores.masked_fill(later, float('-inf'))\n        weights",
)
TOGETHER = ("model(x[unlike]), model(x[like])", "model(x[like]), model(x[unlike])")


def test_two_subsets_that_were_split_apart_share_rows_although_no_sample_is_seen_twice(doctor):
    (found,) = split_leak.suspect(doctor(VIEWS, prove=False)[1])
    assert found.place.line in (line_of(VIEWS, "train_set, _"), line_of(VIEWS, "_, val_set"))
    shared = next(row for row in found.evidence if "trained too" in row.what)
    assert 36 <= shared.value <= 58 and shared.unit == "of 60"  # about 48 of 60


def test_subsets_split_with_one_seed_share_nothing(doctor):
    seeded = VIEWS.replace("[0.8, 0.2])", "[0.8, 0.2], torch.Generator().manual_seed(0))")
    assert not list(split_leak.suspect(doctor(seeded, prove=False)[1]))


def test_another_fold_is_trained_with_what_this_one_holds_out(doctor):
    start = FOLDS.index("train_set, _")
    parts = (
        "folds = torch.randperm(300).split(60)\nfor fold in (0, 1):\n"
        "    rest = torch.cat([part for i, part in enumerate(folds) if i != fold])[-200 - 20 * fold :]\n"
        "    train_set, val_set = Subset(Views(0.3), rest.tolist()), Subset(Views(0.0), folds[fold].tolist())\n"
    )
    body = FOLDS[start:].split("\n", 2)[2]
    folded = FOLDS[:start] + parts + "".join(f"    {line}\n" for line in body.splitlines())
    assert not list(split_leak.suspect(doctor(folded, prove=False)[1]))


def test_the_training_part_measured_as_such_is_no_leak(doctor):
    measured = changed(VIEWS, ("_, val_set = random_split(Views(0.0), [0.8, 0.2])", "val_set = train_set"))
    measured = changed(
        measured,
        ("validation accuracy", "training accuracy"),
        ("right / 60", "right / 240"),
    ).replace("val_", "plain_")
    assert not list(split_leak.suspect(doctor(measured, prove=False)[1]))


def test_a_model_that_computes_its_own_loss_is_asked_whether_it_sees_what_it_must_predict(doctor):
    (found,) = sees_the_future.suspect(doctor(RING, prove=False)[1])
    assert found.place.line == line_of(RING, "softmax(") and "mask" in found.fix
    assert not list(sees_the_future.suspect(doctor(changed(RING, MASKED), prove=False)[1]))


def test_a_triplet_loss_at_its_margin_is_suspected(doctor):
    (found,) = swapped_arguments.suspect(doctor(TRIPLETS, prove=False)[1])
    assert found.place.line == line_of(TRIPLETS, "criterion(model") and not found.certain
    assert not list(swapped_arguments.suspect(doctor(changed(TRIPLETS, TOGETHER), prove=False)[1]))


@pytest.mark.long
def test_a_triplet_the_wrong_way_round_is_proven(doctor):
    (finding,) = doctor(TRIPLETS)[0].findings
    assert finding.fault == "loss/swapped-arguments" and finding.line == line_of(TRIPLETS, "criterion(model")
