import math

import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

STATES = ["normal", "unbalance", "misaligned", "bearing", "gear"]


def record(state: int, n: int, gen: torch.Generator) -> torch.Tensor:
    """n windows of 64 samples from one machine in the given state"""
    t = torch.arange(64) / 64
    phase = torch.rand(n, 1, generator=gen) * 2 * math.pi
    speed = 3 + 0.6 * torch.rand(n, 1, generator=gen)
    x = torch.sin(2 * math.pi * speed * t + phase)
    if state == 1:
        x = 1.6 * x
    elif state == 2:
        x = x + 0.7 * torch.sin(4 * math.pi * speed * t + 2 * phase)
    elif state == 3:
        x = x + 1.2 * (torch.sin(2 * math.pi * 5.4 * t + phase) > 0.95).float()
    elif state == 4:
        x = x + 0.5 * torch.sin(2 * math.pi * 14 * t + 3 * phase)
    return x + 0.3 * torch.randn(n, 64, generator=gen)


class MachineLogs(IterableDataset):
    def __init__(self, windows_per_state: int, seed: int):
        gen = torch.Generator().manual_seed(seed)
        self.logs = [(record(k, windows_per_state, gen), k) for k in range(len(STATES))]

    def __iter__(self):
        rows = [(w, k) for log, k in self.logs for w in log]
        rows = [rows[i] for i in torch.randperm(len(rows)).tolist()]
        for window, state in rows:
            yield window.unsqueeze(0), state


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten())
        self.classify = nn.Linear(128, len(STATES))

    def forward(self, x):
        return self.classify(self.features(x))


def accuracy(net: nn.Module, loader: DataLoader) -> float:
    net.eval()
    hits = total = 0
    with torch.no_grad():
        for x, y in loader:
            hits += (net(x).argmax(1) == y).sum().item()
            total += len(y)
    return hits / total


def main():
    torch.manual_seed(21)
    train = DataLoader(MachineLogs(400, 1), batch_size=32)
    test = DataLoader(MachineLogs(120, 2), batch_size=200)
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    for epoch in range(1, 13):
        net.train()
        loss_sum = n = 0
        for x, y in train:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            loss_sum += loss.item() * len(y)
            n += len(y)
        print(f"epoch {epoch} train loss {loss_sum / n:.3f} test accuracy {accuracy(net, test):.3f}")


main()
