"""Bowing technique of a cello (détaché, legato, martelé, spiccato, tremolo, col legno) from short envelopes.

3-fold cross-validation of a 1-d conv net.
"""
import numpy as np
import torch
import torch.nn as nn
from sklearn.model_selection import StratifiedKFold
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
rng = np.random.default_rng(8)
T = 64


def envelope(kind):
    t = np.linspace(0, 1, T)
    rate = rng.uniform(3, 5)
    phase = (t * rate + rng.random()) % 1
    if kind == 0:
        e = np.minimum(1, 6 * phase) * np.minimum(1, 6 * (1 - phase))
    elif kind == 1:
        e = 0.8 + 0.2 * np.sin(2 * np.pi * t * rate / 2 + rng.uniform(0, 6))
    elif kind == 2:
        e = np.exp(-4 * phase)
    elif kind == 3:
        e = np.exp(-((phase - 0.5) ** 2) / 0.015)
    elif kind == 4:
        e = 0.6 + 0.4 * np.sin(2 * np.pi * t * rate * 3 + rng.uniform(0, 6))
    else:
        e = np.exp(-12 * phase) + 0.1
    e = e * rng.uniform(0.7, 1.3) + rng.normal(0, 0.2, T)
    return (e - 0.5) / 0.4


y = rng.integers(0, 6, 1600)
X = torch.tensor(np.stack([envelope(k) for k in y]), dtype=torch.float32).unsqueeze(1)
y = torch.tensor(y)


def conv(c_in, c_out):
    return nn.Sequential(
        nn.Conv1d(c_in, c_out, 5, padding=2, bias=False), nn.BatchNorm1d(c_out), nn.ReLU(), nn.MaxPool1d(2)
    )


def make_net():
    body = [conv(1, 16), conv(16, 24), conv(24, 32), conv(32, 32), conv(32, 32)]
    return nn.Sequential(*body, nn.Flatten(), nn.Linear(64, 6))


@torch.no_grad()
def evaluate(net, loader):
    net.eval()
    correct = 0
    for xb, yb in loader:
        correct += (net(xb).argmax(1) == yb).sum().item()
    return correct / len(loader.dataset)


criterion = nn.CrossEntropyLoss()
scores = []
for fold, (tr, va) in enumerate(StratifiedKFold(3, shuffle=True, random_state=8).split(X, y)):
    train_loader = DataLoader(TensorDataset(X[tr], y[tr]), batch_size=32, shuffle=True)
    val_loader = DataLoader(TensorDataset(X[va], y[va]), batch_size=100)
    net = make_net()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    print(f"fold {fold}: untrained {evaluate(net, val_loader):.3f}")
    for epoch in range(6):
        net.train()
        total = 0.0
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = criterion(net(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
        acc = evaluate(net, val_loader)
        print(f"fold {fold}: epoch {epoch + 1} loss {total / len(train_loader):.3f} val acc {acc:.3f}")
    scores.append(acc)
print(f"mean accuracy over {len(scores)} folds: {np.mean(scores):.3f}")
