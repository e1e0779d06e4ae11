import logging
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("flats")


@dataclass
class Settings:
    rows: int = 2400
    hidden: int = 32
    lr: float = 0.05
    batch: int = 40
    epochs: int = 15
    seed: int = 4


def survey(cfg):
    """columns: square metres, year built, rent in cents, km to the river, km to the station, share of trees"""
    rng = np.random.default_rng(cfg.seed)
    district = rng.integers(0, 4, cfg.rows)
    river = np.array([0.5, 2.5, 0.6, 2.4])[district] + 0.5 * rng.normal(size=cfg.rows)
    station = np.array([1.0, 1.2, 3.0, 3.2])[district] + 0.5 * rng.normal(size=cfg.rows)
    trees = np.array([0.2, 0.3, 0.35, 0.15])[district] + 0.05 * rng.normal(size=cfg.rows)
    size = rng.gamma(6.0, 11.0, cfg.rows)
    year = rng.integers(1890, 2021, cfg.rows)
    rent = 100 * size * (9 + 0.02 * (year - 1950) + rng.normal(size=cfg.rows))
    return np.stack([size, year, rent, river, station, trees], axis=1), district


cfg = Settings()
torch.manual_seed(cfg.seed)
table, district = survey(cfg)
n_train = int(0.75 * len(table))

mean, std = table[:n_train].mean(axis=0), table[:n_train].std(axis=0)
table = (table - mean) / std
x = torch.tensor(table, dtype=torch.float32)
y = torch.tensor(district)

net = nn.Sequential(nn.Linear(x.shape[1], cfg.hidden), nn.Tanh(), nn.Linear(cfg.hidden, 4))
opt = torch.optim.SGD(net.parameters(), lr=cfg.lr, momentum=0.9)
ce = nn.CrossEntropyLoss()

for epoch in range(cfg.epochs):
    order = torch.randperm(n_train)
    for k in range(0, n_train, cfg.batch):
        rows = order[k : k + cfg.batch]
        opt.zero_grad()
        ce(net(x[rows]), y[rows]).backward()
        opt.step()
    with torch.no_grad():
        fit, val = net(x[:n_train]), net(x[n_train:])
        hit = (val.argmax(1) == y[n_train:]).float().mean()
        log.info("epoch %02d  train %.3f  val %.3f  hit rate %.3f", epoch, ce(fit, y[:n_train]), ce(val, y[n_train:]), hit)
