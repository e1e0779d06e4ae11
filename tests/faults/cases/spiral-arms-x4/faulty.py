import argparse
import math

import torch
from torch import nn


def spirals(n, arms, gen):
    r = torch.rand(n, generator=gen)
    arm = torch.randint(arms, (n,), generator=gen)
    phi = 2 * math.pi * arm / arms + 4.0 * r
    xy = torch.stack([r * phi.cos(), r * phi.sin()], dim=1) * 2
    return xy + 0.03 * torch.randn(n, 2, generator=gen), arm


class Tower(nn.Module):
    def __init__(self, width, depth, n_out):
        super().__init__()
        self.stem = nn.Linear(2, width)
        self.floors = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.top = nn.Linear(width, n_out)

    def forward(self, x):
        x = torch.tanh(self.stem(x))
        for floor in self.floors:
            x = torch.tanh(floor(x))
        return self.top(x)


def accuracy(net, x, y):
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(dim=1) == y).double().mean().item()


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--depth", type=int, default=18)
    p.add_argument("--width", type=int, default=32)
    p.add_argument("--arms", type=int, default=3)
    p.add_argument("--lr", type=float, default=0.02)
    p.add_argument("--steps", type=int, default=1500)
    args = p.parse_args()

    torch.manual_seed(33)
    gen = torch.Generator().manual_seed(3)
    x, y = spirals(3000, args.arms, gen)
    x_test, y_test = spirals(1000, args.arms, gen)
    net = Tower(args.width, args.depth, args.arms)
    opt = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    loss_fn = nn.CrossEntropyLoss()
    seen = 0.0
    for step in range(1, args.steps + 1):
        net.train()
        pick = torch.randint(len(x), (64,), generator=gen)
        loss = loss_fn(net(x[pick]), y[pick])
        opt.zero_grad()
        loss.backward()
        opt.step()
        seen += loss.item()
        if step % 300 == 0:
            print(f"{step:5d} loss {seen / 300:.3f} test accuracy {accuracy(net, x_test, y_test):.3f}")
            seen = 0.0


main()
