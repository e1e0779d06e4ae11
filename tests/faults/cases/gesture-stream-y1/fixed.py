import logging
import math
import random
from typing import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

logging.basicConfig(level=logging.INFO, format="%(message)s")
log = logging.getLogger("gestures")

GESTURES = ["circle", "swipe", "shake", "push", "zigzag", "still"]
LENGTH = 48


def record(kind: int, gen: torch.Generator) -> Tensor:
    t = torch.linspace(0, 2 * math.pi, LENGTH)
    phase, speed, size = (torch.rand(3, generator=gen) * torch.tensor([6.28, 0.6, 0.5]) + torch.tensor([0.0, 0.8, 0.8])).tolist()
    if kind == 0:
        xyz = torch.stack([torch.sin(speed * t + phase), torch.cos(speed * t + phase), 0 * t])
    elif kind == 1:
        xyz = torch.stack([torch.sin(speed * t / 2 + phase), 0 * t, 0 * t])
    elif kind == 2:
        xyz = torch.stack([torch.sin(5 * speed * t + phase), 0 * t, 0.3 * torch.sin(5 * speed * t)])
    elif kind == 3:
        xyz = torch.stack([0 * t, 0 * t, torch.exp(-((t - 2 - phase / 4) ** 2) * 3)])
    elif kind == 4:
        xyz = torch.stack([torch.sign(torch.sin(3 * speed * t + phase)), torch.sin(speed * t / 2), 0 * t])
    else:
        xyz = torch.zeros(3, LENGTH)
    return size * xyz + 0.35 * torch.randn(3, LENGTH, generator=gen)


class Recordings(IterableDataset):
    """One archive per gesture, read from beginning to end."""

    def __init__(self, per_gesture: int, seed: int) -> None:
        gen = torch.Generator().manual_seed(seed)
        self.archives = {k: [record(k, gen) for _ in range(per_gesture)] for k in range(len(GESTURES))}

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        items = [(k, i) for k, archive in self.archives.items() for i in range(len(archive))]
        random.shuffle(items)
        for k, i in items:
            yield self.archives[k][i], k


class GestureNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(3, 16, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveMaxPool1d(4),
        )
        self.classify = nn.Linear(128, len(GESTURES))

    def forward(self, x: Tensor) -> Tensor:
        return self.classify(self.features(x).flatten(1))


def accuracy(net: nn.Module, loader: DataLoader) -> float:
    net.eval()
    hits = total = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (net(x).argmax(1) == y).sum().item()
            total += len(y)
    return hits / total


def main() -> None:
    torch.manual_seed(4)
    random.seed(4)
    train = DataLoader(Recordings(250, 1), batch_size=25)
    held_out = DataLoader(Recordings(60, 2), batch_size=120)
    net = GestureNet()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    for epoch in range(1, 11):
        net.train()
        mean = 0.0
        for step, (x, y) in enumerate(train, 1):
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            mean += (loss.item() - mean) / step
        log.info("epoch %d loss %.3f held-out accuracy %.3f", epoch, mean, accuracy(net, held_out))


if __name__ == "__main__":
    main()
