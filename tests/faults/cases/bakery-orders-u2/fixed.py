import argparse
import logging

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("bakery")


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--quantile", type=float, default=0.9)
    p.add_argument("--epochs", type=int, default=25)
    p.add_argument("--batch-size", type=int, default=64)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--seed", type=int, default=11)
    return p.parse_args([])


def make_days(n, seed):
    rng = np.random.default_rng(seed)
    weekday = rng.integers(0, 7, n)
    temperature = rng.normal(12, 8, n)
    holiday = rng.random(n) < 0.08
    mean = 2.0 + 0.25 * (weekday == 5) + 0.5 * holiday - 0.02 * (temperature - 12) + 0.2 * np.sin(weekday)
    spread = 0.15 + 0.25 * (weekday >= 5)
    orders = mean + spread * rng.standard_normal(n)
    feats = np.column_stack([np.eye(7)[weekday], (temperature - 12) / 8, holiday])
    return torch.tensor(feats, dtype=torch.float32), torch.tensor(orders, dtype=torch.float32)


def pinball_loss(y_true, y_pred, q):
    diff = y_true - y_pred
    return torch.mean(torch.maximum(q * diff, (q - 1) * diff))


def main(args):
    torch.manual_seed(args.seed)
    x, y = make_days(4000, args.seed)
    x_val, y_val = make_days(1500, args.seed + 1)
    loader = DataLoader(TensorDataset(x, y), batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(9, 32), nn.GELU(), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)

    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            pred = model(xb).squeeze(-1)
            loss = pinball_loss(yb, pred, args.quantile)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        model.eval()
        with torch.no_grad():
            pred = model(x_val).squeeze(-1)
        covered = (y_val <= pred).float().mean().item()
        sold_out_cost = torch.where(y_val > pred, 9 * (y_val - pred), pred - y_val).mean().item()
        log.info("epoch %d train %.4f covered %.3f (wanted %.2f) cost per day %.4f",
                 epoch + 1, total / len(x), covered, args.quantile, sold_out_cost)


if __name__ == "__main__":
    main(get_args())
