import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Concrete(Dataset):
    """Simulated mixes: cement, slag, ash, water, plasticiser, coarse, fine (kg/m3) and age (days)."""

    low = np.array([120, 0, 0, 130, 0, 800, 600, 1])
    high = np.array([500, 300, 180, 230, 25, 1100, 950, 120])

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        mix = rng.uniform(self.low, self.high, (n, 8))
        binder = mix[:, 0] + 0.8 * mix[:, 1] + 0.5 * mix[:, 2]
        ratio = mix[:, 3] / binder
        strength = 95 / (1 + 6 * ratio ** 2) * (0.35 + 0.17 * np.log1p(mix[:, 7])) + 0.4 * mix[:, 4]
        strength = strength + rng.normal(0, 1.5, n)
        self.x = ((mix - (self.low + self.high) / 2) / (self.high - self.low) * 3.46).astype("float32")
        self.y = ((strength - 42) / 17).astype("float32")

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


def build():
    return nn.Sequential(
        nn.Linear(8, 64), nn.ReLU(),
        nn.Linear(64, 64), nn.ReLU(),
        nn.Linear(64, 1), nn.Flatten(0),
    )


torch.manual_seed(2)
train_ds, val_ds = Concrete(1500, 0), Concrete(400, 1)
train_dl = DataLoader(train_ds, batch_size=32, shuffle=True)
val_dl = DataLoader(val_ds, batch_size=400)
model = build()
mse = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=0.5)

for epoch in range(1, 26):
    model.train()
    seen = 0.0
    for features, target in train_dl:
        optimizer.zero_grad()
        loss = mse(model(features), target)
        loss.backward()
        optimizer.step()
        seen += loss.item() * len(target)
    if epoch % 5 == 0:
        model.eval()
        with torch.no_grad():
            features, target = next(iter(val_dl))
            val = mse(model(features), target).item()
        print(f"epoch {epoch}: train mse {seen / len(train_ds):.4f}, val mse {val:.4f}, rmse {17 * val ** 0.5:.2f} MPa")
