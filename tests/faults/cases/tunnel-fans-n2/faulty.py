from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    sizes: list = field(default_factory=lambda: [7, 64, 64, 1])
    lr: float = 2e-3
    epochs: int = 20
    batch_size: int = 64
    seed: int = 0


def simulate(n, seed):
    rng = np.random.default_rng(seed)
    speed = rng.uniform(0, 1, (n, 3))
    blade = rng.uniform(-1, 1, n)
    wind = rng.normal(0, 1, n)
    traffic = rng.gamma(2, 0.5, n)
    temp = rng.normal(12, 6, n)
    push = (speed ** 1.5).sum(1) * (1 + 0.4 * blade) + 0.3 * wind * np.abs(wind) + 0.35 * traffic
    flow = 140 * np.sign(push) * np.sqrt(np.abs(push)) * (285 / (273 + temp)) + rng.normal(0, 6, n)
    X = np.column_stack([speed, blade, wind, traffic, temp])
    return X.astype(np.float32), flow.astype(np.float32)[:, None]


def mlp(sizes):
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers)


def main(cfg: Config):
    torch.manual_seed(cfg.seed)
    X, y = simulate(5000, cfg.seed)
    X_train, X_val, y_train, y_val = X[:4000], X[4000:], y[:4000], y[4000:]
    mx, sx, my, sy = X_train.mean(0), X_train.std(0), y_train.mean(), y_train.std()
    to_tensor = lambda a, m, s: torch.from_numpy((a - m) / s)
    train = TensorDataset(to_tensor(X_train, mx, sx), to_tensor(y_train, my, sy))
    X_val, y_val = to_tensor(X_val, mx, sx), to_tensor(y_val, my, sy)
    loader = DataLoader(train, batch_size=cfg.batch_size, shuffle=True)

    net = mlp(cfg.sizes)
    loss_fn = nn.MSELoss()
    opt = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=cfg.epochs)
    for epoch in range(cfg.epochs):
        net.train()
        losses = []
        for xb, yb in loader:
            opt.zero_grad()
            loss = loss_fn(net(xb), yb)
            loss.backward()
            opt.step()
            losses.append(loss.item())
        sched.step()
        net.eval()
        with torch.no_grad():
            mse = loss_fn(net(X_val), y_val).item()
        print(f"epoch {epoch + 1}/{cfg.epochs} train {np.mean(losses):.4f} val {mse:.4f} R2 {1 - mse / y_val.var().item():.3f}")


if __name__ == "__main__":
    main(Config())
