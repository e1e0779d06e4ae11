import argparse

import numpy as np
import torch
from torch import nn


def alloys(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.random((n, 8))
    strength = 3 * x[:, 0] + 2 * x[:, 1] * x[:, 2] - 1.5 * (x[:, 3] - 0.5) ** 2 + np.sin(3 * x[:, 4]) + 0.8 * x[:, 5]
    strength = strength + rng.normal(0, 0.05, n)
    return torch.tensor((x - 0.5) / 0.29, dtype=torch.float32), torch.tensor((strength - 3.2) / 1.1, dtype=torch.float32)


def build(dropout):
    return nn.Sequential(
        nn.Linear(8, 96), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(96, 96), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(96, 1), nn.Flatten(0),
    )


@torch.no_grad()
def validate(model, x, y):
    model.eval()
    error = model(x) - y
    return (error ** 2).mean().sqrt().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--dropout", type=float, default=0.3)
    args = parser.parse_args()

    torch.manual_seed(3)
    x, y = alloys(2000, 0)
    x_val, y_val = alloys(500, 1)
    model = build(args.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    best = float("inf")
    for epoch in range(1, args.epochs + 1):
        model.train()
        for idx in torch.randperm(len(x)).split(50):
            loss = nn.functional.mse_loss(model(x[idx]), y[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        schedule.step()
        rmse = validate(model, x_val, y_val)
        best = min(best, rmse)
        if epoch % 10 == 0:
            print(f"epoch {epoch} train {loss.item() ** 0.5:.3f} validation rmse {rmse:.3f} best {best:.3f}")


if __name__ == "__main__":
    main()
