import argparse

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def spirals(n_each, noise, seed):
    rng = np.random.default_rng(seed)
    points, arms = [], []
    for arm in range(3):
        r = np.sqrt(rng.random(n_each))
        phi = 4.2 * r + arm * 2 * np.pi / 3 + rng.normal(0, noise, n_each)
        points.append(np.stack([r * np.cos(phi), r * np.sin(phi)], 1))
        arms.append(np.full(n_each, arm))
    return torch.tensor(np.concatenate(points) / 0.5, dtype=torch.float32), torch.tensor(np.concatenate(arms))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--batch-size", type=int, default=3000)
    p.add_argument("--epochs", type=int, default=30)
    p.add_argument("--lr", type=float, default=0.05)
    args = p.parse_args()

    torch.manual_seed(17)
    train = TensorDataset(*spirals(1000, 0.15, 0))
    x_val, y_val = spirals(300, 0.15, 1)
    loader = DataLoader(train, batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 3))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)

    for epoch in range(1, args.epochs + 1):
        model.train()
        loss_sum = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            loss_sum += loss.item() * len(x)
        model.eval()
        with torch.no_grad():
            acc = (model(x_val).argmax(1) == y_val).float().mean().item()
        if epoch % 5 == 0:
            print(f"epoch {epoch:3d} loss {loss_sum / len(train):.3f} val acc {acc:.3f}")


if __name__ == "__main__":
    main()
