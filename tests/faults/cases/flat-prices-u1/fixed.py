"""Predict flat prices from listings with a small MLP."""
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass
class Config:
    n: int = 3000
    hidden: int = 64
    lr: float = 0.005
    momentum: float = 0.9
    epochs: int = 30
    batch: int = 64
    seed: int = 3


def make_listings(cfg: Config):
    rng = np.random.default_rng(cfg.seed)
    area = rng.gamma(9.0, 9.0, cfg.n) + 15
    year = rng.integers(1900, 2024, cfg.n)
    rooms = np.clip(np.round(area / 25 + rng.normal(0, 0.7, cfg.n)), 1, 8)
    centre = rng.exponential(4.0, cfg.n)
    balcony = rng.integers(0, 2, cfg.n)
    transit = rng.uniform(0.0, 1.5, cfg.n)
    price = 2.1 * area * np.exp(-0.09 * centre) * (1 + 0.15 * balcony) - 25 * transit ** 2 + 9 * rooms
    price += 20 * (year > 1995) + rng.normal(0, 6, cfg.n)
    table = np.column_stack([area, year, rooms, centre, balcony, transit]).astype(np.float32)
    return torch.from_numpy(table), torch.tensor(price, dtype=torch.float32)


def zscore(t: torch.Tensor, ref: torch.Tensor) -> torch.Tensor:
    return (t - ref.mean(0)) / ref.std(0)


def main():
    cfg = Config()
    torch.manual_seed(cfg.seed)
    X, y = make_listings(cfg)
    cut = int(0.8 * cfg.n)
    Xtr, Xte = zscore(X[:cut], X[:cut]), zscore(X[cut:], X[:cut])
    ytr, yte = zscore(y[:cut], y[:cut]), zscore(y[cut:], y[:cut])

    net = nn.Sequential(
        nn.Linear(X.shape[1], cfg.hidden), nn.ReLU(),
        nn.Linear(cfg.hidden, cfg.hidden), nn.ReLU(),
        nn.Linear(cfg.hidden, 1),
    )
    opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=cfg.momentum)

    for epoch in range(1, cfg.epochs + 1):
        net.train()
        running = 0.0
        for idx in torch.randperm(cut).split(cfg.batch):
            opt.zero_grad()
            loss = nn.functional.mse_loss(net(Xtr[idx]).squeeze(1), ytr[idx])
            loss.backward()
            opt.step()
            running += loss.item() * len(idx)
        net.eval()
        with torch.no_grad():
            pred = net(Xte).squeeze(1)
            r2 = 1 - ((pred - yte) ** 2).sum() / ((yte - yte.mean()) ** 2).sum()
        if epoch % 5 == 0:
            print(f"[{epoch:02d}] train mse {running / cut:.4f}  test R2 {r2.item():.3f}")


if __name__ == "__main__":
    main()
