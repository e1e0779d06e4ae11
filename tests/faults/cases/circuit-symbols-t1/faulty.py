"""Symbols of circuit diagrams, drawn from strokes and scanned badly."""
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Settings:
    width: int = 1
    symbols: int = 10
    epochs: int = 12
    batch: int = 64
    lr: float = 3e-3
    seed: int = 14


def draw_symbols(s):
    """Each symbol is a fixed set of four strokes on an 8x8 raster."""
    gen = torch.Generator().manual_seed(s.seed)
    glyphs = torch.zeros(s.symbols, 8, 8)
    for glyph in glyphs:
        for _ in range(4):
            at, start, length = (int(torch.randint(lo, hi, (), generator=gen)) for lo, hi in ((0, 8), (0, 4), (3, 6)))
            if torch.rand((), generator=gen) < 0.5:
                glyph[at, start:start + length] = 1
            else:
                glyph[start:start + length, at] = 1
    return glyphs


def scan(glyphs, n, gen):
    labels = torch.randint(len(glyphs), (n,), generator=gen)
    pages = torch.zeros(n, 1, 16, 16)
    offsets = torch.randint(2, 7, (n, 2), generator=gen)
    for page, label, (r, c) in zip(pages, labels, offsets.tolist()):
        page[0, r:r + 8, c:c + 8] = glyphs[label]
    pages = pages + 0.25 * torch.randn(pages.shape, generator=gen)
    return (pages - 0.1) / 0.35, labels


class SymbolNet(nn.Module):
    def __init__(self, s):
        super().__init__()
        w = s.width
        self.conv1 = nn.Conv2d(1, w, 3, padding=1)
        self.conv2 = nn.Conv2d(w, 2 * w, 3, padding=1)
        self.conv3 = nn.Conv2d(2 * w, 4 * w, 3, padding=1)
        self.head = nn.Linear(4 * w, s.symbols)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.conv3(x))
        return self.head(x.amax(dim=(2, 3)))


def accuracy(net, pages, labels):
    net.eval()
    with torch.no_grad():
        return (net(pages).argmax(1) == labels).float().mean().item()


def main():
    s = Settings()
    torch.manual_seed(s.seed)
    gen = torch.Generator().manual_seed(s.seed + 1)
    glyphs = draw_symbols(s)
    train_x, train_y = scan(glyphs, 2560, gen)
    val_x, val_y = scan(glyphs, 600, gen)

    net = SymbolNet(s)
    optimizer = torch.optim.AdamW(net.parameters(), lr=s.lr)
    for epoch in range(s.epochs):
        net.train()
        total = 0.0
        for pick in torch.randperm(len(train_x)).split(s.batch):
            loss = F.cross_entropy(net(train_x[pick]), train_y[pick])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(pick)
        print(f"epoch {epoch + 1:02d} loss {total / len(train_x):.3f} "
              f"train acc {accuracy(net, train_x, train_y):.3f} val acc {accuracy(net, val_x, val_y):.3f}")


main()
