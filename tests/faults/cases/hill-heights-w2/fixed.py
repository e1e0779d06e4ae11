import argparse

import torch
import torch.nn as nn

p = argparse.ArgumentParser()
p.add_argument("--hidden", type=int, default=64)
p.add_argument("--iters", type=int, default=1000)
p.add_argument("--lr", type=float, default=3e-3)
p.add_argument("--points", type=int, default=96)
p.add_argument("--seed", type=int, default=5)
args = p.parse_args([])


def height(pos):
    """A small island: one ridge, two peaks and a bay."""
    x, y = pos[:, 0], pos[:, 1]
    ridge = 0.9 * torch.exp(-8 * (y - 0.5 * torch.sin(2.5 * x)) ** 2)
    peaks = 1.2 * torch.exp(-10 * ((x - 0.5) ** 2 + (y + 0.4) ** 2))
    peaks = peaks + 0.8 * torch.exp(-14 * ((x + 0.6) ** 2 + (y - 0.6) ** 2))
    bay = -0.9 * torch.exp(-9 * ((x + 0.5) ** 2 + (y + 0.5) ** 2))
    return ridge + peaks + bay


def survey(n):
    pos = torch.rand(n, 2) * 2 - 1
    return pos, height(pos) + 0.02 * torch.randn(n)


def stage(n_in, n_out):
    return [nn.Linear(n_in, n_out), nn.LeakyReLU(inplace=True)]


torch.manual_seed(args.seed)
terrain = nn.Sequential(
    *stage(2, args.hidden),
    *stage(args.hidden, args.hidden),
    *stage(args.hidden, args.hidden),
    nn.Linear(args.hidden, 1),
)
optimizer = torch.optim.Adam(terrain.parameters(), lr=args.lr)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.iters, eta_min=1e-4)

for it in range(1, args.iters + 1):
    pos, z = survey(args.points)
    error = terrain(pos).squeeze(1) - z
    loss = error.square().mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    scheduler.step()
    if it % 200 == 0:
        print(f"{it:5d}  mse {loss.item():.5f}")

grid = torch.cartesian_prod(torch.linspace(-1, 1, 50), torch.linspace(-1, 1, 50))
truth = height(grid)
with torch.no_grad():
    drawn = terrain(grid).squeeze(1)
r2 = 1 - (drawn - truth).square().sum() / (truth - truth.mean()).square().sum()
print(f"map of 50 x 50 points: rmse {(drawn - truth).square().mean().sqrt().item():.4f}  R2 {r2.item():.4f}")
