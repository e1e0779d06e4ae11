import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(5)
torch.manual_seed(5)

area = rng.uniform(60, 250, 2200)
age = rng.uniform(0, 90, 2200)
people = rng.integers(1, 6, 2200)
outside = rng.normal(9, 2.5, 2200)
cost = area * (20 - outside) * (0.9 + 0.012 * age) * 1.6 + 160 * people + rng.normal(0, 120, 2200)

X = np.column_stack([area, age, people, outside]).astype(np.float32)
X = (X - X[:1700].mean(0)) / X[:1700].std(0)
centre, unit = 0.0, 1.0
inputs = torch.from_numpy(X)
targets = torch.tensor((cost - centre) / unit, dtype=torch.float32)

loader = DataLoader(TensorDataset(inputs[:1700], targets[:1700]), batch_size=34, shuffle=True)
net = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
mse = nn.MSELoss()


def mean_miss():
    net.eval()
    with torch.no_grad():
        return (net(inputs[1700:])[:, 0] - targets[1700:]).abs().mean().item() * unit


for epoch in range(1, 31):
    net.train()
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = mse(net(xb), yb)
        loss.backward()
        optimizer.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch} batch loss {loss.item():.4g} mean miss on new houses {mean_miss():.0f} euro")
