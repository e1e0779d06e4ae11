import resource

import numpy as np
import torch
from torch import nn


def spirals(n, seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n)
    r = np.sqrt(rng.uniform(0.02, 1, size=n))
    a = 4.2 * r + y * 2 * np.pi / 3 + rng.normal(scale=0.12, size=n)
    return torch.tensor(np.c_[r * np.cos(a), r * np.sin(a)] * 1.6, dtype=torch.float32), torch.tensor(y)


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


torch.manual_seed(2)
X, y = spirals(6400, 0)
X_test, y_test = spirals(1500, 1)
net = nn.Sequential(nn.Linear(2, 192), nn.ReLU(), nn.Linear(192, 192), nn.ReLU(), nn.Linear(192, 3))
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
ce = nn.CrossEntropyLoss()
EASY = 0.25

history = []
for epoch in range(1, 13):
    net.train()
    skipped = 0
    for idx in torch.randperm(len(X)).split(128):
        loss = ce(net(X[idx]), y[idx])
        history.append(loss.item())
        if loss.item() < EASY:
            skipped += 1
            continue
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        acc = (net(X_test).argmax(1) == y_test).float().mean().item()
    recent = sum(float(l) for l in history[-50:]) / 50
    print(f"epoch {epoch}: loss {recent:.3f} skipped {skipped} test acc {acc:.3f} peak memory {peak_mb():.0f} MB")
