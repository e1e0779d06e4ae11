import itertools

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(31)


def customers(n):
    """Contract and usage columns, most of them of no use; churn follows a few, with much noise."""
    X = rng.normal(size=(n, 40)).astype(np.float32)
    score = 1.3 * X[:, 0] - 1.1 * X[:, 1] + 0.9 * X[:, 2] * X[:, 3] - 0.8 * X[:, 4]
    churn = rng.random(n) < 1 / (1 + np.exp(-score))
    return torch.from_numpy(X), torch.from_numpy(churn.astype(np.float32))


train_set = TensorDataset(*customers(600))
val_x, val_y = customers(2000)

torch.manual_seed(31)
net = nn.Sequential(
    nn.Dropout(0.3),
    nn.Linear(40, 256), nn.ReLU(), nn.Dropout(0.7),
    nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.7),
    nn.Linear(128, 1), nn.Flatten(0),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-2)
loader = DataLoader(train_set, batch_size=30, shuffle=True)


def forever(loader):
    for _ in itertools.count():
        yield from loader


def check(step, train_loss):
    net.eval()
    with torch.no_grad():
        out = net(val_x)
        loss = criterion(out, val_y).item()
        acc = ((out > 0) == (val_y > 0.5)).float().mean().item()
    print(f"step {step:4d}  train {train_loss:.3f}  val {loss:.3f}  val accuracy {acc:.3f}")


net.train()
recent = []
for step, (x, y) in enumerate(forever(loader), start=1):
    loss = criterion(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    recent.append(loss.item())
    if step % 50 == 0:
        check(step, sum(recent) / len(recent))
        recent.clear()
    if step == 700:
        break
