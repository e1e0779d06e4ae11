import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class EarlyStopping:
    """Stops when the monitored value no longer improves, like the callback of Keras."""

    def __init__(self, patience=6, min_delta=0.05):
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.waited = 0

    def should_stop(self, value):
        if value < self.best - self.min_delta:
            self.best = value
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


def roof(n, gen):
    """Hour, day of the year, clouds, haze, temperature and wind; the power of the panels in kW."""
    hour = 6 + 14 * torch.rand(n, generator=gen)
    day = 365 * torch.rand(n, generator=gen)
    cloud, haze, wind = torch.rand(3, n, generator=gen)
    season = torch.cos(2 * math.pi * (day - 172) / 365)
    height = torch.sin(math.pi * (hour - 6) / 14) * (0.65 + 0.35 * season)
    temp = 12 + 10 * season + 4 * torch.randn(n, generator=gen)
    panel = temp + 25 * height * (1 - 0.6 * wind)
    power = 9 * height * (1 - 0.75 * cloud ** 3) * torch.exp(-0.3 * haze / (height + 0.2)) * (1 - 0.006 * (panel - 25))
    power = power.clamp(min=0) + 0.15 * torch.randn(n, generator=gen)
    x = torch.stack([hour, torch.sin(2 * math.pi * day / 365), torch.cos(2 * math.pi * day / 365), cloud, haze, temp, wind], 1)
    return x, power.unsqueeze(1)


torch.manual_seed(18)
gen = torch.Generator().manual_seed(18)
x_train, y_train = roof(4000, gen)
x_val, y_val = roof(1000, gen)
x_mean, x_std, y_mean, y_std = x_train.mean(0), x_train.std(0), y_train.mean(), y_train.std()
x_train, x_val = (x_train - x_mean) / x_std, (x_val - x_mean) / x_std
y_train, y_val = (y_train - y_mean) / y_std, (y_val - y_mean) / y_std

model = nn.Sequential(nn.Linear(7, 48), nn.Tanh(), nn.Linear(48, 48), nn.Tanh(), nn.Linear(48, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=4e-4)
stopper = EarlyStopping()

for epoch in range(1, 101):
    model.train()
    train_loss = 0.0
    for idx in torch.randperm(len(x_train)).split(64):
        loss = F.mse_loss(model(x_train[idx]), y_train[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        train_loss += loss.item() * len(idx) / len(x_train)
    model.eval()
    with torch.no_grad():
        val_loss = F.mse_loss(model(x_val), y_val).item()
    print(f"epoch {epoch:3d}: loss {train_loss:.4f}, val_loss {val_loss:.4f}, typical error {val_loss ** 0.5 * y_std.item():.3f} kW")
    if stopper.should_stop(val_loss):
        break
