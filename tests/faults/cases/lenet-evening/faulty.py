from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Settings:
    batch_size: int = 20
    learning_rate: float = 0.02
    momentum: float = 0.5
    epochs: int = 3
    seed: int = 77


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 3, padding=1)
        self.c2 = nn.Conv2d(6, 16, 3)
        self.f1 = nn.Linear(16 * 3 * 3, 60)
        self.f2 = nn.Linear(60, 42)
        self.f3 = nn.Linear(42, 10)

    def forward(self, x):
        x = F.relu(self.c1(x))
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = x.flatten(1)
        x = F.relu(self.f1(x))
        x = F.relu(self.f2(x))
        return self.f3(x)


def loaders(settings):
    digits = load_digits()
    x = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
    x = (x - 4.9) / 6.0
    y = torch.tensor(digits.target)
    order = torch.randperm(len(y))
    train, val = order[:1437], order[1437:]
    return (DataLoader(TensorDataset(x[train], y[train]), batch_size=settings.batch_size, shuffle=True),
            DataLoader(TensorDataset(x[val], y[val]), batch_size=360))


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        x, y = next(iter(loader))
        out = model(x)
        return F.cross_entropy(out, y).item(), (out.argmax(1) == y).float().mean().item()


settings = Settings()
torch.manual_seed(settings.seed)
train_loader, val_loader = loaders(settings)
model = LeNet()
optimizer = torch.optim.SGD(model.parameters(), lr=settings.learning_rate, momentum=settings.momentum)
for epoch in range(settings.epochs):
    model.train()
    total = 0.0
    for x, y in train_loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    val_loss, acc = evaluate(model, val_loader)
    print(f"epoch {epoch + 1} train {total / len(train_loader):.3f} val {val_loss:.3f} accuracy {acc:.3f}")
