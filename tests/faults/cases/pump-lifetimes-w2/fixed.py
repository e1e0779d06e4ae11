import numpy as np
import torch
from torch import nn

rng = np.random.default_rng(21)
n = 900
temp = rng.normal(60, 12, n)
vibration = rng.gamma(2.0, 1.0, n)
load = rng.uniform(0.2, 1.0, n)
oil = rng.integers(0, 3, n)
age = rng.uniform(0, 10, n)
noise = rng.normal(0, 1, (n, 3))
hazard = 0.05 * (temp - 60) + 0.7 * np.log1p(vibration) * (1 + load) + np.array([0, 0.5, -0.6])[oil] + 0.9 * np.sin(age / 2)
lifetime = np.exp(3.0 - 0.9 * hazard + 0.15 * rng.gumbel(size=n))
X = np.column_stack([temp, vibration, load, oil == 0, oil == 1, oil == 2, age, noise]).astype(np.float32)
X = (X - X[:700].mean(0)) / X[:700].std(0)
y = np.log(lifetime).astype(np.float32)
y = (y - y[:700].mean()) / y[:700].std()
X, y = torch.from_numpy(X), torch.from_numpy(y)


class Tower(nn.Module):
    def __init__(self, n_in, width=48):
        super().__init__()
        sizes = [n_in, width, width]
        self.fc = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.norm = nn.ModuleList(nn.LayerNorm(b) for b in sizes[1:])
        self.out = nn.Linear(width, 1)

    def forward(self, h):
        for fc, norm in zip(self.fc, self.norm):
            h = torch.relu(norm(fc(h)))
        return self.out(h)[:, 0]


MICRO = 2  # pumps that fit in the controller's memory at once
GATHER = 14  # micro batches to one update

torch.manual_seed(21)
tower = Tower(X.shape[1])
optimizer = torch.optim.Adam(tower.parameters(), lr=3e-3)

for epoch in range(1, 11):
    tower.train()
    perm = torch.randperm(700)
    total = 0.0
    for k, pumps in enumerate(perm.split(MICRO)):
        if len(pumps) < 2:
            continue
        loss = (tower(X[pumps]) - y[pumps]).square().mean() / GATHER
        loss.backward()
        total += loss.item() * GATHER * len(pumps)
        if (k + 1) % GATHER == 0:
            optimizer.step()
            optimizer.zero_grad()
    tower.eval()
    with torch.no_grad():
        pred = tower(X[700:])
    truth = y[700:]
    # concordance: of two pumps, is the one predicted to last longer the one that does?
    longer = (truth[:, None] > truth[None, :])
    agree = (pred[:, None] > pred[None, :])[longer].float().mean().item()
    mse = (pred - truth).square().mean().item()
    print(f"epoch {epoch:2d} train mse {total / 700:.3f} | test mse {mse:.3f} concordance {agree:.3f}")
