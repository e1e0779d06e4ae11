import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

RATE, SECONDS = 20, 3
ACTIVITIES = {0: (0.0, 0.05), 1: (1.8, 0.6), 2: (2.8, 1.4), 3: (1.4, 0.9)}


def session(n_windows, rng):
    """A day in pieces of three seconds; people change what they do all the time."""
    labels = rng.integers(0, 4, n_windows)
    t = np.arange(RATE * SECONDS) / RATE
    pieces = []
    for label in labels:
        freq, size = ACTIVITIES[int(label)]
        freq = freq * rng.uniform(0.9, 1.1)
        phase = rng.uniform(0, 2 * np.pi, 3)[:, None]
        axes = np.array([0.4, 0.3, 1.0])[:, None]
        tilt = 0.8 * (label == 3) * np.abs(np.sin(np.pi * freq * t + phase[0]))
        pieces.append(size * axes * np.sin(2 * np.pi * freq * t + phase) + tilt + rng.normal(0, 0.25, (3, len(t))))
    signal = np.concatenate(pieces, axis=1)
    return signal, labels


def to_dataset(signal, labels):
    size = RATE * SECONDS
    starts = range(0, signal.shape[1] - size + 1, size)
    x = np.stack([signal[:, s:s + size] for s in starts])
    y = labels
    n = min(len(x), len(y))
    return TensorDataset(torch.tensor(x[:n], dtype=torch.float32), torch.tensor(y[:n]))


class ActivityNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(3, 16, 7, stride=2)
        self.conv2 = nn.Conv1d(16, 32, 5, stride=2)
        self.out = nn.Linear(32, 4)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return self.out(x.amax(dim=-1))


def main():
    rng = np.random.default_rng(6)
    torch.manual_seed(6)
    train_loader = DataLoader(to_dataset(*session(1800, rng)), batch_size=32, shuffle=True)
    test_loader = DataLoader(to_dataset(*session(500, rng)), batch_size=250)
    net = ActivityNet()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3)
    for epoch in range(8):
        net.train()
        losses = []
        for x, y in train_loader:
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            hits = sum((net(x).argmax(1) == y).sum().item() for x, y in test_loader)
        print(f"epoch {epoch + 1} loss {np.mean(losses):.3f} test accuracy {hits / len(test_loader.dataset):.3f}")


main()
