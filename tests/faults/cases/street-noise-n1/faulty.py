from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Config:
    n_samples: int = 6000
    hidden: int = 4
    lr: float = 5e-3
    batch_size: int = 64
    epochs: int = 25
    seed: int = 13


def measure(cfg: Config) -> tuple[np.ndarray, np.ndarray]:
    """A campaign with portable meters: east, north (km), hour -> dB(A)."""
    rng = np.random.default_rng(cfg.seed)
    east, north = rng.uniform(0, 4, (2, cfg.n_samples))
    hour = rng.uniform(0, 24, cfg.n_samples)
    rush = np.exp(-((hour - 8) / 2) ** 2) + np.exp(-((hour - 17.5) / 2.5) ** 2)
    ring_road = np.exp(-((np.hypot(east - 2, north - 2) - 1.3) / 0.6) ** 2)
    railway = np.exp(-((east - 0.5 * north - 0.8) / 0.6) ** 2)
    bars = np.exp(-((east - 3) ** 2 + (north - 3) ** 2) / 0.5) * (hour > 20)
    level = 44 + 18 * ring_road * (0.35 + rush) + 13 * railway + 16 * bars + rng.normal(0, 0.7, cfg.n_samples)
    day = 2 * np.pi * hour / 24
    features = np.column_stack([east, north, np.sin(day), np.cos(day)])
    return features, level


class NoiseMap(nn.Module):
    def __init__(self, n_features: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x).squeeze(-1)


def evaluate(model: nn.Module, x: Tensor, y: Tensor) -> float:
    model.eval()
    with torch.no_grad():
        return nn.functional.mse_loss(model(x), y).item()


def main(cfg: Config) -> None:
    torch.manual_seed(cfg.seed)
    x, y = measure(cfg)
    n_train = int(0.8 * cfg.n_samples)
    x = (x - x[:n_train].mean(0)) / x[:n_train].std(0)
    y_mean, y_std = y[:n_train].mean(), y[:n_train].std()
    y = (y - y_mean) / y_std
    x_t = torch.as_tensor(x, dtype=torch.float32)
    y_t = torch.as_tensor(y, dtype=torch.float32)
    loader = DataLoader(TensorDataset(x_t[:n_train], y_t[:n_train]), batch_size=cfg.batch_size, shuffle=True)

    model = NoiseMap(x.shape[1], cfg.hidden)
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=cfg.epochs)
    for epoch in range(cfg.epochs):
        model.train()
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(xb), yb)
            loss.backward()
            optimizer.step()
        scheduler.step()
        train_mse = evaluate(model, x_t[:n_train], y_t[:n_train])
        val_mse = evaluate(model, x_t[n_train:], y_t[n_train:])
        print(f"epoch {epoch:3d}  train mse {train_mse:.4f}  val mse {val_mse:.4f}  "
              f"val rmse {y_std * val_mse ** 0.5:.2f} dB")


if __name__ == "__main__":
    main(Config())
