from dataclasses import dataclass

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Settings:
    level: float = 0.9
    epochs: int = 32
    rate: float = 3e-3
    batch: int = 100
    seed: int = 12


def trips(n, rng):
    """distance, hour of day, rain, number of stops -> minutes on the road (in tens)"""
    distance = rng.gamma(3.0, 1.0, n)
    hour = rng.uniform(7, 20, n)
    rain = rng.random(n) < 0.3
    stops = rng.integers(1, 6, n)
    rush = np.exp(-((hour - 17) / 1.5) ** 2)
    mean = 0.5 + 0.4 * distance * (1 + 0.8 * rush) + 0.3 * stops
    minutes = mean + rng.exponential(0.3 + 0.5 * rain + 0.4 * rush)
    feats = np.stack([(distance - 3) / 1.7, (hour - 13.5) / 3.8, rain - 0.3, (stops - 3) / 1.4], 1)
    return torch.tensor(feats, dtype=torch.float32), torch.tensor(minutes, dtype=torch.float32)


def pinball(actual, forecast, level):
    gap = actual - forecast
    return torch.maximum(level * gap, (level - 1) * gap).mean()


def main(cfg: Settings = Settings()) -> None:
    torch.manual_seed(cfg.seed)
    rng = np.random.default_rng(cfg.seed)
    x, y = trips(4000, rng)
    x_new, y_new = trips(1500, rng)
    net = nn.Sequential(nn.Linear(4, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
    optimizer = optim.Adam(net.parameters(), lr=cfg.rate)
    loader = DataLoader(TensorDataset(x, y), batch_size=cfg.batch, shuffle=True)
    for epoch in range(cfg.epochs):
        total = 0.0
        for features, minutes in loader:
            promised = net(features).squeeze(-1)
            loss = pinball(promised, minutes, cfg.level)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        if epoch % 8 == 7:
            print(f"epoch {epoch + 1} mean loss {total / len(loader):.4f}")
    with torch.no_grad():
        promised = net(x_new).squeeze(-1)
    print(f"arrived within the promised time: {(y_new <= promised).float().mean():.3f} (wanted {cfg.level})")


if __name__ == "__main__":
    main()
