from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    window: int = 24
    hidden: int = 24
    epochs: int = 8
    batch: int = 64
    lr: float = 5e-3
    seed: int = 12


def gauge(hours, rng):
    t = np.arange(hours)
    level = np.sin(2 * np.pi * t / 12.4) + 0.5 * np.sin(2 * np.pi * t / 31 + 1) + 0.3 * np.sin(2 * np.pi * t / 7.3)
    return level + 0.05 * rng.standard_normal(hours)


def windows(series, size):
    past = np.lib.stride_tricks.sliding_window_view(series[:-1], size)
    return TensorDataset(torch.tensor(past.copy(), dtype=torch.float32)[..., None],
                         torch.tensor(series[size:], dtype=torch.float32))


class LevelForecaster(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.rnn = nn.GRU(cfg.hidden, cfg.hidden, batch_first=True)
        self.lift = nn.Sequential(
            nn.Linear(1, cfg.hidden),
        )
        self.out = nn.Linear(cfg.hidden, 1)

    def forward(self, past):
        _, h = self.rnn(self.lift(past))
        return self.out(h.squeeze(0)).squeeze(-1)


cfg = Config()
rng = np.random.default_rng(cfg.seed)
torch.manual_seed(cfg.seed)
series = gauge(4000, rng)
cut = 3200
series = (series - series[:cut].mean()) / series[:cut].std()
train_dl = DataLoader(windows(series[:cut], cfg.window), batch_size=cfg.batch, shuffle=True)
test_ds = windows(series[cut:], cfg.window)
model = LevelForecaster(cfg)
optim = torch.optim.RMSprop(model.parameters(), lr=cfg.lr)
mse = nn.MSELoss()

for epoch in range(cfg.epochs):
    model.train()
    losses = []
    for past, nxt in train_dl:
        loss = mse(model(past), nxt)
        optim.zero_grad()
        loss.backward()
        optim.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        past, nxt = test_ds.tensors
        rmse = mse(model(past), nxt).sqrt().item()
        naive = mse(past[:, -1, 0], nxt).sqrt().item()
    print(f"epoch {epoch + 1} train mse {np.mean(losses):.4f} test rmse {rmse:.4f} (last value: {naive:.4f})")
