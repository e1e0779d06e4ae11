import numpy as np
import torch
import torch.nn as nn
from sklearn.datasets import load_digits


class Block(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.a = nn.Conv2d(ch, ch, 3, padding=1)
        self.b = nn.Conv2d(ch, ch, 3, padding=1)
        self.na, self.nb = nn.GroupNorm(3, ch), nn.GroupNorm(3, ch)

    def forward(self, x):
        return torch.relu(x + self.nb(self.b(torch.relu(self.na(self.a(x))))))


class GlyphReader:
    """Trains a small residual net on smudged digits and follows the loss on the clean ones."""

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.net = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), Block(12), nn.MaxPool2d(2), Block(12),
                                 nn.Flatten(), nn.Linear(12 * 16, 10))
        self.opt = torch.optim.AdamW(self.net.parameters(), lr=2e-3)
        self.criterion = nn.CrossEntropyLoss()
        self.smudged, self.clean = [], []

    def fit(self, x, y, epochs, batch=50):
        for epoch in range(epochs):
            self.net.train()
            for rows in torch.randperm(len(x)).split(batch):
                loss = self.criterion(self.net(x[rows] + 0.4 * torch.randn(len(rows), 1, 8, 8)), y[rows])
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                self.smudged.append(loss.item())
                self.clean.append(self.criterion(self.net(x[rows]), y[rows]))
            last = len(x) // batch
            print(f"epoch {epoch + 1}: smudged {sum(self.smudged[-last:]) / last:.4f}, "
                  f"clean {sum(self.clean[-last:]) / last:.4f}")

    @torch.no_grad()
    def score(self, x, y):
        self.net.eval()
        return (self.net(x).argmax(1) == y).float().mean().item()


bunch = load_digits()
x = torch.tensor(bunch.images[:, None], dtype=torch.float32) / 8 - 1
y = torch.tensor(bunch.target)
mix = np.random.RandomState(2).permutation(len(x))
x, y = x[mix], y[mix]
reader = GlyphReader()
reader.fit(x[:1400], y[:1400], epochs=10)
print(f"test accuracy {reader.score(x[1400:], y[1400:]):.3f}")
