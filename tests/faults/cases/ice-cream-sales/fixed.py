import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

WINDOW, SPAN = 14, 5


def sales_history(days, rng):
    t = np.arange(days)
    weather = np.zeros(days)
    for i in range(1, days):
        weather[i] = 0.6 * weather[i - 1] + rng.normal(0, 1)
    return 3 * np.sin(2 * np.pi * t / 365) + 1.5 * np.isin(t % 7, (5, 6)) + weather


def smooth(x):
    """Mean over SPAN days for every day."""
    kernel = np.ones(SPAN) / SPAN
    return np.convolve(np.pad(x, (SPAN - 1, 0), mode="edge"), kernel, mode="valid")


def features(raw, smoothed, day):
    """What the network gets to predict `day`: the days before it, raw and smoothed, and the weekday."""
    past = slice(day - WINDOW, day)
    weekday = np.eye(7)[day % 7]
    return np.concatenate([raw[past], smoothed[past], weekday]).astype(np.float32)


class SalesNet(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(2 * WINDOW + 7, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))


rng = np.random.default_rng(64)
torch.manual_seed(64)
raw = sales_history(3600, rng)
raw = (raw - raw.mean()) / raw.std()
smoothed = smooth(raw)
days = np.arange(WINDOW, len(raw))
X = torch.tensor(np.stack([features(raw, smoothed, d) for d in days]))
y = torch.tensor(raw[days], dtype=torch.float32).unsqueeze(1)
cut = 2900
loader = DataLoader(TensorDataset(X[:cut], y[:cut]), batch_size=50, shuffle=True)

net = SalesNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-3)
for epoch in range(15):
    net.train()
    total = 0.0
    for xb, yb in loader:
        loss = nn.functional.mse_loss(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
net.eval()
with torch.no_grad():
    validation = nn.functional.mse_loss(net(X[cut:]), y[cut:]).item()
    # as in the shop: nothing after yesterday exists yet
    live = []
    for day in range(cut + WINDOW, len(raw)):
        known = raw[:day]
        x = torch.from_numpy(features(known, smooth(known), day))
        live.append((net(x).item() - raw[day]) ** 2)
print(f"train mse {total / len(loader):.3f} validation mse {validation:.3f} mse in use {np.mean(live):.3f}")
