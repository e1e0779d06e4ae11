import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def flats(n, rng):
    area = rng.uniform(20, 140, n)
    year = rng.integers(1900, 2024, n)
    distance = rng.exponential(4000, n)
    floor = rng.integers(0, 9, n)
    balcony = rng.integers(0, 2, n)
    rent = 13 * area * (1 - 0.2 * np.tanh(distance / 6000)) + 2.5 * (year - 1960) + 60 * balcony + 12 * floor
    rent = rent + rng.normal(0, 40, n)
    return np.stack([area, year, distance, floor, balcony], 1).astype("float32"), rent.astype("float32")


rng = np.random.default_rng(3)
torch.manual_seed(3)
X, y = flats(2000, rng)
mu, sigma = y[:1600].mean(), y[:1600].std()
y = (y - mu) / sigma
X = (X - X[:1600].mean(0)) / X[:1600].std(0)
X_train, X_test = torch.from_numpy(X[:1600]), torch.from_numpy(X[1600:])
y_train, y_test = torch.from_numpy(y[:1600]), torch.from_numpy(y[1600:])

model = nn.Sequential(nn.Linear(5, 48), nn.ReLU(), nn.Linear(48, 24), nn.ReLU(), nn.Linear(24, 1), nn.Flatten(0))
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)
for epoch in range(1, 16):
    model.train()
    losses = []
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        rmse = nn.functional.mse_loss(model(X_test), y_test).sqrt().item() * sigma
    print(f"epoch {epoch:2d}  train loss {np.mean(losses):.4f}  test rmse {rmse:.1f} euro")
