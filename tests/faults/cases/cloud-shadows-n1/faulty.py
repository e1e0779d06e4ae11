import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(14)
rng = np.random.default_rng(14)
SIZE = 32


def make_tiles(n):
    tiles, masks = [], []
    yy, xx = np.mgrid[0:SIZE, 0:SIZE]
    for _ in range(n):
        ground = np.stack([0.5 + 0.1 * np.sin(xx / rng.uniform(2, 5) + rng.uniform(0, 6)),
                           0.5 + 0.1 * np.cos(yy / rng.uniform(2, 5) + rng.uniform(0, 6))])
        shadow = np.zeros((SIZE, SIZE), dtype=bool)
        for _ in range(rng.integers(1, 4)):
            cy, cx = rng.uniform(4, 28, 2)
            ry, rx = rng.uniform(3, 8, 2)
            shadow |= ((yy - cy) / ry) ** 2 + ((xx - cx) / rx) ** 2 < 1
        ground = ground * np.where(shadow, 0.65, 1.0) + rng.normal(0, 0.06, ground.shape)
        tiles.append((ground - 0.45) / 0.15)
        masks.append(shadow[None])
    return torch.tensor(np.stack(tiles), dtype=torch.float32), torch.tensor(np.stack(masks), dtype=torch.float32)


class DiceLoss(nn.Module):
    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, target):
        pred = (torch.sigmoid(logits) > 0.5).float().requires_grad_()
        pred = pred.flatten(1)
        target = target.flatten(1)
        intersection = (pred * target).sum(1)
        score = (2 * intersection + self.smooth) / (pred.sum(1) + target.sum(1) + self.smooth)
        return 1 - score.mean()


class ShadowFCN(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.enc1 = nn.Conv2d(2, width, 3, padding=1)
        self.enc2 = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.dec = nn.Conv2d(3 * width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        a = F.relu(self.enc1(x))
        b = F.relu(self.enc2(F.max_pool2d(a, 2)))
        up = F.interpolate(b, size=a.shape[-2:], mode="bilinear", align_corners=False)
        return self.out(F.relu(self.dec(torch.cat([a, up], dim=1))))


def iou(logits, target):
    pred = logits > 0
    target = target.bool()
    return ((pred & target).sum((1, 2, 3)) / (pred | target).sum((1, 2, 3)).clamp(min=1)).mean().item()


train_loader = DataLoader(TensorDataset(*make_tiles(480)), batch_size=16, shuffle=True)
val_x, val_y = make_tiles(80)
model = ShadowFCN()
criterion = DiceLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(1, 9):
    model.train()
    losses = []
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        logits = model(val_x)
        val_loss = criterion(logits, val_y).item()
    print(f"epoch {epoch:2d}: train dice loss {np.mean(losses):.4f}, val dice loss {val_loss:.4f}, "
          f"val IoU {iou(logits, val_y):.4f}")
