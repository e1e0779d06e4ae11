import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset


class Tracks(Dataset):
    def __init__(self, per_kind, seed, length=32):
        rng = np.random.default_rng(seed)
        t = np.linspace(0, 1, length)
        rows, kinds = [], []
        for kind in range(5):
            for _ in range(per_kind):
                centre, width = 0.3 + 0.1 * kind + rng.normal(0, 0.03), 0.06 + 0.02 * (kind % 3)
                rows.append(rng.uniform(0.7, 1.3) * np.exp(-((t - centre) / width) ** 2) + rng.normal(0, 0.2, length))
                kinds.append(kind)
        self.rows = torch.tensor(np.array(rows), dtype=torch.float32)
        self.kinds = torch.tensor(kinds)

    def __len__(self):
        return len(self.kinds)

    def __getitem__(self, i):
        return (self.rows[i] - 0.15) / 0.35, self.kinds[i]


torch.manual_seed(4)
train_loader = DataLoader(Tracks(300, 0), batch_size=30, shuffle=True)
val_loader = DataLoader(Tracks(80, 1), batch_size=200)
model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 5))
optimizer = optim.SGD(model.parameters(), lr=0.03, momentum=0.9)
scheduler = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
criterion = nn.CrossEntropyLoss()

for epoch in range(10):
    model.train()
    train_loss = 0.0
    for x, kind in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), kind)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
    scheduler.step()
    model.eval()
    with torch.no_grad():
        correct = sum((model(x).argmax(1) == kind).sum().item() for x, kind in val_loader)
    print(f"{epoch + 1:2d}: train loss {train_loss / len(train_loader):.4f}  validation accuracy {correct / 400:.3f}")
