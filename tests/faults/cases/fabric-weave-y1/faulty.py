import math
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Config:
    size: int = 16
    channels: tuple = (12, 24)
    dropout: float = 0.9
    lr: float = 3e-3
    epochs: int = 8
    batch: int = 50


WEAVES = [(0.0, 2), (0.0, 4), (math.pi / 4, 3), (math.pi / 2, 3), (3 * math.pi / 4, 3), (math.pi / 4, 5)]


def fabric(n, cfg, seed):
    g = torch.Generator().manual_seed(seed)
    kind = torch.randint(len(WEAVES), (n,), generator=g)
    angle = torch.tensor([WEAVES[k][0] for k in kind]) + 0.15 * torch.randn(n, generator=g)
    freq = torch.tensor([WEAVES[k][1] for k in kind]).float()
    shift = 2 * math.pi * torch.rand(n, generator=g)
    axis = torch.linspace(0, 1, cfg.size)
    yy, xx = torch.meshgrid(axis, axis, indexing="ij")
    along = xx * angle.cos()[:, None, None] + yy * angle.sin()[:, None, None]
    img = torch.sin(2 * math.pi * freq[:, None, None] * along + shift[:, None, None])
    img = img + 0.6 * torch.randn(n, cfg.size, cfg.size, generator=g)
    return TensorDataset(img[:, None], kind)


def make_net(cfg):
    layers, c_in = [], 1
    for c in cfg.channels:
        layers += [nn.Conv2d(c_in, c, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(cfg.dropout)]
        c_in = c
    side = cfg.size // 2 ** len(cfg.channels)
    layers += [nn.Flatten(), nn.Linear(c_in * side * side, 48), nn.ReLU(), nn.Dropout(cfg.dropout), nn.Linear(48, len(WEAVES))]
    return nn.Sequential(*layers)


def one_pass(net, loader, criterion, optimizer=None):
    net.train(mode=optimizer is not None)
    loss_sum, hits, seen = 0.0, 0, 0
    for x, y in loader:
        with torch.set_grad_enabled(optimizer is not None):
            out = net(x)
            loss = criterion(out, y)
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        loss_sum += loss.item() * len(y)
        hits += (out.argmax(1) == y).sum().item()
        seen += len(y)
    return loss_sum / seen, hits / seen


if __name__ == "__main__":
    cfg = Config()
    torch.manual_seed(16)
    train_loader = DataLoader(fabric(1500, cfg, 1), cfg.batch, shuffle=True)
    val_loader = DataLoader(fabric(400, cfg, 2), 200)
    net = make_net(cfg)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        tr = one_pass(net, train_loader, criterion, optimizer)
        va = one_pass(net, val_loader, criterion)
        print(f"{epoch + 1}: train {tr[0]:.3f} ({tr[1]:.3f})  val {va[0]:.3f} ({va[1]:.3f})")
