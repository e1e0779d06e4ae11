import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def gauges(n, seed, length=32):
    """Water level at a gauge over 32 hours; wanted is the level three hours later."""
    g = torch.Generator().manual_seed(seed)
    t = torch.arange(length + 3).float()
    phase = torch.rand(n, 1, generator=g) * 2 * math.pi
    strength = 0.5 + torch.rand(n, 1, generator=g)
    level = strength * torch.sin(2 * math.pi * t / 12.4 + phase) + 0.05 * torch.randn(n, length + 3, generator=g)
    return TensorDataset(level[:, :length, None], level[:, -1:])


class LevelForecaster(nn.Module):
    def __init__(self, n_features: int = 1, hidden: int = 24):
        super().__init__()
        self.norm = nn.LayerNorm(n_features)
        self.lstm = nn.LSTM(n_features, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


class Experiment:
    def __init__(self):
        torch.manual_seed(13)
        self.train_dl = DataLoader(gauges(1500, 0), batch_size=30, shuffle=True)
        self.val = gauges(300, 1)
        self.model = LevelForecaster()
        self.opt = torch.optim.Adam(self.model.parameters(), lr=5e-3)
        self.loss = nn.MSELoss()

    def train_epoch(self):
        self.model.train()
        losses = []
        for past, future in self.train_dl:
            self.opt.zero_grad()
            loss = self.loss(self.model(past), future)
            loss.backward()
            self.opt.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        past, future = self.val.tensors
        return self.loss(self.model(past), future).item(), future.var().item()

    def run(self, epochs):
        for e in range(epochs):
            tr = self.train_epoch()
            va, var = self.validate()
            print(f"{e + 1:02d} | train {tr:.4f} | val {va:.4f} | variance {var:.4f}")


Experiment().run(7)
