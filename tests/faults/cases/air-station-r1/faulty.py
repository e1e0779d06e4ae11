import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset


class Config:
    hours = 4000
    n_train = 3000
    hidden = 48
    lr = 3e-3
    batch_size = 100
    epochs = 15
    seed = 17


def station_log(cfg):
    rng = np.random.default_rng(cfg.seed)
    hour = rng.integers(0, 24, cfg.hours)
    wind = rng.gamma(2.0, 1.6, cfg.hours)
    temp = 9 + 8 * rng.normal(size=cfg.hours)
    cars = 900 * np.exp(-((hour - 8) / 3.0) ** 2) + 1100 * np.exp(-((hour - 17) / 3.5) ** 2)
    cars = cars * rng.normal(1, 0.1, cfg.hours) + 80
    no2 = 12 + 0.06 * cars / (0.6 + 0.35 * wind) - 0.35 * (temp - 9) + 2 * rng.normal(size=cfg.hours)
    # the thermometer and the anemometer are serviced now and then
    temp[rng.random(cfg.hours) < 0.01] = np.nan
    wind[rng.random(cfg.hours) < 0.005] = np.nan
    day = 2 * np.pi * hour / 24
    X = np.column_stack([np.sin(day), np.cos(day), wind, temp, cars])
    return X.astype(np.float32), no2.astype(np.float32)


def build(cfg, n_in):
    return nn.Sequential(
        nn.Linear(n_in, cfg.hidden), nn.SiLU(),
        nn.Linear(cfg.hidden, cfg.hidden), nn.SiLU(),
        nn.Linear(cfg.hidden, 1), nn.Flatten(0),
    )


def main(cfg):
    torch.manual_seed(cfg.seed)
    X, y = station_log(cfg)
    X_train, X_val = X[:cfg.n_train], X[cfg.n_train:]
    scaler = StandardScaler().fit(X_train)
    X_train = scaler.transform(X_train)
    X_val = scaler.transform(X_val)
    mean, std = y[:cfg.n_train].mean(), y[:cfg.n_train].std()
    y = (y - mean) / std
    train = TensorDataset(torch.from_numpy(X_train), torch.from_numpy(y[:cfg.n_train]))
    loader = DataLoader(train, batch_size=cfg.batch_size, shuffle=True)
    X_val, y_val = torch.from_numpy(X_val), torch.from_numpy(y[cfg.n_train:])

    model = build(cfg, X.shape[1])
    optimizer = torch.optim.AdamW(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            loss = F.mse_loss(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        model.eval()
        with torch.no_grad():
            rmse = F.mse_loss(model(X_val), y_val).sqrt().item() * std
        print(f"[{epoch + 1:02d}/{cfg.epochs}] train mse {total / len(train):.4f}  val rmse {rmse:.2f} ug/m3")


if __name__ == "__main__":
    main(Config())
