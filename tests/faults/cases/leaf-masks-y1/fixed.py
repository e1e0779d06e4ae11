import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Leaves(Dataset):
    def __init__(self, count, seed, size=24):
        rng = np.random.default_rng(seed)
        yy, xx = np.mgrid[:size, :size]
        self.images, self.masks = [], []
        for _ in range(count):
            cy, cx = rng.uniform(7, size - 7, 2)
            a, b, turn = rng.uniform(4, 7), rng.uniform(2, 4), rng.uniform(0, np.pi)
            u = (xx - cx) * np.cos(turn) + (yy - cy) * np.sin(turn)
            v = -(xx - cx) * np.sin(turn) + (yy - cy) * np.cos(turn)
            inside = (u / a) ** 2 + (v / b) ** 2 < 1
            picture = 90 + 70 * inside + rng.normal(0, 35, (size, size))
            self.images.append(np.clip(picture, 0, 255).astype(np.uint8))
            self.masks.append((inside * 255).astype(np.uint8))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, i):
        image = torch.from_numpy(self.images[i]).float().unsqueeze(0) / 127.5 - 1
        mask = torch.from_numpy(self.masks[i]).float().unsqueeze(0) / 255
        return image, mask


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU())


class TinyUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down1, self.down2 = block(1, 12), block(12, 24)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.ConvTranspose2d(24, 12, 2, stride=2)
        self.merge = block(24, 12)
        self.head = nn.Conv2d(12, 1, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.up(self.down2(self.pool(a)))
        return self.head(self.merge(torch.cat([a, b], dim=1)))


def iou(logits, mask):
    p, m = logits > 0, mask > 0
    return (p & m).sum((1, 2, 3)) / (p | m).sum((1, 2, 3)).clamp(min=1)


torch.manual_seed(0)
train = DataLoader(Leaves(320, 0), batch_size=16, shuffle=True)
val = DataLoader(Leaves(80, 1), batch_size=80)
net = TinyUNet()
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
criterion = nn.BCEWithLogitsLoss()

for epoch in range(1, 9):
    net.train()
    total = 0
    for image, mask in train:
        opt.zero_grad()
        loss = criterion(net(image), mask)
        loss.backward()
        opt.step()
        total += loss.item()
    net.eval()
    with torch.no_grad():
        image, mask = next(iter(val))
        score = iou(net(image), mask).mean().item()
    print(f"epoch {epoch} loss {total / len(train):.4f} val IoU {score:.3f}")
