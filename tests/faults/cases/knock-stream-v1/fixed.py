"""Six kinds of knocks, told apart by a small 1-D CNN. Clips are streamed, as they will be from disk later."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

KINDS = ["wood", "glass", "tin", "brick", "hollow", "plastic"]
PITCH = [0.35, 0.80, 1.25, 0.50, 1.00, 1.60]
DECAY = [9.0, 25.0, 14.0, 5.0, 18.0, 7.0]


def record(kind, rng, length=80):
    t = np.arange(length)
    onset = rng.integers(0, 20)
    s = np.clip(t - onset, 0, None)
    ring = np.sin(PITCH[kind] * rng.normal(1, 0.05) * s) * np.exp(-s / DECAY[kind]) * (t >= onset)
    return ring * rng.uniform(1.5, 2.5) + rng.normal(0, 0.3, length)


class ClipStream(IterableDataset):
    def __init__(self, per_kind, seed):
        rng = np.random.default_rng(seed)
        self.clips, self.kinds = [], []
        for kind in range(len(KINDS)):
            for _ in range(per_kind):
                self.clips.append(record(kind, rng))
                self.kinds.append(kind)

    def __len__(self):
        return len(self.kinds)

    def __iter__(self):
        for i in np.random.permutation(len(self.kinds)):
            clip = torch.tensor(self.clips[i], dtype=torch.float32)
            yield clip.unsqueeze(0), self.kinds[i]


class KnockNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 16, 7, padding=3), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(16, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveMaxPool1d(1),
        )
        self.head = nn.Linear(32, len(KINDS))

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


def evaluate(model, loader):
    model.eval()
    hits = total = 0
    with torch.no_grad():
        for clips, kinds in loader:
            hits += (model(clips).argmax(1) == kinds).sum().item()
            total += len(kinds)
    return hits / total


def main():
    torch.manual_seed(11)
    np.random.seed(11)
    train_loader = DataLoader(ClipStream(per_kind=256, seed=0), batch_size=32)
    val_loader = DataLoader(ClipStream(per_kind=64, seed=1), batch_size=128)
    model = KnockNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(1, 15):
        model.train()
        total = 0.0
        for clips, kinds in train_loader:
            loss = criterion(model(clips), kinds)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(f"epoch {epoch}: train loss {total / len(train_loader):.3f}, val accuracy {evaluate(model, val_loader):.3f}")


if __name__ == "__main__":
    main()
