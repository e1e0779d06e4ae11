import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=25)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--seed", type=int, default=1)
args = parser.parse_args()

torch.manual_seed(args.seed)


def station_readings(n, rng):
    pressure = rng.normal(101325, 900, n)      # Pa
    temperature = rng.normal(285, 7, n)        # K
    humidity = rng.uniform(30, 100, n)         # %
    wind = rng.gamma(2.0, 2.0, n)              # m/s
    cloud = rng.uniform(0, 1, n)               # covered part of the sky
    visibility = rng.gamma(6.0, 2500.0, n)     # m
    z = (-(pressure - 101325) / 450 + (humidity - 65) / 10 + 3 * (cloud - 0.5) * (humidity - 65) / 10
         - (visibility - 15000) / 6000 + 0.2 * wind - 0.8)
    rain = (z + rng.logistic(0, 0.5, n) > 0)
    columns = np.stack([pressure, temperature, humidity, wind, cloud, visibility], axis=1)
    return torch.tensor(columns, dtype=torch.float32), torch.tensor(rain, dtype=torch.float32)


features, rain = station_readings(4000, np.random.default_rng(args.seed))
features = (features - features[:3200].mean(dim=0)) / features[:3200].std(dim=0)
train_set = TensorDataset(features[:3200], rain[:3200])
val_set = TensorDataset(features[3200:], rain[3200:])
train_loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
val_loader = DataLoader(val_set, batch_size=256)

model = nn.Sequential(
    nn.Linear(6, 32),
    nn.Tanh(),
    nn.Linear(32, 16),
    nn.Tanh(),
    nn.Linear(16, 1),
)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)


def validate():
    model.eval()
    total, right = 0.0, 0
    with torch.no_grad():
        for xb, yb in val_loader:
            logit = model(xb).squeeze(1)
            total += criterion(logit, yb).item() * len(yb)
            right += ((logit > 0) == (yb > 0.5)).sum().item()
    return total / len(val_set), right / len(val_set)


for epoch in range(1, args.epochs + 1):
    model.train()
    for xb, yb in train_loader:
        loss = criterion(model(xb).squeeze(1), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    val_loss, val_acc = validate()
    print(f"[{epoch:02d}/{args.epochs}] val loss {val_loss:.4f} val acc {val_acc:.4f}")
