import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--lr", type=float, default=1e-2)
parser.add_argument("--hidden", type=int, default=48)
parser.add_argument("--batch-size", type=int, default=64)
args = parser.parse_args()


def survey(n):
    """Walk a floor of 2 x 2 (scaled) with five access points and note the level in dB."""
    spot = torch.rand(n, 2) * 2 - 1
    points = torch.tensor([[-0.6, -0.7], [0.7, -0.5], [-0.1, 0.1], [-0.7, 0.7], [0.6, 0.7]])
    power = torch.tensor([1.0, 0.8, 0.7, 0.9, 1.0])
    dist2 = (spot[:, None] - points).pow(2).sum(2)
    level = (power * torch.exp(-dist2 / 0.1)).sum(1) + 0.02 * torch.randn(n)
    return spot / 0.58, ((level - level.mean()) / level.std()).unsqueeze(1)


def mlp(hidden):
    return nn.Sequential(
        nn.Linear(2, hidden), nn.Tanh(),
        nn.Linear(hidden, hidden), nn.Tanh(),
        nn.Linear(hidden, 1),
    )


def run_epoch(model, loader, criterion, optimizer=None):
    total = 0.0
    for spot, level in loader:
        loss = criterion(model(spot), level)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item() * len(spot)
    return total / len(loader.dataset)


torch.manual_seed(10)
train_set, val_set = random_split(TensorDataset(*survey(3000)), [2400, 600])
train_loader = DataLoader(train_set, args.batch_size, shuffle=True)
val_loader = DataLoader(val_set, 600)

model = mlp(args.hidden)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)

for epoch in range(1, args.epochs + 1):
    model.train()
    train_mse = run_epoch(model, train_loader, criterion, optimizer)
    scheduler.step()
    model.eval()
    with torch.no_grad():
        val_mse = run_epoch(model, val_loader, criterion)
    if epoch % 5 == 0:
        print(f"[{epoch:3d}/{args.epochs}] train mse {train_mse:.4f} | val mse {val_mse:.4f} | val R2 {1 - val_mse:.3f}")
