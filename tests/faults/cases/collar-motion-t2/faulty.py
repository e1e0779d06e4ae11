import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

BEHAVIOURS = ["lie", "walk", "run", "shake"]
RATE = 50


def record(n, rng):
    """Windows of raw accelerometer counts, three axes, as the collar's 8-bit converter gives them."""
    label = rng.integers(0, 4, n)
    freq = np.array([0.3, 1.6, 3.2, 6.0])[label] * rng.uniform(0.85, 1.15, n)
    size = np.array([0.6, 14.0, 30.0, 24.0])[label] * rng.uniform(0.7, 1.3, n)
    t = np.arange(RATE) / RATE
    phase = rng.uniform(0, 2 * np.pi, (n, 3, 1))
    wave = np.sin(2 * np.pi * freq[:, None, None] * t + phase)
    axis = rng.uniform(0.5, 1.0, (n, 3, 1))
    noise = np.where(label == 0, 0.2, 4.0)[:, None, None] * rng.normal(size=(n, 3, RATE))
    counts = np.round(128 + rng.normal(0, 10, (n, 3, 1)) + axis * size[:, None, None] * wave + noise)
    return counts.astype(np.float32), label


class CollarWindows(Dataset):
    def __init__(self, counts, label):
        self.counts, self.label = counts, label

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        window = self.counts[i]
        window = window - window.mean(axis=1, keepdims=True)
        window = window / window.std(axis=1, keepdims=True)
        return torch.from_numpy(window), int(self.label[i])


class MotionNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(3, 16, 7, padding=3), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.ReLU(), nn.AdaptiveAvgPool1d(4),
        )
        self.classify = nn.Linear(32 * 4, len(BEHAVIOURS))

    def forward(self, x):
        return self.classify(self.features(x).flatten(1))


def accuracy(model, loader):
    model.eval()
    hits = 0
    with torch.no_grad():
        for window, label in loader:
            hits += (model(window).argmax(1) == label).sum().item()
    return hits / len(loader.dataset)


def main():
    torch.manual_seed(11)
    rng = np.random.default_rng(11)
    train = DataLoader(CollarWindows(*record(2400, rng)), batch_size=32, shuffle=True)
    val = DataLoader(CollarWindows(*record(600, rng)), batch_size=200)
    model = MotionNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, 9):
        model.train()
        running = 0.0
        for window, label in train:
            optimizer.zero_grad()
            loss = criterion(model(window), label)
            loss.backward()
            optimizer.step()
            running += loss.item()
        print(f"epoch {epoch}: loss {running / len(train):.4f}, val accuracy {accuracy(model, val):.3f}")


if __name__ == "__main__":
    main()
