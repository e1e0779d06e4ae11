import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    seed: int = 5
    window: int = 40
    batch: int = 64
    epochs: int = 12
    lr: float = 2e-3
    shares: tuple = (0.94, 0.03, 0.03)


def vibration(n, cfg, seed):
    g = torch.Generator().manual_seed(seed)
    state = torch.multinomial(torch.tensor(cfg.shares), n, replacement=True, generator=g)
    t = torch.arange(cfg.window) / cfg.window
    phase = 2 * math.pi * torch.rand(n, 1, generator=g)
    wave = torch.sin(2 * math.pi * 3 * t + phase)
    amp = torch.where(state == 2, 1.75, 1.0)[:, None]
    hiss = torch.where(state == 1, 1.12, 0.75)[:, None]
    x = amp * wave + hiss * torch.randn(n, cfg.window, generator=g)
    return TensorDataset(x[:, None], state)


class Net(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.c1 = nn.Conv1d(1, width, 9, padding=4)
        self.c2 = nn.Conv1d(width, width, 5, padding=2)
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        x = F.relu(self.c1(x))
        x = F.relu(self.c2(x))
        return self.out(x.mean(-1))


def macro_recall(net, loader):
    net.eval()
    hit, seen = torch.zeros(3), torch.zeros(3)
    with torch.no_grad():
        for x, y in loader:
            ok = net(x).argmax(1) == y
            for c in range(3):
                hit[c] += ok[y == c].sum()
                seen[c] += (y == c).sum()
    return hit / seen


cfg = Config()
torch.manual_seed(cfg.seed)
train_set = vibration(5000, cfg, seed=50)
train_loader = DataLoader(train_set, cfg.batch, shuffle=True)
val_loader = DataLoader(vibration(3000, cfg, seed=51), 500)
net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(net.parameters(), cfg.lr)

for epoch in range(cfg.epochs):
    net.train()
    loss_sum = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
    recall = macro_recall(net, val_loader)
    print(f"[{epoch + 1:02d}] loss {loss_sum / len(train_loader):.3f}  recall per state "
          f"{[round(r, 2) for r in recall.tolist()]}  mean recall {recall.mean():.3f}")
