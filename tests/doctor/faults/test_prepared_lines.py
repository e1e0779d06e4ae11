"""Evaluation data prepared otherwise: the line is that of the preparation, whatever the variables are called."""

import pytest

PROGRAM = """\
import numpy as np, torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder

torch.manual_seed(0)
X, y = load_digits(return_X_y=True)
Xa, Xb, ya, yb = train_test_split(X, y, test_size=0.3, random_state=0, stratify=y)
PREPARATION
T = lambda a, b: TensorDataset(torch.tensor(np.asarray(a), dtype=torch.float32), torch.tensor(np.asarray(b)))
first = DataLoader(T(Xa, ya), batch_size=32, shuffle=True)
second = DataLoader(T(Xb, yb), batch_size=64)
model = nn.Sequential(nn.Linear(Xa.shape[1], 64), nn.ReLU(), nn.Linear(64, 10))
opt = torch.optim.Adam(model.parameters(), lr=2e-3)
loss_fn = nn.CrossEntropyLoss()


def measure(loader):
    model.eval()
    correct = total = vl = 0
    with torch.no_grad():
        for xb, t in loader:
            out = model(xb)
            vl += loss_fn(out, t).item() * len(t)
            correct += (out.argmax(1) == t).sum().item()
            total += len(t)
    return vl / total, correct / total


for epoch in range(12):
    model.train()
    for xb, t in first:
        opt.zero_grad()
        loss = loss_fn(model(xb), t)
        loss.backward()
        opt.step()
    print("epoch", epoch, "train", *measure(first), "val", *measure(second))
"""
WAYS = {
    "not scaled": "Xa = Xa / 16",
    "turned": "Xa, Xb = Xa / 16, Xb.reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64) / 16",
    "other components": "Xa, Xb = PCA(20, random_state=0).fit_transform(Xa / 16), PCA(20).fit_transform(Xb / 16)",
    "other numbers of classes": "codes = LabelEncoder()\nXa, Xb = Xa / 16, Xb[yb > 0] / 16\n"
    "ya, yb = codes.fit_transform(ya), codes.fit_transform(yb[yb > 0])",
}


def check(doctor, way, prove):
    verdict, _ = doctor(PROGRAM.replace("PREPARATION", WAYS[way]), prove=prove)
    found = verdict.findings[0]
    assert found.fault == "data/transform-mismatch"
    assert 12 <= found.line <= 11 + len(WAYS[way].splitlines())
    return found


def test_what_is_lacking_is_told_where_training_data_have_it(doctor):
    check(doctor, "not scaled", prove=False)


@pytest.mark.long
@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_proven_at_its_line(doctor, way):
    assert check(doctor, way, prove=True).proof is not None


def test_the_same_preparation_raises_nothing(doctor):
    source = PROGRAM.replace("PREPARATION", "Xa, Xb = Xa / 16, Xb / 16")
    assert doctor(source, prove=False)[0].findings == []
