import numpy as np
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

WARMUP_STEPS = 400


def spirals(n, turns=1.5, noise=0.04, seed=0):
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 3, n)
    r = np.sqrt(rng.uniform(0.02, 1, n))
    phi = 2 * np.pi * (turns * r + arm / 3)
    xy = np.stack([r * np.cos(phi), r * np.sin(phi)], 1) + rng.normal(0, noise, (n, 2))
    return torch.tensor(xy * 1.8, dtype=torch.float32), torch.tensor(arm)


torch.manual_seed(3)
X, y = spirals(1500)
X_val, y_val = spirals(500, seed=1)
net = nn.Sequential(
    nn.Linear(2, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 64), nn.ReLU(),
    nn.Linear(64, 3),
)
optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
scheduler = LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARMUP_STEPS))
criterion = nn.CrossEntropyLoss()

for epoch in range(1, 51):
    net.train()
    total = 0.0
    for batch in torch.randperm(len(X)).chunk(25):
        optimizer.zero_grad()
        loss = criterion(net(X[batch]), y[batch])
        loss.backward()
        optimizer.step()
        total += loss.item()
    scheduler.step()
    if epoch % 10 == 0:
        net.eval()
        with torch.no_grad():
            acc = (net(X_val).argmax(1) == y_val).float().mean().item()
        print(f"epoch {epoch}: loss {total / 25:.4f} val acc {acc:.3f} lr {scheduler.get_last_lr()[0]:.4f}")
