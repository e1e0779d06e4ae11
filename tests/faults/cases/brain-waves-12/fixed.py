import argparse
import math

import torch
from torch import nn


def get_args():
    p = argparse.ArgumentParser(description="motor imagery")
    p.add_argument("--trials", type=int, default=1200)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--batch-size", type=int, default=40)
    p.add_argument("--lr", type=float, default=2e-3)
    p.add_argument("--seed", type=int, default=12)
    return p.parse_args()


def record(n, g, steps=64, electrodes=6):
    """A rhythm of 10 Hz that weakens over the side opposite to the hand."""
    hand = torch.randint(0, 2, (n,), generator=g)
    t = torch.arange(steps) / 64
    phase = 2 * math.pi * torch.rand(n, 1, 1, generator=g)
    rhythm = torch.sin(2 * math.pi * 10 * t[None, :, None] + phase)
    gain = torch.tensor([[1.0, 1.0, 0.9, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.9, 1.0, 1.0]])[hand][:, None, :]
    return gain * rhythm + torch.randn(n, steps, electrodes, generator=g), hand


class EEGNet(nn.Module):
    def __init__(self, electrodes=6):
        super().__init__()
        self.temporal = nn.Conv1d(electrodes, 24, 13, padding=6, groups=electrodes)
        self.norm = nn.BatchNorm1d(24)
        self.classify = nn.Linear(24, 2)

    def forward(self, x):
        h = self.norm(self.temporal(x))
        power = h.pow(2).mean(dim=2)
        return self.classify(torch.log(power + 0.1))


args = get_args()
torch.manual_seed(args.seed)
g = torch.Generator().manual_seed(args.seed)
x, y = record(args.trials + 400, g)
x = x.transpose(1, 2)
x_train, y_train, x_test, y_test = x[:args.trials], y[:args.trials], x[args.trials:], y[args.trials:]

net = EEGNet()
optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)
criterion = nn.CrossEntropyLoss()
for epoch in range(args.epochs):
    net.train()
    order = torch.randperm(len(x_train))
    for i in range(0, len(order), args.batch_size):
        b = order[i:i + args.batch_size]
        loss = criterion(net(x_train[b]), y_train[b])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        out = net(x_test)
    print(f"epoch {epoch + 1} test loss {criterion(out, y_test).item():.3f} "
          f"accuracy {(out.argmax(1) == y_test).float().mean().item():.3f}")
