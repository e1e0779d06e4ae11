import math
import random
from typing import Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

GESTURES = ["circle", "zigzag", "swipe", "infinity", "spiral", "square"]


def draw(name: str, rng: random.Random, points: int = 20) -> Tensor:
    phase, size = rng.uniform(-0.5, 0.5), rng.uniform(0.7, 1.3)
    track = []
    for i in range(points):
        t = i / (points - 1)
        a = 2 * math.pi * t + phase
        if name == "circle":
            p = (math.cos(a), math.sin(a))
        elif name == "zigzag":
            p = (2 * t - 1, 1.0 if i // 3 % 2 else -1.0)
        elif name == "swipe":
            p = (2 * t - 1, phase)
        elif name == "infinity":
            p = (math.sin(a), math.sin(2 * a))
        elif name == "spiral":
            p = (t * math.cos(2 * a), t * math.sin(2 * a))
        else:
            m = max(abs(math.cos(a)), abs(math.sin(a)))
            p = (math.cos(a) / m, math.sin(a) / m)
        track.append([size * p[0] + rng.gauss(0, 0.16), size * p[1] + rng.gauss(0, 0.16)])
    return torch.tensor(track)


class Recordings(IterableDataset):
    """Plays back the recording sessions; in each session one gesture was practised."""

    def __init__(self, per_session: int, seed: int) -> None:
        rng = random.Random(seed)
        self.records: list[tuple[Tensor, int]] = []
        for label, name in enumerate(GESTURES):
            for _ in range(per_session):
                self.records.append((draw(name, rng), label))

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        yield from random.sample(self.records, len(self.records))


class GestureNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(nn.Conv1d(2, 24, 5, padding=2), nn.ReLU(), nn.Conv1d(24, 24, 5, padding=2), nn.ReLU())
        self.head = nn.Linear(48, len(GESTURES))

    def forward(self, track: Tensor) -> Tensor:
        h = self.conv(track.transpose(1, 2))
        return self.head(torch.cat([h.mean(2), h.amax(2)], dim=1))


def accuracy(net: nn.Module, loader: DataLoader) -> float:
    net.eval()
    good = total = 0
    with torch.no_grad():
        for x, y in loader:
            good += int((net(x).argmax(1) == y).sum())
            total += len(y)
    return good / total


def main() -> None:
    torch.manual_seed(0)
    random.seed(0)
    train = DataLoader(Recordings(150, seed=1), batch_size=20)
    val = DataLoader(Recordings(50, seed=2), batch_size=50)
    net = GestureNet()
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    for epoch in range(8):
        net.train()
        for x, y in train:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1} val accuracy {accuracy(net, val):.3f}")


main()
