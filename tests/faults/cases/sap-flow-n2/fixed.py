import argparse

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def get_args():
    parser = argparse.ArgumentParser(description="sap flow model")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--hidden", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args([])


def load(seed):
    rng = np.random.default_rng(seed)
    n = 4000
    hour = rng.uniform(0, 24, n)
    light = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None) * rng.beta(4, 2, n)
    temp = 14 + 8 * light + rng.normal(0, 4, n)
    dryness = np.clip(0.08 * temp * rng.beta(2, 2, n) * 2, 0, None)
    moisture = rng.beta(3, 2, n)
    girth = rng.lognormal(0, 0.3, n)
    open_ = light / (light + 0.3) / (1 + np.exp(-12 * (moisture - 0.45))) * np.exp(-0.25 * dryness)
    flow = 10 * girth * open_ * np.sqrt(dryness) + rng.normal(0, 0.25, n)
    X = np.column_stack([np.sin(hour * np.pi / 12), np.cos(hour * np.pi / 12), light, temp, dryness, moisture, girth])
    return torch.tensor(X, dtype=torch.float32), torch.tensor(flow, dtype=torch.float32).unsqueeze(1)


def main():
    args = get_args()
    torch.manual_seed(args.seed)
    X, y = load(args.seed)
    X_train, X_val, y_train, y_val = X[:3200], X[3200:], y[:3200], y[3200:]
    X_mean, X_std, y_mean, y_std = X_train.mean(0), X_train.std(0), y_train.mean(), y_train.std()
    X_train, X_val = (X_train - X_mean) / X_std, (X_val - X_mean) / X_std
    y_train, y_val = (y_train - y_mean) / y_std, (y_val - y_mean) / y_std
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=args.batch_size, shuffle=True)

    model = nn.Sequential(
        nn.Linear(X.shape[1], args.hidden), nn.ReLU(),
        nn.Linear(args.hidden, args.hidden), nn.ReLU(),
        nn.Linear(args.hidden, 1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.MSELoss()
    for epoch in range(1, args.epochs + 1):
        model.train()
        seen, total = 0, 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
            seen += len(xb)
        model.eval()
        with torch.no_grad():
            val = criterion(model(X_val), y_val).item()
        if epoch % 3 == 0:
            print(f"epoch {epoch:3d} | train {total / seen:.4f} | val {val:.4f} | R2 {1 - val / y_val.var().item():.3f}")


if __name__ == "__main__":
    main()
