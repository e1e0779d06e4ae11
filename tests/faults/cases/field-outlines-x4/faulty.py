import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

SIZE = 24


class Fields(Dataset):
    """Noisy aerial tiles with one or two elliptical fields, and the mask of the fields."""

    def __init__(self, n, seed):
        rng = np.random.default_rng(seed)
        yy, xx = np.mgrid[:SIZE, :SIZE]
        self.tiles, self.masks = [], []
        for _ in range(n):
            mask = np.zeros((SIZE, SIZE), bool)
            for _ in range(rng.integers(1, 3)):
                cy, cx = rng.uniform(5, SIZE - 5, 2)
                a, b = rng.uniform(3, 7, 2)
                mask |= ((yy - cy) / a) ** 2 + ((xx - cx) / b) ** 2 < 1
            tile = rng.normal(0, 0.8, (SIZE, SIZE)) + np.where(mask, 0.8, -0.4)
            self.tiles.append(tile[None].astype(np.float32))
            self.masks.append(mask[None].astype(np.float32))

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, i):
        return self.tiles[i], self.masks[i]


class Outliner(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1 = nn.Conv2d(1, 8, 3, padding=1)
        self.down2 = nn.Conv2d(8, 16, 3, padding=1)
        self.mid = nn.Conv2d(16, 16, 3, padding=1)
        self.up = nn.Conv2d(24, 8, 3, padding=1)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = F.relu(self.down1(x))
        b = F.relu(self.mid(F.relu(self.down2(F.max_pool2d(a, 2)))))
        b = F.interpolate(b, scale_factor=2)
        return self.out(F.relu(self.up(torch.cat([a, b], 1))))


def iou(model, loader):
    model.eval()
    inter = union = 0
    with torch.no_grad():
        for x, y in loader:
            p = model(x) > 0
            inter += (p & (y > 0)).sum().item()
            union += (p | (y > 0)).sum().item()
    return inter / union


torch.manual_seed(14)
accumulate = 64
batch_size = 8
epochs = 10
train = DataLoader(Fields(480, 1), batch_size=batch_size, shuffle=True)
val = DataLoader(Fields(120, 2), batch_size=60)
model = Outliner()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)

for epoch in range(epochs):
    model.train()
    optimizer.zero_grad()
    epoch_loss = 0.0
    for i, (x, y) in enumerate(train):
        loss = F.binary_cross_entropy_with_logits(model(x), y)
        (loss / accumulate).backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
        epoch_loss += loss.item()
    print(f"epoch {epoch + 1}/{epochs} loss {epoch_loss / len(train):.4f} val IoU {iou(model, val):.3f}")
