from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass
class Config:
    hours: int = 4000
    hidden: int = 32
    lr: float = 5e-3
    epochs: int = 15
    batch: int = 64
    seed: int = 13


def count_station(cfg):
    rng = np.random.default_rng(cfg.seed)
    hour = rng.integers(0, 24, cfg.hours)
    weekend = rng.random(cfg.hours) < 2 / 7
    warmth = rng.normal(size=cfg.hours)
    rush = np.exp(-((hour - 8) / 2.0) ** 2) + np.exp(-((hour - 17) / 2.5) ** 2)
    noon = np.exp(-((hour - 13) / 3.5) ** 2)
    log_rate = -0.4 + np.where(weekend, 1.6 * noon, 2.1 * rush) + 0.35 * warmth
    counts = rng.poisson(np.exp(log_rate))
    angle = 2 * np.pi * hour / 24
    x = np.stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle), weekend, warmth], 1)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(counts, dtype=torch.float32)


class RateModel(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_in, hidden), nn.SiLU(),
            nn.Linear(hidden, hidden), nn.SiLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)


def run(cfg: Config):
    torch.manual_seed(cfg.seed)
    x, counts = count_station(cfg)
    n_fit = int(0.75 * cfg.hours)
    model = RateModel(x.shape[1], cfg.hidden)
    poisson = nn.PoissonNLLLoss(log_input=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        model.train()
        losses = []
        for rows in torch.randperm(n_fit).split(cfg.batch):
            log_rate = model(x[rows])
            loss = poisson(log_rate, counts[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            off = (model(x[n_fit:]).exp() - counts[n_fit:]).abs().mean().item()
        print(f"epoch {epoch + 1:2d}  loss {np.mean(losses):.4g}  bicycles off per hour {off:.4g}")


run(Config())
