import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

SIZE, KINDS = 20, 5


def leaf(kind, rng):
    y, x = np.mgrid[-1:1:SIZE * 1j, -1:1:SIZE * 1j]
    a = rng.uniform(0, 2 * np.pi)
    u, v = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
    r, phi = np.hypot(u, v), np.arctan2(v, u)
    edge = [
        0.62 + 0 * phi,
        0.55 / np.sqrt(np.cos(phi) ** 2 + 4 * np.sin(phi) ** 2) + 0.15,
        0.5 + 0.2 * np.cos(3 * phi),
        0.5 + 0.2 * np.cos(5 * phi),
        0.62 - 0.35 * np.exp(-(phi / 0.5) ** 2),
    ][kind]
    inside = r < edge * rng.uniform(0.85, 1.15)
    return inside + rng.normal(0, 0.3, inside.shape)


def leaves(n, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, KINDS, n)
    images = np.stack([leaf(k, rng) for k in kinds]).astype("float32")
    return TensorDataset(torch.from_numpy((images - 0.25) / 0.5).unsqueeze(1), torch.from_numpy(kinds))


class LeafNet(nn.Module):
    def __init__(self, p_drop=0.1):
        super().__init__()
        self.stage1 = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(p_drop))
        self.stage2 = nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout2d(p_drop))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(32 * 25, 48), nn.ReLU(), nn.Dropout(p_drop), nn.Linear(48, KINDS))

    def forward(self, x):
        return self.head(self.stage2(self.stage1(x)))


torch.manual_seed(79)
train_loader = DataLoader(leaves(1500, 1), batch_size=30, shuffle=True)
val_loader = DataLoader(leaves(500, 2), batch_size=250)
net, criterion = LeafNet(), nn.CrossEntropyLoss()
optimizer = optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(1, 13):
    net.train()
    train_loss = 0.0
    for x, kind in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(x), kind)
        loss.backward()
        optimizer.step()
        train_loss += loss.item() / len(train_loader)
    net.eval()
    with torch.no_grad():
        outs = [(net(x), kind) for x, kind in val_loader]
    val_loss = sum(criterion(o, k).item() for o, k in outs) / len(outs)
    acc = sum((o.argmax(1) == k).sum().item() for o, k in outs) / 500
    print(f"epoch {epoch:2d} train loss {train_loss:.3f} val loss {val_loss:.3f} val accuracy {acc:.3f}")
