import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    """Two pictures, and whether they show the same digit."""

    def __init__(self, images, labels, n, seed):
        self.images, self.labels = images, labels
        rng = np.random.default_rng(seed)
        self.pairs = []
        by_label = [np.flatnonzero(labels == k) for k in range(10)]
        for _ in range(n):
            i = rng.integers(len(labels))
            same = rng.random() < 0.5
            j = rng.choice(by_label[labels[i]]) if same else rng.integers(len(labels))
            self.pairs.append((i, j, float(labels[i] == labels[j])))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, k):
        i, j, same = self.pairs[k]
        return self.images[i], self.images[j], torch.tensor(same)


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 8))

    def forward(self, a, b):
        return self.net(a), self.net(b)


def distance(u, v):
    return ((u - v).pow(2).sum(dim=1) + 1e-9).sqrt()


def contrastive(u, v, same, margin=2.0):
    d = distance(u, v)
    return (same * d ** 2 + (1 - same) * (margin - d).clamp(min=0) ** 2).mean()


torch.manual_seed(12)
data = load_digits()
images = torch.tensor(data.data, dtype=torch.float32) / 8 - 1
train = DataLoader(Pairs(images[:1300], data.target[:1300], 4000, 0), batch_size=64, shuffle=True)
val = DataLoader(Pairs(images[1300:], data.target[1300:], 1000, 1), batch_size=1000)
model = Embedder()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(8):
    total = 0.0
    for a, b, same in train:
        loss = contrastive(*model(a, b), same)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    with torch.no_grad():
        a, b, same = next(iter(val))
        u, v = model(a, b)
        acc = ((distance(u, v) < 1).float() == same).float().mean().item()
    print(f"epoch {epoch + 1} loss {total / len(train):.4f} val loss {contrastive(u, v, same).item():.4f} pairs right {acc:.3f}")
