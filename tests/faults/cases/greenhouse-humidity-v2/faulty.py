import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

HOURS, PAST = 3000, 24


def humidity(seed=6):
    gen = torch.Generator().manual_seed(seed)
    t = torch.arange(HOURS).float()
    daily = 9 * torch.sin(2 * math.pi * t / 24) + 3 * torch.sin(2 * math.pi * t / 12 + 1)
    weather = torch.zeros(HOURS)
    for i in range(1, HOURS):
        weather[i] = 0.97 * weather[i - 1] + 1.2 * torch.randn((), generator=gen)
    return 70 + daily + weather


class HumidityGRU(nn.Module):
    def __init__(self, n_features=1, hidden=32):
        super().__init__()
        self.norm = nn.LayerNorm(n_features)
        self.gru = nn.GRU(n_features, hidden, batch_first=True)
        self.fc = nn.Sequential(nn.Linear(hidden, 16), nn.ReLU(), nn.Linear(16, 1))

    def forward(self, x):
        x = self.norm(x)
        out, _ = self.gru(x)
        return self.fc(out[:, -1]).squeeze(1)


def mae(model, loader, std):
    model.eval()
    error = 0.0
    with torch.no_grad():
        for x, y in loader:
            error += (model(x) - y).abs().sum().item()
    return error / len(loader.dataset) * std


torch.manual_seed(6)
series = humidity()
split = 2400
mean, std = series[:split].mean().item(), series[:split].std().item()
scaled = (series - mean) / std
windows = scaled.unfold(0, PAST + 1, 1)
train, val = windows[:split - PAST], windows[split:]
train_loader = DataLoader(TensorDataset(train[:, :-1, None], train[:, -1]), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(val[:, :-1, None], val[:, -1]), batch_size=128)

model = HumidityGRU()
optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
criterion = nn.MSELoss()
for epoch in range(1, 13):
    model.train()
    total = 0.0
    for x, y in train_loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    print(f"Epoch {epoch:02d}: train MSE {total / len(train_loader):.4f}, "
          f"validation error {mae(model, val_loader, std):.2f} % relative humidity")
