import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def double_conv(c_in, c_out):
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
        nn.Conv2d(c_out, c_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


class SmallUNet(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.down1 = double_conv(1, width)
        self.down2 = double_conv(width, 2 * width)
        self.middle = double_conv(2 * width, 4 * width)
        self.up2 = double_conv(6 * width, 2 * width)
        self.up1 = double_conv(3 * width, width)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, x):
        d1 = self.down1(x)
        d2 = self.down2(F.max_pool2d(d1, 2))
        m = self.middle(F.max_pool2d(d2, 2))
        u2 = self.up2(torch.cat([F.interpolate(m, scale_factor=2), d2], dim=1))
        u1 = self.up1(torch.cat([F.interpolate(u2, scale_factor=2), d1], dim=1))
        return self.out(u1)


def photographs(n, rng, size=32):
    yy, xx = np.mgrid[0:size, 0:size]
    images = np.empty((n, 1, size, size), dtype=np.float32)
    masks = np.empty((n, 1, size, size), dtype=np.float32)
    for i in range(n):
        cy, cx = rng.uniform(9, 23, 2)
        angle = np.arctan2(yy - cy, xx - cx)
        radius = rng.uniform(3, 9) * (1 + 0.25 * np.sin(3 * angle + rng.uniform(0, 6)))
        wound = np.hypot(yy - cy, xx - cx) < radius
        skin = rng.uniform(0.2, 0.9)
        contrast = rng.uniform(0.1, 0.4)
        shade = 0.15 * rng.normal() * (xx / size - 0.5)
        images[i, 0] = skin + shade - contrast * wound + rng.normal(0, 0.25 * contrast, (size, size))
        masks[i, 0] = wound
    return torch.from_numpy((images - 0.5) / 0.25), torch.from_numpy(masks)


def dice(logits, masks):
    pred = (logits > 0).float()
    inter = (pred * masks).sum(dim=(1, 2, 3))
    return (2 * inter / (pred.sum(dim=(1, 2, 3)) + masks.sum(dim=(1, 2, 3)) + 1e-6)).mean().item()


torch.manual_seed(31)
rng = np.random.default_rng(31)
train_loader = DataLoader(TensorDataset(*photographs(160, rng)), batch_size=1, shuffle=True)
val_images, val_masks = photographs(60, rng)

net = SmallUNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.BCEWithLogitsLoss()

for epoch in range(1, 9):
    net.train()
    train_loss, train_dice = 0.0, 0.0
    for image, mask in train_loader:
        optimizer.zero_grad()
        logits = net(image)
        loss = criterion(logits, mask)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
        train_dice += dice(logits.detach(), mask)
    net.eval()
    with torch.no_grad():
        logits = net(val_images)
        val_loss = criterion(logits, val_masks).item()
        val_dice = dice(logits, val_masks)
    print(f"epoch {epoch} | train loss {train_loss / len(train_loader):.4f} dice {train_dice / len(train_loader):.3f} "
          f"| val loss {val_loss:.4f} dice {val_dice:.3f}")
