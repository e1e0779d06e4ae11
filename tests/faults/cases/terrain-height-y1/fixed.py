import argparse

import torch
from torch import nn


def height(xy):
    x, y = xy[:, 0], xy[:, 1]
    hills = torch.exp(-((x - 0.4) ** 2 + (y + 0.3) ** 2) / 0.15) - 0.8 * torch.exp(-((x + 0.5) ** 2 + (y - 0.4) ** 2) / 0.2)
    return 2 * hills + 0.6 * torch.sin(3 * x) * y


class HeightField(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        sizes = [2] + [width] * depth
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.act = nn.SiLU()
        self.top = nn.Linear(width, 1)

    def forward(self, xy):
        h = xy
        for layer in self.layers:
            h = layer(h)
            h = self.act(h)
        return self.top(h).squeeze(-1)


def main(args):
    torch.manual_seed(args.seed)
    xy = torch.rand(args.points, 2) * 2 - 1
    z = height(xy) + 0.05 * torch.randn(args.points)
    n_train = int(0.8 * args.points)
    model = HeightField(args.width, args.depth)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    step = 0
    while step < args.steps:
        idx = torch.randint(n_train, (args.batch,))
        loss = nn.functional.mse_loss(model(xy[idx]), z[idx])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        step += 1
        if step % 400 == 0:
            with torch.no_grad():
                resid = z[n_train:] - model(xy[n_train:])
                r2 = 1 - resid.var() / z[n_train:].var()
            print(f"step {step} mse {loss.item():.4f} test rmse {resid.pow(2).mean().sqrt():.4f} R2 {r2:.3f}")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--points", type=int, default=3000)
    p.add_argument("--width", type=int, default=64)
    p.add_argument("--depth", type=int, default=3)
    p.add_argument("--batch", type=int, default=128)
    p.add_argument("--steps", type=int, default=2400)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--seed", type=int, default=0)
    main(p.parse_args())
