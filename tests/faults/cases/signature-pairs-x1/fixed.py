import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class SignaturePairs(Dataset):
    """Pairs of signature descriptors; label 1 = same writer."""

    def __init__(self, writers=20, each=12, pairs=3000, seed=0, style=None):
        rng = random.Random(seed)
        gen = torch.Generator().manual_seed(seed)
        self.style = style if style is not None else torch.randn(writers, 16, generator=gen)
        flourish = torch.randn(writers, each, 16, generator=gen)
        flourish[..., :8] *= 0.2
        flourish[..., 8:] *= 2.5
        self.samples = self.style[:, None, :] + flourish
        self.pairs = []
        for _ in range(pairs):
            a = rng.randrange(writers)
            same = rng.random() < 0.5
            b = a if same else rng.choice([w for w in range(writers) if w != a])
            self.pairs.append(((a, rng.randrange(each)), (b, rng.randrange(each)), float(same)))

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        first, second, same = self.pairs[i]
        return self.samples[first], self.samples[second], same


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(16, 48), nn.LeakyReLU(0.1), nn.Linear(48, 8))

    def forward(self, x):
        return self.net(x)


def distance(u, v):
    return torch.sqrt(((u - v) ** 2).sum(dim=1) + 1e-8)


def contrastive(d, same, margin=2.0):
    return (same * d ** 2 + (1 - same) * F.relu(margin - d) ** 2).mean()


def verification_accuracy(enc, loader, threshold=1.0):
    enc.eval()
    ok = n = 0
    with torch.no_grad():
        for a, b, same in loader:
            d = distance(enc(a), enc(b))
            ok += ((d < threshold) == (same > 0.5)).sum().item()
            n += len(same)
    return ok / n


if __name__ == "__main__":
    torch.manual_seed(2)
    train_set = SignaturePairs(seed=2)
    test_set = SignaturePairs(seed=3, pairs=1000, style=train_set.style)
    train_loader = DataLoader(train_set, batch_size=50, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=200)
    enc = Encoder()
    opt = torch.optim.Adam(enc.parameters(), lr=1e-3)
    for epoch in range(20):
        enc.train()
        total = 0.0
        for a, b, same in train_loader:
            opt.zero_grad()
            loss = contrastive(distance(enc(a), enc(b)), same.float())
            loss.backward()
            opt.step()
            total += loss.item()
        print(f"epoch {epoch + 1:2d}: contrastive loss {total / len(train_loader):.4f}, "
              f"test verification {verification_accuracy(enc, test_loader):.3f}")
