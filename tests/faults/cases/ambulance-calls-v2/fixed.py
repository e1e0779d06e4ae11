import numpy as np
import torch
from torch import nn

QUANTILE = 0.9


def pinball(forecast, actual, q):
    """Too low costs q for each unit, too high 1 - q."""
    short = actual - forecast
    return torch.maximum(q * short, (q - 1) * short).mean()


def history(n, seed):
    rng = np.random.default_rng(seed)
    hour = rng.integers(0, 24, n)
    day = rng.integers(0, 7, n)
    temp = rng.normal(12, 8, n)
    event = rng.random(n) < 0.1
    rate = 9 + 4 * np.sin(2 * np.pi * (hour - 9) / 24) + 2.5 * (day >= 5) * (hour < 5) + 0.012 * (temp - 14) ** 2 + 5 * event
    calls = rate + rng.gamma(2.0, 0.22 * rate) - 0.44 * rate
    columns = [np.sin(2 * np.pi * hour / 24), np.cos(2 * np.pi * hour / 24), day >= 5, hour < 5, temp, event]
    return np.column_stack(columns).astype(np.float32), calls.astype(np.float32)


X, calls = history(12000, seed=9)
n_train = 10000
X = (X - X[:n_train].mean(0)) / X[:n_train].std(0)
mean, std = calls[:n_train].mean(), calls[:n_train].std()
X, y = torch.from_numpy(X), torch.from_numpy((calls - mean) / std)[:, None]
X_train, X_val, y_train, y_val = X[:n_train], X[n_train:], y[:n_train], y[n_train:]

torch.manual_seed(9)
net = nn.Sequential(
    nn.Linear(X.shape[1], 32), nn.ReLU(),
    nn.Linear(32, 32), nn.ReLU(),
    nn.Linear(32, 1),
)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(1, 13):
    net.train()
    losses = []
    for idx in torch.randperm(n_train).split(64):
        optimizer.zero_grad()
        loss = pinball(net(X_train[idx]), y_train[idx], QUANTILE)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if epoch % 3 == 0:
        net.eval()
        with torch.no_grad():
            ready = net(X_val)
        enough = (y_val <= ready).float().mean().item()
        missed = (y_val - ready).clamp(min=0).mean().item() * std
        print(f"epoch {epoch}: loss {np.mean(losses):.4f}, {missed:.2f} calls an hour unserved, "
              f"enough ambulances in {100 * enough:.1f} % of hours (wanted: {100 * QUANTILE:.0f} %)")
