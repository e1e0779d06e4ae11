import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split
from torch import nn


def cells(n, share, rng):
    y = (rng.random(n) < share).astype(np.int64)
    x = rng.normal(0, 1, (n, 20))
    x[:, :5] += 0.75 * y[:, None]
    return x.astype(np.float32), y


def balance(x, y, rng):
    rare = np.flatnonzero(y == 1)
    extra = rng.choice(rare, (y == 0).sum() - len(rare))
    keep = np.concatenate([np.arange(len(y)), extra])
    return x[keep], y[keep]


rng = np.random.default_rng(4)
torch.manual_seed(4)
x, y = cells(900, 0.08, rng)
x_new, y_new = cells(3000, 0.08, rng)

x, y = balance(x, y, rng)
x_tr, x_va, y_tr, y_va = train_test_split(x, y, test_size=0.3, random_state=4, stratify=y)

x_tr, y_tr = torch.from_numpy(x_tr), torch.from_numpy(y_tr)
x_va, x_new = torch.from_numpy(x_va), torch.from_numpy(x_new)

model = nn.Sequential(nn.Linear(20, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 2))
ce = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=5e-3)

for epoch in range(1, 7):
    model.train()
    for rows in torch.randperm(len(x_tr)).split(32):
        optimizer.zero_grad()
        ce(model(x_tr[rows]), y_tr[rows]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        val = balanced_accuracy_score(y_va, model(x_va).argmax(1))
        new = balanced_accuracy_score(y_new, model(x_new).argmax(1))
    if epoch % 3 == 0:
        print(f"epoch {epoch}: validation {val:.3f}, new patients {new:.3f}")
