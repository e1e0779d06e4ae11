import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

HISTORY, AHEAD = 48, 12


def grid_load(hours, seed):
    rng = np.random.default_rng(seed)
    t = np.arange(hours)
    weather = np.convolve(rng.normal(size=hours + 200), np.exp(-np.arange(200) / 30), mode="same")[:hours]
    day = np.sin(2 * np.pi * t / 24) + 0.5 * np.sin(4 * np.pi * t / 24 + 1)
    week = np.where((t // 24) % 7 < 5, 1.0, 0.6)
    return (day * week + 0.1 * weather + 0.03 * rng.normal(size=hours)).astype(np.float32)


def cut(series):
    windows = torch.from_numpy(series).unfold(0, HISTORY + AHEAD, 1)
    return windows[:, :HISTORY], windows[:, HISTORY:]


class Forecaster(nn.Module):
    def __init__(self, hidden=128, p=0.2):
        super().__init__()
        self.inp = nn.Linear(HISTORY, hidden)
        self.mid = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, AHEAD)
        self.p = p

    def forward(self, x):
        h = F.dropout(F.relu(self.inp(x)), self.p, training=self.training)
        h = F.dropout(F.relu(self.mid(h)), self.p, training=self.training)
        return self.out(h)


torch.manual_seed(18)
series = grid_load(5000, 18)
series = (series - series[:4000].mean()) / series[:4000].std()
train_x, train_y = cut(series[:4000])
test_x, test_y = cut(series[4000:])
model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=25)

for epoch in range(25):
    model.train()
    losses = []
    for idx in torch.randperm(len(train_x)).split(64):
        loss = F.mse_loss(model(train_x[idx]), train_y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
    model.eval()
    with torch.no_grad():
        miss = model(test_x) - test_y
    print(f"epoch {epoch + 1:2d} train mse {np.mean(losses):.4f} | test mse {miss.square().mean():.4f} mae {miss.abs().mean():.4f}")
