import logging

import torch
import torch.nn as nn
import torch.nn.functional as F

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("rings")


class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes[:-2], sizes[1:-1]))
        self.head = nn.Linear(sizes[-2], sizes[-1])

    def forward(self, h):
        for layer in self.layers:
            h = layer(h)
            h = F.relu(h)
        return self.head(h)


def sample(n, generator):
    """Points in the plane; class = ring (inner, outer) times side (left, right)."""
    p = torch.randn(n, 2, generator=generator)
    ring = (p.norm(dim=1) > 1.18).long()
    side = (p[:, 0] > 0).long()
    return p, 2 * ring + side


def main():
    g = torch.Generator().manual_seed(6)
    torch.manual_seed(6)
    x, y = sample(2000, g)
    x_val, y_val = sample(1000, g)
    net = Net([2, 48, 48, 48, 4])
    opt = torch.optim.RMSprop(net.parameters(), lr=1e-3)
    for epoch in range(1, 16):
        net.train()
        mean = 0.0
        batches = torch.randperm(len(x), generator=g).split(32)
        for b in batches:
            loss = F.cross_entropy(net(x[b]), y[b])
            opt.zero_grad()
            loss.backward()
            opt.step()
            mean += loss.item() / len(batches)
        if epoch % 3 == 0:
            net.eval()
            with torch.no_grad():
                acc = (net(x_val).argmax(dim=1) == y_val).float().mean().item()
            log.info("epoch %d: loss %.3f, validation accuracy %.3f", epoch, mean, acc)


if __name__ == "__main__":
    main()
