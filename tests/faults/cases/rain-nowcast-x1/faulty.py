from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Config:
    hours: int = 24
    hidden: int = 24
    lr: float = 3e-3
    epochs: int = 12
    batch: int = 64
    seed: int = 3


def simulate(n_days: int, rng: np.random.Generator):
    """Hourly station records: pressure (Pa), temperature (K), relative humidity (%)."""
    t = n_days * 24
    front = np.zeros(t)
    for i in range(1, t):
        front[i] = 0.97 * front[i - 1] + 0.25 * rng.normal()
    pressure = 100900 + 700 * front + 40 * rng.normal(size=t)
    temp = 285 + 6 * np.sin(2 * np.pi * np.arange(t) / 24) + 2 * rng.normal(size=t)
    humidity = 68 - 8 * front + 5 * rng.normal(size=t)
    trend = np.zeros(t)
    trend[12:] = front[12:] - front[:-12]
    wet = -1.6 * trend - 0.6 * front + 0.2 * rng.normal(size=t)
    return np.stack([pressure, temp, humidity], 1).astype(np.float32), (wet > 0.3).astype(np.float32)


class Windows(Dataset):
    def __init__(self, series, rain, hours):
        self.series = torch.from_numpy(series)
        self.rain = torch.from_numpy(rain)
        self.hours = hours

    def __len__(self):
        return (len(self.series) - self.hours) // 3

    def __getitem__(self, i):
        start = 3 * i
        return self.series[start:start + self.hours], self.rain[start + self.hours - 1]


class Nowcaster(nn.Module):
    def __init__(self, hidden: int):
        super().__init__()
        self.gru = nn.GRU(3, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)

    def forward(self, x):
        out, _ = self.gru(x)
        return self.head(out[:, -1]).squeeze(-1)


def run_epoch(net, loader, loss_fn, opt=None):
    net.train(opt is not None)
    total, hits, seen = 0.0, 0, 0
    with torch.set_grad_enabled(opt is not None):
        for x, y in loader:
            z = net(x)
            loss = loss_fn(z, y)
            if opt is not None:
                opt.zero_grad()
                loss.backward()
                opt.step()
            total += loss.item() * len(y)
            hits += ((z > 0) == (y > 0.5)).sum().item()
            seen += len(y)
    return total / seen, hits / seen


def main(cfg: Config = Config()):
    torch.manual_seed(cfg.seed)
    series, rain = simulate(500, np.random.default_rng(cfg.seed))
    cut = 400 * 24
    train = DataLoader(Windows(series[:cut], rain[:cut], cfg.hours), batch_size=cfg.batch, shuffle=True)
    val = DataLoader(Windows(series[cut:], rain[cut:], cfg.hours), batch_size=256)
    net = Nowcaster(cfg.hidden)
    opt = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    loss_fn = nn.BCEWithLogitsLoss()
    for epoch in range(1, cfg.epochs + 1):
        tr_loss, tr_acc = run_epoch(net, train, loss_fn, opt)
        va_loss, va_acc = run_epoch(net, val, loss_fn)
        print(f"[{epoch:02d}] train {tr_loss:.3f}/{tr_acc:.3f}  val {va_loss:.3f}/{va_acc:.3f}")


if __name__ == "__main__":
    main()
