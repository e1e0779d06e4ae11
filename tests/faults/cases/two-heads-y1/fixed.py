from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits


@dataclass
class Settings:
    epochs: int = 20
    batch_size: int = 32
    lr: float = 1e-3
    hidden: int = 96
    ink_weight: float = 1.0
    seed: int = 23


class TwoHeads(nn.Module):
    def __init__(self, s: Settings):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(64, s.hidden), nn.ReLU())
        self.digit = nn.Sequential(nn.Linear(s.hidden, 32), nn.ReLU(), nn.Linear(32, 10))
        self.ink = nn.Sequential(nn.Linear(s.hidden, 32), nn.ReLU(), nn.Linear(32, 1))

    def digit_loss(self, x, digit):
        return F.cross_entropy(self.digit(self.trunk(x)), digit)

    def ink_loss(self, x, ink):
        return F.mse_loss(self.ink(self.trunk(x)).squeeze(1), ink)


def load(seed):
    data = load_digits()
    g = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(data.target), generator=g)
    x = torch.tensor(data.data, dtype=torch.float32)[order]
    ink = (x > 4).sum(1).float()
    return x / 8 - 1, torch.tensor(data.target)[order], (ink - ink.mean()) / ink.std()


s = Settings()
torch.manual_seed(s.seed)
x, digit, ink = load(s.seed)
train, test = slice(0, 1400), slice(1400, None)
model = TwoHeads(s)
optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)

for epoch in range(s.epochs):
    sums = [0.0, 0.0]
    for idx in torch.randperm(1400).split(s.batch_size):
        optimizer.zero_grad()
        loss_digit = model.digit_loss(x[idx], digit[idx])
        loss_digit.backward()
        loss_ink = s.ink_weight * model.ink_loss(x[idx], ink[idx])
        loss_ink.backward()
        optimizer.step()
        sums[0] += loss_digit.item() * len(idx) / 1400
        sums[1] += loss_ink.item() * len(idx) / 1400
    if epoch % 4 == 3:
        with torch.no_grad():
            h = model.trunk(x[test])
            acc = (model.digit(h).argmax(1) == digit[test]).float().mean()
            mse = F.mse_loss(model.ink(h).squeeze(1), ink[test])
        print(f"epoch {epoch + 1:2d} digit loss {sums[0]:.3f} ink loss {sums[1]:.3f} test digit acc {acc:.3f} test ink mse {mse:.3f}")
